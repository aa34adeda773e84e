-- Say something: check, append, publish, all in one act per message; the messages of one turn of a
-- gateway's loop share a call.
-- ARGV[4...] four per message, because each costs 0.25 us:
--   how: target kind 'r' room or 'u' user, then flags, below, then, if there is one, a NUL and the
--   idempotency key; target, folded; sender, folded; record ('M', session id, '', sender, source,
--   account, command, target as shown, tags, text, sequence number)
-- Flags: 's' = not worth storing, 'k' = the sender keeps a copy, 'c' = CTCP but no ACTION, 'r' = said for
-- somebody elsewhere, which operators may, 'R' = a user with user mode R writes, who lets whom they
-- write to answer, letters of prefix modes = only for the holders of one of
-- them, and the sender.
-- Returns one reply per message: its id when it was stored, or an array: {'ok', id, away text of a user}
-- or {'dup', id} (sent before under this key) or {'stale'}, {'noroom'}, {'cannot', room as shown, mode
-- that forbids it}, {'nouser'}, {'notrelay'}, {'guest', nick} (a user who hears only who is logged in to
-- an account, +R). An array costs 2 us more than an id.
-- What is only for some becomes a record 'S', with their names behind the rest: no history shows it.
local DEDUP_TTL = 86400 -- seconds for which a retry is the same message
local CLEAN_TTL = 3600 -- seconds after which the lists are looked at once more, so that no set grows for good
local gone = stale()
local replies = {}

-- What is published on one channel in a row leaves as one message, its records parted by a byte that
-- no UTF-8 text has.
local waiting_for, first, more = nil, '', nil
local function publish_waiting()
  if more then first = table.concat(more, '\255') end
  if waiting_for then call('PUBLISH', waiting_for, first) end
end
local function kept(key, record, flags)
  local id = ''
  if flags == '' or not string.find(flags, 's', 1, true) then id = append(key, record) end
  local entry = id .. SEP .. record
  if waiting_for ~= key then
    publish_waiting()
    waiting_for, first, more = key, entry, nil
  elseif more then
    more[#more + 1] = entry
  else
    more = { first, entry }
  end
  return id
end

-- Nothing of this changes within one call, so it is asked once.
local function asked_once(ask)
  local answers = {}
  return function(what)
    local answer = answers[what]
    if answer == nil then
      answer = ask(what)
      answers[what] = answer
    end
    return answer
  end
end
local key_of_room, key_of_user = asked_once(room_key), asked_once(user_key)
local room_at = asked_once(function(key) return call('HMGET', key, 'name', 'modes') end)
local members_of = asked_once(function(key)
  return asked_once(function(name) return call('HGET', key .. ':members', name) end)
end)
local person = asked_once(function(name)
  return call('HMGET', PRES .. ':user:' .. name, 'away', 'modes', 'nick')
end)

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
  local member = members_of(key)(sender)
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
  return kept(key, record, flags)
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
  local id = kept(key_of_user(target), record, flags)
  if target ~= sender and string.find(flags, 'k', 1, true) then
    -- the sender's own copy, under the same event id: the echo, and for the other sessions; always
    -- published, because gateways count entries to know what they missed
    kept(key_of_user(sender), (string.gsub(record, '^(M%z[^%z]*%z)', '%1' .. id, 1)), flags)
  end
  return away == '' and id or { 'ok', id, away }
end

local function said(kind, target, sender, flags, record)
  if kind == 'r' then return to_room(key_of_room(target), sender, record, flags) end
  return to_user(target, sender, record, flags)
end
-- The same under an idempotency key: what was sent under it before is not sent again.
local function said_once(kind, target, sender, flags, record, dedup)
  local key = kind == 'r' and key_of_room(target) or key_of_user(sender)
  local sent = key .. ':sent:' .. (kind == 'r' and sender or target) .. ':' .. dedup
  local before = call('GET', sent)
  if before then return { 'dup', before } end
  local reply = said(kind, target, sender, flags, record)
  local id = type(reply) == 'string' and reply or reply[1] == 'ok' and reply[2]
  if id then call('SET', sent, id, 'EX', DEDUP_TTL) end
  return reply
end

for i = 4, #ARGV, 4 do
  local how, target, sender, record = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local reply
  if gone then
    reply = { 'stale' }
  elseif #how == 1 then
    reply = said(how, target, sender, '', record)
  else
    local kind, flags, dedup = string.match(how, '^(.)(%Z*)%z?(.*)$')
    if dedup == '' then
      reply = said(kind, target, sender, flags, record)
    else
      reply = said_once(kind, target, sender, flags, record, dedup)
    end
  end
  replies[#replies + 1] = reply
end
publish_waiting()
return replies
