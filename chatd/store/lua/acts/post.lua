-- Say something: check, append, publish, all in one act per message.
-- The messages of one turn of a gateway's loop share a call.
-- ...packed: four per message, because each costs 0.25 us, or two, '=' and the record, where the other
--   three are those of the message before:
--   how: target kind 'r' room or 'u' user, then flags, below, then, if there are any, a NUL and the
--   idempotency key, a NUL and those of its words, spaces between, that concern somebody; channel of the target; sender, folded; record ('M', session id, '', sender, source,
--   account, command, target as shown, tags, text, sequence number)
-- Flags: 's' = not worth storing, 'k' = the sender keeps a copy, 'c' = CTCP but no ACTION, 'r' = said for
-- somebody elsewhere, which operators may, 'R' = a user with user mode R writes, who lets whom they
-- write to answer, letters of prefix modes = only for the holders of one of
-- them, and the sender.
-- Refuses: one by one: dup(id, target, waits) reused(key) stale noroom manyholders(room) cannot(room, mode) muted(room) nouser
--   notrelay guest(nick) toomany(nick)
-- Returns: one reply per message: its id when it was stored, or an array: ok, id, away text of a user; or waits,
--   id, as nobody is online who could hear it. An array costs 2 us more than an id
-- What is only for some becomes a record 'S', with their names behind the rest: no history shows it.
local FEW = 3 -- messages in a call for which it does not pay to ask about all receivers together
local LINES = 4 -- arguments before the first message
local MEMBERS = ROOM.members('')
local SPEAK, STATUS = FORBIDS.speak, '[' .. RANKS .. ']+'

-- What is published on one channel in a row leaves as one message, its records parted by a byte that
-- no UTF-8 text has.
local waiting_for, first, more
local function publish_waiting()
  if more then first = concat(more, '\255') end
  if waiting_for then call(PUBLISH, waiting_for, first) end
