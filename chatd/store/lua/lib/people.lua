-- nick!user@host, account and nick of who is online under a name; nil when nobody is.
local function identity(name)
  local f = call('HMGET', USER.facts(name), 'nick', 'user', 'host', 'account', 'modes')
  if not f[1] then return nil end
  local letters = string.gsub(f[5] or '', '[^' .. TOLD .. ']', '')
  marks[name] = letters ~= '' and letters or nil
  return f[1] .. '!' .. f[2] .. '@' .. f[3], f[4] or '', f[1]
end
-- Rooms that a user is in, folded. They are kept by id, so that a room can get another name at once.
local function rooms_of(name)
  local ids, rooms = call('SMEMBERS', USER.rooms(name)), {}
  if #ids == 0 then return rooms end
  local keys = {}
  for i, id in ipairs(ids) do keys[i] = ROOM.by_id(id) end
  for i, room in ipairs(call('MGET', unpack(keys))) do
    -- chatd kept names here before rooms had ids
    room = room or (byte(ids[i]) == 35 and ids[i])
    if room then rooms[#rooms + 1] = room end
  end
  table.sort(rooms)
  return rooms
end
-- Whether a user has a user mode.
local function has_mode(name, letter)
  return string.find(call('HGET', USER.facts(name), 'modes') or '', letter, 1, true) ~= nil
end
-- Who hears what is said to them, with nothing to be said about it, stands in one place: post.lua asks it.
local function note_plain(name, away, modes)
  if away == '' and not find(modes, USER_MODE.REGISTERED_ONLY, 1, true) then
    call('HSET', SERVER.plain, user_key(name), uid_of(name))
  else
    call('HDEL', SERVER.plain, user_key(name))
  end
end
-- A user is away when no session is there. Each that is away has said so: when, and its text. One of "*" "should
-- be treated as though the connection did not exist at all", so the latest text of another is shown.
local AWAY = { unspecified = '*', disconnected = 'Not connected' }
function AWAY.note(name, sid, text)
  if text == '' then
    call('HDEL', USER.aways(name), sid)
  else
    call('HSET', USER.aways(name), sid, now_ms() .. ' ' .. text)
  end
end
-- What a session has said, '' = is there.
function AWAY.said(name, sid)
  return string.match(call('HGET', USER.aways(name), sid) or '', '^%d+ (.*)$') or ''
end
-- The text that others see, '' = the user is there.
function AWAY.text(name)
  local said = call('HVALS', USER.aways(name))
  if #said < call('HLEN', USER.sessions(name)) then return '' end
  local text, latest = AWAY.unspecified, 0
  for _, one in ipairs(said) do
    local at, words = string.match(one, '^(%d+) (.*)$')
    at = tonumber(at)
    if words ~= AWAY.unspecified and at >= latest then text, latest = words, at end
  end
  return text
end
-- Tell everybody whom it concerns if that has changed; what it is now.
function AWAY.settle(name, sid)
  local text, f = AWAY.text(name), call('HMGET', USER.facts(name), 'away', 'modes')
  if f[1] == text then return text end
  call('HSET', USER.facts(name), 'away', text)
  note_plain(name, text, f[2] or '')
  local source, account = identity(name)
  local id = emit_global(RECORD.away(sid, '', name, source, account, text))
  local record = RECORD.away(sid, id, name, source, account, text)
  -- Who has no connection hears it at login; a log with one entry takes 4 KB.
  if SESSIONS.has_connection(name) then emit(user_key(name), record) end
  for _, room in ipairs(rooms_of(name)) do emit(room_key(room), record) end
  return text
end
-- The sets of those who have a mode that is counted.
local function enter_modes(name, modes)
  for letter in string.gmatch(COUNTED, '.') do
    local has = string.find(modes, letter, 1, true)
    call(has and 'SADD' or 'SREM', SERVER.umode(letter), name)
  end
end
-- Users online, rooms, the most users that there have been, how many are invisible, how many operators.
-- Every login asks this, so the most is kept here.
local function counted()
  local users, peak = call('SCARD', SERVER.online), SERVER.peak
  local most = tonumber(call('GET', peak) or '0')
  if users > most then
    most = users
    call('SET', peak, users)
  end
  return users, call('SCARD', SERVER.roomlist), most, call('SCARD', SERVER.umode(USER_MODE.INVISIBLE)),
    call('SCARD', SERVER.umode(USER_MODE.OPERATOR))
end
-- Change user modes, and tell the user's sessions; the modes afterwards.
local function change_modes(name, sid, add, remove)
  local source, account = identity(name)
  local before = call('HGET', USER.facts(name), 'modes') or ''
  local after, plus, minus = before, '', ''
  for letter in string.gmatch(add, '.') do
    if not string.find(after, letter, 1, true) then after, plus = after .. letter, plus .. letter end
  end
  for letter in string.gmatch(remove, '.') do
    if string.find(after, letter, 1, true) then
      after, minus = string.gsub(after, letter, ''), minus .. letter
    end
  end
  if plus .. minus == '' then return after end
  call('HSET', USER.facts(name), 'modes', after)
  enter_modes(name, after)
  if find(plus .. minus, USER_MODE.REGISTERED_ONLY, 1, true) then
    note_plain(name, call('HGET', USER.facts(name), 'away') or '', after)
  end
  identity(name)
  local text = (plus ~= '' and '+' .. plus or '') .. (minus ~= '' and '-' .. minus or '')
  emit(user_key(name), RECORD.user_modes(sid, '', name, source, account, text, after))
  return after
end
-- The rooms of a user hear which account it has: `id` of the event.
local function tell_account(name, id)
  local source, account = identity(name)
  for _, room in ipairs(rooms_of(name)) do
    emit(room_key(room), RECORD.account('', id, name, source, account, account))
  end
end
-- Let a person write to a user in spite of user mode R; 1 when that is new. `other`, `nick`: what the person
-- is called now.
local MOST_ACCEPTED = 1000
local function accept(name, uid, other, nick)
  local list = USER.accepts(name)
  if call('HEXISTS', list, uid) == 0 and call('HLEN', list) >= MOST_ACCEPTED then return 0 end
  return call('HSET', list, uid, fields(other, nick))
end
-- The host that is shown, or those of a user's sessions, are others. `user`: '' = as it is.
local function note_hosts(name, user)
  local f, hosts = call('HMGET', USER.facts(name), 'host', 'seen'), call('HVALS', USER.hosts(name))
  for i, host in ipairs(hosts) do hosts[i] = string.sub(host, 2) end
  if user == '' then user = string.match(f[2] or '', '^[^@]*') end
  call('HSET', USER.facts(name), 'seen', seen_as(user, f[1], hosts))
end
-- Mode Z is for who has only sessions with TLS.
local function is_secure(name)
  for _, host in ipairs(call('HVALS', USER.hosts(name))) do
    if string.sub(host, 1, 1) ~= 'Z' then return false end
  end
  return true
end

-- Keep who had a name, for WHOWAS: some times of each name, of the names that were left last.
local WAS_TIMES, WAS_NAMES = 10, 10000
local function remember(name)
  local f = call('HMGET', USER.facts(name), 'nick', 'user', 'host', 'realname', 'account', 'uid')
  call('LPUSH', SERVER.was(name), fields(f[1], f[2], f[3], f[4], f[5] or '', now_ms(), f[6] or ''))
  call('LTRIM', SERVER.was(name), 0, WAS_TIMES - 1)
  call('EXPIRE', SERVER.was(name), TTL.history)
  call('ZADD', SERVER.whowas, now_ms(), name)
  call('EXPIRE', SERVER.whowas, TTL.history)
  if call('ZCARD', SERVER.whowas) > WAS_NAMES then
    call('DEL', SERVER.was(call('ZPOPMIN', SERVER.whowas)[1]))
  end
end

-- The user has no session left: off the roster, out of the rooms, one QUIT under one event id.
-- `lost`: its gateway has died or was cut off; what it holds is kept for a time.
local function remove_user(name, sid, reason, lost)
  local source, account, nick = identity(name)
  if not source then return end
  local uid = uid_of(name)
  local id = emit_global(RECORD.offline(sid, '', name, source, account, uid))
  local rooms = rooms_of(name)
  if lost then keep_all(name, uid, rooms) else forget_kept(uid, name) end
  for _, room in ipairs(rooms) do
    local key = room_key(room)
    note_left(key, uid, LOST)
    if lost then note_lost(key) end
    remove_member(key, name)
    -- also when nobody is left: members who were lost, or whose JOIN Redis has lost, read it when they come back
    emit(key, RECORD.quit(sid, id, name, source, account, reason, #rooms))
    drop_if_empty(room, uid)
  end
  remember(name)
  forget_look(name)
  enter_modes(name, '')
  local f = call('HMGET', USER.facts(name), 'akey', 'modes')
  leave_account(name, f[1] or '')
  WAITING.note_closed(f[1] or '', f[2] or '')
  call('DEL', unpack(named(FATE.user_ends, name)))
  call('SREM', SERVER.online, nick)
  call('HDEL', SERVER.plain, user_key(name))
  let_go(FATE.user_outlasts, name, TTL.history)
  if not lost and f[1] and f[1] ~= '' then follow_account(uid, name, f[1], account) end
end
-- `heard`: how far the session has heard, '' = it is not known better.
local function end_session(gateway, sid, name, reason, lost, heard)
  if call('HGET', USER.sessions(name), sid) == gateway and SESSIONS.stay(gateway, sid, name, heard or '') then
    if AWAY.said(name, sid) == '' then AWAY.note(name, sid, AWAY.disconnected) end
    AWAY.settle(name, sid)
    return
  end
  call('HDEL', GATEWAY.sessions(gateway), sid)
  local sessions = USER.sessions(name)
  if call('HDEL', sessions, sid) == 0 then return end
  call('HDEL', USER.hosts(name), sid)
  call('HDEL', USER.aways(name), sid)
  SESSIONS.forget(sid, heard or '')
  if call('HLEN', sessions) == 0 then
    remove_user(name, sid, reason, lost)
  else
    note_hosts(name, '')
    if is_secure(name) then change_modes(name, sid, USER_MODE.SECURE, '') end
    AWAY.settle(name, sid)
  end
end

-- Make a room that Redis has lost, as its gateway knows it: its folded name, as written, modes, topic, who set
-- it, when, parameters of k, l and f. Lists of masks are gone.
local function make_again(one)
  local key = room_key(one.room)
  local id = make_room(key, one.room, one.shown, one.modes)
  keep_on(FATE.room_outlasts, key)
  for _, param in ipairs({ 'k', 'l', 'f' }) do
    if find(one.modes, param, 1, true) then call('HSET', key, param, one[param]) end
  end
  if one.topic ~= '' then
    call('HSET', key, 'topic', one.topic, 'topic_by', one.topic_by, 'topic_at', one.topic_at)
  end
  return id
end
-- Tell a room which prefix modes somebody gets and loses; `server` says it.
local function tell_prefix(key, name, server, shown, nick, plus, minus)
  local changes = (plus ~= '' and '+' .. plus or '') .. (minus ~= '' and '-' .. minus or '')
  if changes == '' then return end
  emit(key, RECORD.modes('', '', name, server, '', shown, changes .. string.rep(' ' .. nick, #plus + #minus)))
end
-- Put a user into a room again: `one.room`, with the prefix modes that it had, `one.prefix`; `one.entry`:
-- id of the entry with which it has entered, which is lost. `who`: session id, account, folded,
-- realname, away text, and the name of the server. `how`: see come_back.lua. 'in' or 'banned'.
local function put_back(who, name, one, id, how)
  local key = room_key(one.room)
  local prefix = string.gsub(one.prefix, '%?', '') -- what the gateway does not know
  local facts = call('HMGET', key, 'name', 'modes', 'lost_until', 'founder')
  local source, account, nick = identity(name)
  local mask, folded = subject(name)
  local level = ACCESS.level(key, facts[4], who.akey)
  local above = ACCESS.is_above_bans(level) or (facts[4] and facts[4] == who.akey)
  if level == 'banned' or (not above and banned(key, facts[2] or '', mask, folded, false)) then
    call('ZREM', ROOM.were(key), selves(name))
    return 'banned'
  end
  if facts[4] and facts[4] == who.akey and not find(prefix, 'q', 1, true) then prefix = 'q' .. prefix end
  if facts[3] then
    resume_room(key, one.room, id)
    note_back(key)
  end
  set_member(key, name, prefix, nick)
  call('SADD', USER.rooms(name), id)
  if how == 'silent' then
    emit(key, RECORD.returned(who.sid, '', name, source, account, facts[1]))
  else
    local record = RECORD[how == 'joined' and 'join' or how]
    local entry = how == 'returned' and one.entry or nil
    emit(key, record(who.sid, '', name, source, account, facts[1], who.realname, who.away, prefix, entry))
  end
  tell_prefix(key, name, who.server, facts[1], nick, prefix, '')
  return 'in'
end
