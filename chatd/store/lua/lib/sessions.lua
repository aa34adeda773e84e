-- Sessions of accounts: which devices they are of, how far those have heard, and sessions without a connection.
-- Those stand with the sessions of a gateway that is nobody. Of a guest's session nothing is kept.
local SESSIONS = { MOST_DEVICES = 50, MOST_ASKED = 16 }

-- An account has a session. `device`: what its login called itself, '' = nothing.
function SESSIONS.note(sid, name, akey, device, heard)
  local facts = SESSION.facts(sid)
  call('HSET', facts, 'name', name, 'akey', akey, 'device', device)
  call('HSETNX', facts, 'began', now_ms())
  if heard ~= '' then call('HSET', facts, 'heard', heard) end
  call('HSET', ACCOUNT.sessions(akey), sid, device)
end
-- Somebody has logged in to an account.
function SESSIONS.note_login(akey) call('HSET', ACCOUNT.facts(akey), 'login', now_ms()) end
-- When that was until which something has heard, ms since 1970.
local function heard_ms(heard) return tonumber(string.match(heard or '', '^%d+') or 0) end
-- A device has heard so far. One that begins with ~ is remembered no longer than its session. A session that was
-- left behind may end after one that its program has begun since: what a device has heard stays heard.
function SESSIONS.note_device(akey, device, heard)
  if heard == '' or byte(device) == 126 then return end
  if heard_ms(heard) < heard_ms(SESSIONS.heard_by(akey, device)) then return end
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
-- Whether an account is banned from the server.
function SESSIONS.is_banned(akey)
  local ban = call('HGET', SERVER.bans, 'A ' .. akey)
  local ends = ban and tonumber(string.match(ban, '^%Z*%z%d+%z(%d+)%z'))
  return ends == 0 or (ends or 0) > now_ms()
end
-- The last session of an account that is always on does not end: without a connection, and without an end, it
-- stands for the account. No login goes on with it, its device is nobody's. Whether that is so.
function SESSIONS.stay(gateway, sid, name, heard)
  local f = call('HMGET', SESSION.facts(sid), 'akey', 'device', 'heard')
  local akey = f[1]
  if not akey or call('HLEN', USER.sessions(name)) > 1 or not SESSIONS.is_always_on(akey)
    or SESSIONS.is_banned(akey) then
    return false
  end
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
function SESSIONS.has_connection(name)
  for _, gateway in ipairs(call('HVALS', USER.sessions(name))) do
    if gateway ~= NOBODY then return true end
  end
  return false
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
  call('HSET', facts, 'reason', reason, 'lost', lost and '1' or '', 'left', now_ms())
  if heard ~= '' then call('HSET', facts, 'heard', heard) end
  call('HDEL', facts, 'lags')
  call('ZADD', SERVER.detached, now_ms() + grace_ms, sid)
  return true
end
-- The session has a connection again, through the calling gateway; before, it was with `gateway`.
function SESSIONS.attach(gateway, sid)
  call('HDEL', GATEWAY.sessions(gateway), sid)
  call('ZREM', SERVER.detached, sid)
  call('HDEL', SESSION.facts(sid), 'reason', 'lost', 'left', 'lags', 'by')
end
local RANK = { attached = 0, same_device = 1, lags = 2, followed = 3, detached = 4 }
-- The sessions of a device, each with what `left_behind` asks. Of one that has no connection its program may have
-- begun another one already, while nobody knew that the wire or the gateway was dead: it began later than this had
-- heard last.
local function of_device(akey, device, name)
  local list, found, told = call('HGETALL', ACCOUNT.sessions(akey)), {}, {}
  local latest, before = 0, 0 -- when the last of them began, and the one before that
  for i = 1, #list, 2 do
    if list[i + 1] == device then
      local sid = list[i]
      local f = call('HMGET', SESSION.facts(sid), 'name', 'lags', 'began', 'heard')
      local gateway = f[1] and call('HGET', USER.sessions(f[1]), sid)
      if gateway then
        told[gateway] = told[gateway] or call('GET', GATEWAY.heard(gateway)) or ''
        local heard = f[4] or told[gateway]
        local one = { sid = sid, name = f[1], gateway = gateway, heard = heard, ms = heard_ms(heard) }
        one.began = tonumber(f[3] or 0)
        one.rank = gateway == NOBODY and RANK.detached or f[2] and RANK.lags
          or device ~= '' and RANK.same_device or RANK.attached
        one.is_called_so = f[1] == name and 1 or 0
        if one.began >= latest then
          latest, before = one.began, latest
        else
          before = math.max(before, one.began)
        end
        found[#found + 1] = one
      end
    end
  end
  for _, one in ipairs(found) do
    local other = one.began == latest and before or latest
    if one.rank == RANK.detached and one.ms > 0 and other > one.ms then one.rank = RANK.followed end
  end
  return found
end
-- Which session a login goes on with: one of the same account and device that has no connection, or one whose
-- connection is known to be dead or belongs to the same named device. Of several it is one that its program has not
-- left for another, then one of that `name`, then the one that has heard least. Returns the session, or nil, and
-- how far the others of that device have heard that seem to be here and well, nil = there is none: one may be dead;
-- and which users those are of, with their gateways.
function SESSIONS.left_behind(akey, device, name)
  local best, present, whose = nil, nil, {}
  local function is_better(one)
    if one.rank ~= best.rank then return one.rank > best.rank end
    if one.is_called_so ~= best.is_called_so then return one.is_called_so > best.is_called_so end
    return one.ms < best.ms
  end
  for _, one in ipairs(of_device(akey, device, name)) do
    if one.rank == RANK.attached then
      if one.heard == 'new' then one.heard = '' end
      if not present or one.ms < heard_ms(present) then present = one.heard end
      whose[one.name] = whose[one.name] or {}
      whose[one.name][one.gateway] = true
    elseif not best or is_better(one) then
      best = one
    end
  end
  return best, present, whose
end
-- Ask the gateways of such users how far those sessions have heard; how many answers there will be.
-- Those that are dead are not waited for, and of an account under many names only some are asked.
function SESSIONS.ask(whose, sid, device)
  local asked, names = 0, 0
  for one, gateways in pairs(whose) do
    names = names + 1
    if names > SESSIONS.MOST_ASKED then return asked end
    call(PUBLISH, user_key(one), SEP .. RECORD.asked(sid, '', one, '', '', device))
    for gateway in pairs(gateways) do asked = asked + call('EXISTS', GATEWAY.lease(gateway)) end
  end
  return asked
end
