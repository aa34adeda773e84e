-- Say something: check, append, publish, all in one act per message; the messages of one turn of a
-- gateway's loop share a call.
-- ARGV[4...] six per message:
--   target kind 'r' room or 'u' user; target, folded; sender, folded;
--   idempotency key ('' = none); flags, below; record ('M', session id, '', sender, source, account,
--   command, target as shown, tags, text, sequence number)
-- Flags: 's' = not worth storing, 'k' = the sender keeps a copy, 'c' = CTCP but no ACTION, 'r' = said for
-- somebody elsewhere, which operators may, 'R' = a user with user mode R writes, who lets whom they
-- write to answer, letters of prefix modes = only for the holders of one of
-- them, and the sender.
-- Returns one array per message: {'ok', id, away text of a user} or {'dup', id} (sent before under this
-- key) or {'stale'}, {'noroom'}, {'cannot', room as shown, mode that forbids it}, {'nouser'},
-- {'notrelay'}, {'guest', nick} (a user who hears only who is logged in to an account, +R).
-- What is only for some becomes a record 'S', with their names behind the rest: no history shows it.
local DEDUP_TTL = 86400 -- seconds for which a retry is the same message
local CLEAN_TTL = 3600 -- seconds after which the lists are looked at once more, so that no set grows for good
local gone = stale()
local replies = {}

-- What is published on one channel in a row leaves as one message, its records parted by a byte that
-- no UTF-8 text has.
local waiting, waiting_for = {}, nil
local function publish_waiting()
  if waiting_for then call('PUBLISH', waiting_for, table.concat(waiting, '\255')) end
  waiting, waiting_for = {}, nil
end
local function kept(key, record, flags)
  local id = ''
  if flags == '' or not string.find(flags, 's', 1, true) then id = append(key, record) end
  if waiting_for ~= key then
    publish_waiting()
    waiting_for = key
  end
  waiting[#waiting + 1] = id .. SEP .. record
  return id
end

-- Nothing of this changes within one call, so it is asked once.
local rooms, members, people = {}, {}, {}
local function room_at(key)
  local room = rooms[key]
  if not room then
    room = call('HMGET', key, 'name', 'modes')
    rooms[key] = room
  end
  return room
end
local function member_of(key, name)
  local index = key .. SEP .. name
  local member = members[index]
  if member == nil then
    member = call('HGET', key .. ':members', name)
    members[index] = member
  end
  return member
end
local function person(name)
  local found = people[name]
  if not found then
    found = call('HMGET', PRES .. ':user:' .. name, 'away', 'modes', 'nick')
    people[name] = found
  end
  return found
end

-- Whether a ban or a mute is for who speaks. Whom none is for is remembered until a list changes.
local function silenced(key, modes, who, account)
  if not string.find(modes, 'b', 1, true) then return false end
  local clean, id = key .. ':clean', who .. SEP .. account
  if call('SISMEMBER', clean, id) == 1 then return false end
  if banned(key, modes, who, account, true) then return true end
  call('SADD', clean, id)
  call('EXPIRE', clean, CLEAN_TTL)
  return false
end

-- The mode that forbids something to be said, or nil; and whether only operators hear it.
local function forbids(key, modes, sender, flags)
  local member = member_of(key, sender)
  if not member and string.find(modes, 'n', 1, true) then return 'n' end
  if string.find(flags, 'c', 1, true) and string.find(modes, 'C', 1, true) then return 'C' end
  if (member and string.find(member, '^[^%z]')) or not string.find(modes, '[bmMU]') then return nil end
  local who, account = subject(sender)
  if silenced(key, modes, who, account) then return 'b' end
  if string.find(modes, 'U', 1, true) then return nil, true end
  if string.find(modes, 'm', 1, true) then return 'm' end
  if account == '' and string.find(modes, 'M', 1, true) then return 'M' end
end

local function to_room(key, sender, record, flags)
  local room = room_at(key)
  if not room[1] then return { 'noroom' } end
  if flags ~= '' and string.find(flags, 'r', 1, true) and not string.find(prefix_of(key, sender) or '', '[qao]') then
    return { 'notrelay' }
  end
  local status = flags ~= '' and string.match(flags, '[qaohv]+')
  if string.find(room[2], '[nCbmMU]') then
    local mode, operators = forbids(key, room[2], sender, flags)
    if mode then return { 'cannot', room[1], mode } end
    if operators then status = status or 'qaoh' end
  end
  if status then
    local names = holders(key, status)
    names[#names + 1] = sender
    record = 'S' .. string.sub(record, 2) .. SEP .. table.concat(names, ' ')
  end
  return { 'ok', kept(key, record, flags), '' }
end

local function to_user(target, sender, record, flags)
  local found = person(target)
  local away = found[1]
  if not away then return { 'nouser' } end
  if string.find(found[2] or '', 'R', 1, true) and target ~= sender then
    local from = call('HMGET', PRES .. ':user:' .. sender, 'akey', 'modes')
    if (from[1] or '') == '' and not string.find(from[2] or '', 'o', 1, true)
      and call('SISMEMBER', PRES .. ':accepts:' .. target, sender) == 0 then
      return { 'guest', found[3] }
    end
  end
  if string.find(flags, 'R', 1, true) then accept(sender, target) end
  local id = kept(user_key(target), record, flags)
  if target ~= sender and string.find(flags, 'k', 1, true) then
    -- the sender's own copy, under the same event id: the echo, and for the other sessions; always
    -- published, because gateways count entries to know what they missed
    kept(user_key(sender), (string.gsub(record, '^(M%z[^%z]*%z)', '%1' .. id, 1)), flags)
  end
  return { 'ok', id, away }
end

for i = 4, #ARGV, 6 do
  local kind, target, sender, dedup, flags, record =
    ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local reply
  if gone then
    reply = { 'stale' }
  else
    local key, sent = kind == 'r' and room_key(target) or user_key(sender), nil
    if dedup ~= '' then
      sent = key .. ':sent:' .. (kind == 'r' and sender or target) .. ':' .. dedup
      local before = call('GET', sent)
      if before then reply = { 'dup', before } end
    end
    if not reply then
      if kind == 'r' then
        reply = to_room(key, sender, record, flags)
      else
        reply = to_user(target, sender, record, flags)
      end
      if sent and reply[1] == 'ok' then call('SET', sent, reply[2], 'EX', DEDUP_TTL) end
    end
  end
  replies[#replies + 1] = reply
end
publish_waiting()
return replies
