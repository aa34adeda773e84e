-- Take or renew a gateway's lease, and name the gateways whose lease is over.
-- ARGV[4] length of the lease, ms; [5] 'take' to start one, 'renew' to go on; [6...] pairs of
-- name, ms since its last activity, of the gateway's users that were active since the last call.
-- Returns {'ok', now ms, dead gateway...} or {'stale'}: renewing what another has cleaned up.
local leases = PRES .. ':gateways'
if ARGV[5] == 'renew' and stale() then return { 'stale' } end
local now = now_ms()
-- the server is up since there have been gateways without a break
if call('ZCOUNT', leases, now, '+inf') == 0 then
  call('SET', PRES .. ':started', now)
  -- from here on every gateway keeps the set; one of an older version may have left it untrue
  if call('SISMEMBER', PLAIN, '*') == 0 or call('SCARD', ONLINE) == 0 then
    call('DEL', PLAIN)
    call('SADD', PLAIN, '*')
  end
end
call('ZADD', leases, now + tonumber(ARGV[4]), GW)
for i = 6, #ARGV, 2 do
  local user = PRES .. ':user:' .. ARGV[i]
  if call('EXISTS', user) == 1 then call('HSET', user, 'active', now - tonumber(ARGV[i + 1])) end
end
local reply = { 'ok', now }
for _, id in ipairs(call('ZRANGEBYSCORE', leases, '-inf', '(' .. now)) do reply[#reply + 1] = id end
return reply
