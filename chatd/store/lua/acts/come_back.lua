-- Log a session in again that the gateway still has, and give back what its user held when it was lost.
-- sid: text        session id
-- name: text       folded
-- nick: text
-- user: text
-- host: text
-- realname: text
-- akey: text       account, folded ('' = none)
-- account: text    as shown
-- address: text    'Z' when the session has TLS, else '-', and the host where it really is
-- looks: text      what the nick looks like, skeletons with commas between
-- folded: text     the username, folded, if it is outside ASCII
-- device: text      what its login called itself
-- uid: text        the person
-- modes: text      user modes and
-- away: text       away text as the gateway knows them: where Redis has kept nothing
-- mine: text       away text of this session
-- anew: text       Redis has lost that the user is in its rooms, and its gateway says it: 'silent', nobody was
--   told that the user has left them; 'returned', the same, but somebody may have come since who sees it
--   now; 'joined', all were told. '' = Redis knows it
-- server: text     name of the server
-- ...rooms: (room, shown, modes, prefix, topic, topic_by, topic_at, k, l, f, entry)   where the user believes to be:
--   folded; as written; then what it gets if it is made anew: modes, prefix modes of the user, topic, who set
--   it, when, s since 1970, parameters of modes; id of the entry with which it has entered ('' = not known)
-- Refuses: stale taken reserved elsewhere
-- Returns: ok; since ms, last id, entries added, uid, user modes, counts, in one; nick, user, host,
--   realname, account, away; then for each room its folded name and 'in', 'banned' or 'gone'
if stale() then return REFUSE.stale() end
-- another session of the user, on another gateway, may just have changed the name
name = call('HGET', GATEWAY.sessions(GW), sid) or call('HGET', GATEWAY.sessions(NOBODY), sid) or name
local facts = USER.facts(name)
local owner = call('HMGET', facts, 'nick', 'uid')
local with = call('HGET', USER.sessions(name), sid)
if with and with ~= GW and with ~= NOBODY then return REFUSE.elsewhere() end
local present = with == GW
if owner[1] and not present and owner[2] ~= uid then return REFUSE.taken() end

local operator, deposed, person, held = false, false, uid, PERSON.kept(uid, name)
local kept = call('HGETALL', held)
local had = {}
for i = 1, #kept, 2 do had[kept[i]] = kept[i + 1] end
if akey ~= '' then
  akey = NAMES.account_of(uid) or akey
  local f = call('HMGET', ACCOUNT.facts(akey), 'oper', 'name')
  operator, account = f[1], f[2] or account
  if account_uid(akey) ~= uid then -- it was deleted, and may be somebody else's now
    akey, account, uid, operator, deposed = '', '', sid, false, true
  end
end
if not owner[1] and akey ~= name and call('EXISTS', ACCOUNT.facts(name)) == 1 then return REFUSE.reserved() end

local function appear()
  local now = tostring(now_ms())
  modes = string.gsub(had.modes or modes, deposed and '[oZ]' or 'Z', '')
  if operator and not find(modes, 'o', 1, true) then modes = modes .. 'o' end
  if string.sub(address, 1, 1) == 'Z' then modes = modes .. 'Z' end
  away = had.away or away
  call('HSET', facts, 'nick', nick, 'user', user, 'host', host, 'realname', realname, 'account', account,
    'akey', akey, 'uid', uid, 'away', away, 'since', now, 'active', now, 'modes', modes)
  enter_account(name, akey)
  remember_look(name, looks)
  enter_modes(name, modes)
  call('SADD', SERVER.online, nick)
  note_plain(name, away, modes)
  for _, part in ipairs({ 'meta', 'accepts' }) do
    if call('EXISTS', PERSON[part](uid, name)) == 1 then
      rename_key(PERSON[part](uid, name), USER[part](name))
      call('PERSIST', USER[part](name))
    end
  end
  local source = identity(name)
  emit_global(RECORD.online(sid, '', name, source, account))
end
local function keep_session()
  SESSIONS.attach(NOBODY, sid)
  if akey ~= '' then SESSIONS.note(sid, name, akey, device, '') end
  call('HSET', USER.sessions(name), sid, GW)
  call('HSET', USER.hosts(name), sid, address)
  note_hosts(name, folded ~= '' and folded or user)
  call('HSET', GATEWAY.sessions(GW), sid, name)
  AWAY.note(name, sid, mine)
end

local who = { sid = sid, akey = akey, realname = realname, server = server }
if not owner[1] then appear() end
who.away = away
if not present then keep_session() end
local outcome = {}
for _, room in ipairs(rooms_of(name)) do outcome[room] = 'in' end
for field, prefix in pairs(had) do
  local id = string.match(field, '^r:(.*)$')
  local room = id and call('GET', ROOM.by_id(id))
  if room and call('HEXISTS', ROOM.members(room_key(room)), name) == 0 then
    outcome[room] = put_back(who, name, { room = room, prefix = prefix }, id, 'joined')
  end
  local invited = string.match(field, '^i:(.*)$')
  if invited then call('HSETNX', USER.invites(name), invited, prefix) end
end
call('DEL', held)
call('SREM', PERSON.lost(person), name)
if anew ~= '' then
  for _, one in ipairs(rooms) do
    if not outcome[one.room] then
      local id = call('HGET', room_key(one.room), 'rid') or make_again(one)
      outcome[one.room] = put_back(who, name, one, id, anew)
    end
  end
end
for _, one in ipairs(rooms) do outcome[one.room] = outcome[one.room] or 'gone' end

local last, added = take_log_back(name, uid)
if WAITING.collect(name, akey, true) then last, added = position(USER.log(name)) end
local f = call('HMGET', facts, 'nick', 'user', 'host', 'realname', 'account', 'away', 'since', 'modes')
local reply = { 'ok', table.concat({ f[7], last, added, uid, f[8], counted() }, ' ') }
for i = 1, 6 do reply[i + 2] = f[i] end
for room, how in pairs(outcome) do
  reply[#reply + 1] = room
  reply[#reply + 1] = how
end
return reply
