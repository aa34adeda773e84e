-- A user has read a room, or what a person wrote, up to a time; the other sessions are told.
-- sid: text      session id
-- name: text     of who has read, folded
-- kind: text     'r' room or 'u' user
-- target: text   folded
-- asked: text    target as written
-- at: int        ms since 1970; nobody has read what comes later than now
-- server: text   name of the server
-- Refuses: stale offline nowhere toomany(target)
-- Returns: ok, target as shown, ms since 1970 up to which the user has read now
if stale() then return REFUSE.stale() end
if call('EXISTS', USER.facts(name)) == 0 then return REFUSE.offline() end
local called, shown = READING.target(name, kind, target, true)
if #called == 0 then return REFUSE.nowhere() end
shown, at = shown or asked, math.min(at, now_ms())
local key = READING.key(name)
local before = READING.at(key, called)
if at <= before then return { 'ok', shown, before } end
local missing = call('ZCARD', key) + #called - READING.most
if before == 0 and missing > 0 then
  -- what was read long ago makes place, as of guests and rooms that are gone nobody asks any more
  call('ZREMRANGEBYSCORE', key, '-inf', now_ms() - TTL.history * 1000)
  if call('ZCARD', key) + #called > READING.most then return REFUSE.toomany(shown) end
end
for _, one in ipairs(called) do call('ZADD', key, at, one) end
local akey = account_of(name)
local names = akey ~= '' and call('SMEMBERS', ACCOUNT.online(akey)) or { name }
for _, one in ipairs(names) do
  local record = RECORD.read(sid, '', one, server, '', shown, at)
  call(PUBLISH, user_key(one), SEP .. record)
end
return { 'ok', shown, at }
