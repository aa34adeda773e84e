-- Sessions of accounts: which devices they are of, how far those have heard, and sessions without a connection.
-- Those stand with the sessions of a gateway that is nobody. Of a guest's session nothing is kept.
local SESSIONS = { MOST_DEVICES = 50 }

-- An account has a session. `device`: what its login called itself, '' = nothing.
function SESSIONS.note(sid, name, akey, device, heard)
  local facts = SESSION.facts(sid)
  call('HSET', facts, 'name', name, 'akey', akey, 'device', device)
  if heard ~= '' then call('HSET', facts, 'heard', heard) end
  call('HSET', ACCOUNT.sessions(akey), sid, device)
end
-- A device has heard so far. One that begins with ~ is remembered no longer than its session.
function SESSIONS.note_device(akey, device, heard)
  if heard == '' or byte(device) == 126 then return end
  local devices = ACCOUNT.devices(akey)
  local new = call('HSET', devices, device, fields(now_ms(), heard)) == 1
  if not new or call('HLEN', devices) <= SESSIONS.MOST_DEVICES then return end
  local all, oldest, at = call('HGETALL', devices), nil, math.huge
  for i = 1, #all, 2 do
    local seen = tonumber(string.match(all[i + 1], '^%d+'))
    if seen < at then oldest, at = all[i], seen end
  end
  call('HDEL', devices, oldest)
end
-- How far a device has heard; 'new': it was never here.
function SESSIONS.heard_by(akey, device)
  local known = call('HGET', ACCOUNT.devices(akey), device)
  return known and string.match(known, '%z(.*)$') or 'new'
end
-- How far a session of a gateway has heard: what is noted of it, or what its gateway has told all.
function SESSIONS.heard(gateway, sid)
  return call('HGET', SESSION.facts(sid), 'heard') or call('GET', GATEWAY.heard(gateway)) or ''
end
-- A session ends. `heard`: '' = it is not known better. Returns the account, nil = it was a guest's.
function SESSIONS.forget(sid, heard)
  local f = call('HMGET', SESSION.facts(sid), 'akey', 'device', 'heard')
  local akey = f[1]
  if not akey then return nil end
  call('DEL', SESSION.facts(sid))
  call('HDEL', ACCOUNT.sessions(akey), sid)
  call('ZREM', SERVER.detached, sid)
  SESSIONS.note_device(akey, f[2], heard ~= '' and heard or f[3] or '')
  return akey
end
-- Nothing more is known of any session of an account.
function SESSIONS.forget_all(akey)
  for _, sid in ipairs(call('HKEYS', ACCOUNT.sessions(akey))) do
    call('DEL', SESSION.facts(sid))
    call('ZREM', SERVER.detached, sid)
  end
end
-- Whether an account stays when its last session ends: its own choice, else the server's.
function SESSIONS.is_always_on(akey)
  local chosen = call('HGET', ACCOUNT.facts(akey), 'always')
  return (chosen or call('GET', SERVER.always)) == '1'
end
-- The last session of an account that is always on does not end: without a connection, and without an end, it
-- stands for the account. No login goes on with it, its device is nobody's. Whether that is so.
function SESSIONS.stay(gateway, sid, name, heard)
  local f = call('HMGET', SESSION.facts(sid), 'akey', 'device', 'heard')
  local akey = f[1]
  if not akey or call('HLEN', USER.sessions(name)) > 1 or not SESSIONS.is_always_on(akey) then return false end
  SESSIONS.note_device(akey, f[2], heard ~= '' and heard or f[3] or '')
  call('DEL', SESSION.facts(sid))
  SESSIONS.note(sid, name, akey, NOBODY, '')
  call('HDEL', GATEWAY.sessions(gateway), sid)
  call('HSET', GATEWAY.sessions(NOBODY), sid, name)
  call('HSET', USER.sessions(name), sid, NOBODY)
  call('ZADD', SERVER.detached, '+inf', sid)
  call('HSET', USER.facts(name), 'anchor', sid)
  return true
end
-- A session of the user has come: none has to stand for it any more.
function SESSIONS.lift(name, sid)
  call('HDEL', USER.facts(name), 'anchor')
  if call('HGET', USER.sessions(name), sid) ~= NOBODY then return end
  for _, list in ipairs({ USER.sessions(name), USER.hosts(name), USER.aways(name), GATEWAY.sessions(NOBODY) }) do
    call('HDEL', list, sid)
  end
  SESSIONS.forget(sid, '')
end

-- A session loses its connection: its user stays where it is for `grace_ms`. Whether that may be: a guest's
-- session ends. `lost`: its gateway has lost it, and may come back.
function SESSIONS.detach(gateway, sid, name, reason, heard, lost, grace_ms)
  local facts = SESSION.facts(sid)
  if grace_ms <= 0 or call('EXISTS', facts) == 0 then return false end
  call('HDEL', GATEWAY.sessions(gateway), sid)
  if call('HGET', USER.sessions(name), sid) ~= gateway then return true end
  call('HSET', GATEWAY.sessions(NOBODY), sid, name)
  call('HSET', USER.sessions(name), sid, NOBODY)
  call('HSET', facts, 'reason', reason, 'lost', lost and '1' or '')
  if heard ~= '' then call('HSET', facts, 'heard', heard) end
  call('HDEL', facts, 'lags')
  call('ZADD', SERVER.detached, now_ms() + grace_ms, sid)
  return true
end
-- The session has a connection again, through the calling gateway; before, it was with `gateway`.
function SESSIONS.attach(gateway, sid)
  call('HDEL', GATEWAY.sessions(gateway), sid)
  call('ZREM', SERVER.detached, sid)
  call('HDEL', SESSION.facts(sid), 'reason', 'lost', 'lags')
end
-- Which session a login goes on with: one of the same account and device that has no connection, or one whose
-- connection is known to be dead or belongs to the same named device. `name`: under which it would rather be.
-- Returns its id, whose it is and its gateway; or nil, and whether another of that device is here and well.
function SESSIONS.left_behind(akey, device, name)
  local list, best, sid, whose, at, present = call('HGETALL', ACCOUNT.sessions(akey)), 0, nil, nil, nil, false
  for i = 1, #list, 2 do
    if list[i + 1] == device then
      local f = call('HMGET', SESSION.facts(list[i]), 'name', 'lags')
      local gateway = f[1] and call('HGET', USER.sessions(f[1]), list[i])
      local rank = 0
      if gateway == NOBODY then
        rank = f[1] == name and 4 or 3
      elseif gateway then
        rank = f[2] and 2 or (device ~= '' and 1 or 0)
        present = present or not f[2]
      end
      if rank > best then best, sid, whose, at = rank, list[i], f[1], gateway end
    end
  end
  return sid, whose, at, present
end
