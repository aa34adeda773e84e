-- Remove some of the sessions that a gateway left behind, and the gateway itself with the last.
-- ARGV[4] the gateway; [5] how many sessions at most; [6] reason of the QUITs.
-- A gateway may remove itself; another only when its lease is over.
-- Returns {'ok', sessions still to remove, or -1 when the gateway is gone} or {'alive'}.
local dead, leases = ARGV[4], PRES .. ':gateways'
if dead ~= GW then
  local score = call('ZSCORE', leases, dead)
  if score and tonumber(score) >= now_ms() then return { 'alive' } end
end
local held = PRES .. ':gateway:' .. dead
-- from now on nothing that the gateway still says counts; it stays to be found until it is empty
call('ZADD', leases, 0, dead)
local found = call('HRANDFIELD', held, ARGV[5], 'WITHVALUES')
for i = 1, #found, 2 do end_session(dead, found[i], found[i + 1], ARGV[6]) end
local left = call('HLEN', held)
if left > 0 then return { 'ok', left } end
call('ZREM', leases, dead)
return { 'ok', -1 }
