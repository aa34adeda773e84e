-- Take or renew a gateway's lease, and name the gateways whose lease is over.
-- length_ms: int   of the lease
-- epoch: text      what Redis' data are to be called if they are new
-- always: flag     whether accounts that have not chosen stay when their last session ends
-- how: text        'take' to start one, 'renew' to go on: one that is over can only be taken again
-- addresses: text  under which clients reach the gateway, spaces between; '' = they are told none
-- ...active: (name, ago_ms)   the gateway's users that were active since the last call, folded, and ms since
--   their last activity
-- Refuses: stale
-- Returns: ok, now, ms since 1970, what Redis' data are called, how many sessions no connection has gone on with
--   in time and rooms with bans that are over, how many gateways live, their addresses, spaces between, then the gateways whose lease is over
local leases = SERVER.gateways
if how == 'renew' and stale() then return REFUSE.stale() end
local now = now_ms()
-- the server is up since there have been gateways without a break
if call('ZCOUNT', leases, now, '+inf') == 0 then
  call('SET', SERVER.started, now)
  -- from here on every gateway keeps who hears all; one of an older version may have left it untrue
  if call('HEXISTS', SERVER.plain, '*') == 0 or call('SCARD', SERVER.online) == 0 then
    call('DEL', SERVER.plain)
    -- a value of this length makes it a table from the start: a short list would be searched
    call('HSET', SERVER.plain, '*', string.rep('*', 65))
  end
end
call('ZADD', leases, now + length_ms, GW)
call('SET', GATEWAY.lease(GW), '', 'PX', length_ms)
for _, one in ipairs(active) do
  local user = USER.facts(one.name)
  if call('EXISTS', user) == 1 then call('HSET', user, 'active', now - tonumber(one.ago_ms)) end
end
if addresses == '' then
  call('HDEL', SERVER.advertised, GW)
else
  call('HSET', SERVER.advertised, GW, addresses)
end
local known, living = {}, call('ZRANGEBYSCORE', leases, now, '+inf', 'LIMIT', 0, 1000)
for _, id in ipairs(living) do
  known[#known + 1] = call('HGET', SERVER.advertised, id) or nil
end
call('SET', SERVER.epoch, epoch, 'NX')
if how == 'take' then
  call('SET', SERVER.kept, RETENTION.given)
  if always then call('SET', SERVER.always, '1') else call('DEL', SERVER.always) end
end
local overdue = call('ZCOUNT', SERVER.detached, '-inf', now) + call('ZCOUNT', SERVER.timed, '-inf', now)
local reply = { 'ok', now, call('GET', SERVER.epoch), overdue, #living, concat(known, ' ') }
for _, id in ipairs(call('ZRANGEBYSCORE', leases, '-inf', '(' .. now)) do reply[#reply + 1] = id end
return reply