end
-- Let a record be published behind the others.
local function say(channel, entry)
  if waiting_for ~= channel then
    publish_waiting()
    waiting_for, first, more = channel, entry, nil
  elseif more then
    more[#more + 1] = entry
  else
    more = { first, entry }
  end
end
local function kept(channel, record)
  local id = append(channel, record)
  say(channel, id .. SEP .. record)
  return id
end
local function kept_or_not(channel, record, flags)
  if not find(flags, 's', 1, true) then return kept(channel, record) end
  say(channel, SEP .. record)
  return ''
end

-- Nothing of this changes within one call, so it is asked once.
local rooms, people, uids
local function room_at(key)
  local found = rooms[key]
  if not found then
    local facts = call('HMGET', key, 'name', 'modes')
    found = { key = key, list = key .. MEMBERS, name = facts[1], modes = facts[2], members = {} }
    rooms[key] = found
  end
  return found
end
local function member_of(room, name)
  local member = room.members[name]
  if member == nil then
    member = call('HGET', room.list, name)
    room.members[name] = member
  end
  return member
end
-- Names of those for whom something is, with a space behind each; nil: too many. Several messages of one
-- call are often for the same.
local function holders_of(room, status)
  local known = room.names or {}
  local names = known[status]
  if names == nil then
    local found = holders(room.key, status)
    if found then found[#found + 1] = '' end
    names = found and concat(found, ' ')
    known[status], room.names = names or false, known
  end
  return names
end
local function person(key)
  local facts = call('HMGET', USER.facts(name_in(key)), 'away', 'modes', 'nick', 'uid')
  people[key] = { away = facts[1], modes = facts[2], nick = facts[3] }
  uids[key] = facts[4]
  return people[key]
end
local function uid_at(key)
  if not uids[key] then uids[key] = uid_of(name_in(key)) end
  return uids[key]
end
-- Those receivers of a call to whom everything may be said, with nothing to be said about it, asked
-- for together; the others are asked about one by one.
local EASY = { away = '', modes = '' }
local function easy_ones(ARGV, last)
  local asked, found, i = {}, {}, LINES
  while i <= last do
    if ARGV[i] == '=' then
      i = i + 2
    else
      local channel = ARGV[i + 1]
      if found[channel] == nil and byte(ARGV[i]) == 117 then -- u
        found[channel] = false
        asked[#asked + 1] = channel
      end
      i = i + 4
    end
  end
  if #asked < FEW then return {} end
  local answers, easy = call('HMGET', SERVER.plain, '*', unpack(asked)), {}
  if not answers[1] then return easy end -- who stands there cannot be relied on, see lease.lua
  for n = 1, #asked do
    if answers[n + 1] then easy[asked[n]], uids[asked[n]] = EASY, answers[n + 1] end
  end
  return easy
end

-- Where the last message went as it was, with nothing to be said about it: the next one under the same
-- conditions goes there too, as nothing changes within one call.
local plain
-- What a message is: command, target as shown, tags, text.
local CONTENT = '^%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)'
local function to_room(target, sender, record, flags)
  local room = room_at(target)
  if not room.name then return REFUSE.noroom() end
  local status = flags ~= '' and string.match(flags, STATUS)
  if flags ~= '' and find(flags, 'r', 1, true)
    and not is_full_operator(prefix_of(room.key, sender)) then
    return REFUSE.notrelay()
  end
  if find(room.modes, SPEAK) then
    local ctcp = flags ~= '' and find(flags, 'c', 1, true)
    local mode, operators = may_not_speak(room.key, room.modes, member_of(room, sender), sender, ctcp)
    if mode then return mode == 'muted' and REFUSE.muted(room.name) or REFUSE.cannot(room.name, mode) end
    if operators then status = status or OPERATORS end
  end
  if status then
    local names = holders_of(room, status)
    if not names then return REFUSE.manyholders(room.name) end
    record = KIND.status .. string.sub(record, 2) .. SEP .. names .. sender
  elseif flags == '' then
    plain = target
    return kept(target, record)
  end
  return kept_or_not(target, record, flags)
end

local to_user
do -- Lua knows 200 locals at a time
-- Whether user mode R keeps a message of who has no account from a user.
local function keeps_out(found, target, sender)
  if not find(found.modes or '', USER_MODE.REGISTERED_ONLY, 1, true) or name_in(target) == sender then return false end
  local from = call('HMGET', USER.facts(sender), 'akey', 'modes', 'uid', 'was')
  if (from[1] or '') ~= '' or find(from[2] or '', USER_MODE.OPERATOR, 1, true) then return false end
  local accepted = call('HMGET', USER.accepts(name_in(target)), from[3] or '', from[4] or '')
  return not (accepted[1] or accepted[2])
end
local function may_answer(target, nick, sender, flags)
  if find(flags, 'R', 1, true) then accept(sender, uid_at(target), name_in(target), nick) end
end
-- The sender's own copy, under the same event id: the echo, and for the other sessions; always published, because
-- gateways count entries to know what they missed; to whom it went stands behind it.
local function keep_copy(target, sender, record, flags, id)
  if find(flags, 'k', 1, true) and target ~= user_key(sender) then
    local copy = string.gsub(record, '^(M%z[^%z]*%z)', '%1' .. id, 1)
    kept_or_not(user_key(sender), copy .. SEP .. uid_at(target), flags)
  end
end

-- To an account that is online, but not under its own name: under each of its nicks as one message.
local function to_nicks(nicks, target, sender, record, flags)
  local id, away, closed
  for _, name in ipairs(nicks) do
    local key = user_key(name)
    local found = people[key] or person(key)
    local nick = call('HGET', USER.facts(name), 'nick')
    if keeps_out(found, key, sender) then
      closed = closed or nick
    else
      local entry = kept_or_not(key, WAITING.to_nick(record, nick, id), flags)
      away = away or found.away
      id = id or entry
    end
  end
  if not id then return REFUSE.guest(closed) end
  may_answer(target, nicks[1], sender, flags)
  keep_copy(target, sender, record, flags, id)
  return away == '' and id or { 'ok', id, away }
end
-- To an account that is not online: kept for its next login. What its client would have to answer is not kept.
local function to_account(target, sender, record, flags)
  local name = name_in(target)
  local f = call('HMGET', ACCOUNT.facts(name), 'name', 'closed')
  if not f[1] then return REFUSE.nouser() end
  local uid, nicks = account_uid(name), WAITING.nicks(name)
  uids[target] = uid
  if #nicks > 0 then return to_nicks(nicks, target, sender, record, flags) end
  if find(flags, 'c', 1, true) or string.match(record, CONTENT) == 'TAGMSG' then return REFUSE.nouser() end
  local from = call('HMGET', USER.facts(sender), 'akey', 'modes', 'uid')
  local is_guest = (from[1] or '') == ''
  if is_guest and f[2] and not find(from[2] or '', USER_MODE.OPERATOR, 1, true) then return REFUSE.guest(f[1]) end
  if not WAITING.may_wait(name, is_guest and '-' or from[3], record) then return REFUSE.toomany(f[1]) end
  take_log(name, uid)
  may_answer(target, f[1], sender, flags)
  local id = kept(target, record)
  WAITING.note(name, id)
  keep_copy(target, sender, record, flags, id)
  return { 'waits', id }
end
function to_user(target, sender, record, flags)
  local found = people[target] or person(target)
  if not found.away then return to_account(target, sender, record, flags) end
  if found.modes ~= '' and keeps_out(found, target, sender) then return REFUSE.guest(found.nick) end
  if flags == '' and found.away == '' then
    plain = target
    return kept(target, record)
  end
  may_answer(target, found.nick, sender, flags)
  local id = kept_or_not(target, record, flags)
  keep_copy(target, sender, record, flags, id)
  return found.away == '' and id or { 'ok', id, found.away }
end
end

local function said(kind, target, sender, flags, record)
  if kind == 'r' then return to_room(target, sender, record, flags) end
  return to_user(target, sender, record, flags)
end
local said_once
do
-- The target as its sender wrote it, where that was an account with another nick.
local NAMED = '^M%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z(%Z+)$'
local SOURCE = '^%Z*%z%Z*%z%Z*%z%Z*%z(%Z*)'
local CUT = 200 -- bytes that every text may have: a longer one is cut, sooner where source and target are longer
local function is_same(before, now)
  local command, target, tags, text = string.match(before, CONTENT)
  local command_now, target_now, tags_now, text_now = string.match(now, CONTENT)
  if command ~= command_now or string.match(target, '^[^#%w]?') ~= string.match(target_now, '^[^#%w]?') then
    return false
  end
  local size = math.min(#text, #text_now)
  local alike = #target == #target_now and #string.match(before, SOURCE) == #string.match(now, SOURCE)
  if alike or size < CUT then size = math.max(#text, #text_now) end
  return string.sub(text, 1, size) == string.sub(text_now, 1, size) and (command ~= 'TAGMSG' or tags == tags_now)
end
-- The record of what was said, in the log of the target, or of a nick that the account of that name has.
local function said_before(kind, target, id)
  local logs = { target .. LOG }
  if kind == 'u' and not (people[target] or person(target)).away then
    for _, nick in ipairs(WAITING.nicks(name_in(target))) do logs[#logs + 1] = USER.log(nick) end
  end
  for _, log in ipairs(logs) do
    local entry = call('XRANGE', log, id, id)[1]
    if entry then return entry[2][2] end
  end
end
local function still_waits(target)
  return not (people[target] or person(target)).away and #WAITING.nicks(name_in(target)) == 0
end
-- The same under an idempotency key, which is the person's, for one room or person: what was sent under it
-- before is not sent again, and nothing else is sent under it.
function said_once(kind, target, sender, flags, record, dedup)
  local mine, was = selves(sender)
  local to, to_was
  if kind == 'r' then
    to, to_was = call('HGET', target, 'rid'), ''
  else
    local one = called(name_in(target)) or {}
    to, to_was = one.uid, one.was
  end
  if mine == '' or not to or to == '' then return said(kind, target, sender, flags, record) end
  local sent = { PERSON.sent(mine, to, dedup), PERSON.sent(was, to, dedup), PERSON.sent(mine, to_was, dedup),
    PERSON.sent(was, to_was, dedup) }
  for _, before in ipairs(call('MGET', unpack(sent))) do
    if before then
      local id, earlier = before, nil
      if find(before, SEP, 1, true) then
        id, earlier = '', before -- it is in no stream
      elseif before ~= '' then
        earlier = said_before(kind, target, before)
      end
      if earlier and not is_same(earlier, record) then return REFUSE.reused(dedup) end
      local shown = earlier and (string.match(earlier, NAMED) or select(2, string.match(earlier, CONTENT))) or ''
      return REFUSE.dup(id, shown, kind == 'u' and id ~= '' and still_waits(target) and '1' or '')
    end
  end
  local reply = said(kind, target, sender, flags, record)
  local id = type(reply) == 'string' and reply or (reply[1] == 'ok' or reply[1] == 'waits') and reply[2]
  if id then call('SET', sent[1], id ~= '' and id or record, 'EX', TTL.dedup) end
  return reply
end
end

-- act
local gone, replies = stale(), {}
waiting_for, more, rooms, plain, uids = nil, nil, {}, nil, {}
people = #ARGV > LINES + FEW * 4 and easy_ones(ARGV, #ARGV) or {}
local how, told, target, sender, record
local i, last, count = LINES, #ARGV, 0
while i <= last do
  local reply
  how = ARGV[i]
  if how == '=' then
    record, i = ARGV[i + 1], i + 2
  else
    told, target, sender, record = how, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    i, plain = i + 4, nil
  end
  if plain then
    reply = kept(plain, record)
  elseif gone then
    reply = REFUSE.stale()
  elseif #told == 1 then
    reply = said(told, target, sender, '', record)
  else
    local kind, flags, dedup, words = string.match(told, '^(.)(%Z*)%z?(%Z*)%z?(.*)$')
    if dedup == '' then
      reply = said(kind, target, sender, flags, record)
    else
      reply = said_once(kind, target, sender, flags, record, dedup)
      plain = nil
    end
    if words ~= '' then
      plain = nil
      if type(reply) == 'string' and reply ~= '' then WORDS.said(target, reply, words) end
    end
  end
  count = count + 1
  replies[count] = reply
end
publish_waiting()
return replies
