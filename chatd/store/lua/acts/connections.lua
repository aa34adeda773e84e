-- Note how many connections a gateway has from some networks.
-- ...counts: (network, count)   0 = none
-- Refuses: stale
-- Returns: ok, then how many each network has on all gateways that live
if stale() then return REFUSE.stale() end
local own, networks, totals = GATEWAY.connections(GW), {}, {}
for i, one in ipairs(counts) do
  if one.count == '0' then call('HDEL', own, one.network) else call('HSET', own, one.network, one.count) end
  networks[i], totals[i] = one.network, 0
end
if #networks == 0 then return { 'ok' } end
for _, gateway in ipairs(call('ZRANGEBYSCORE', SERVER.gateways, now_ms(), '+inf', 'LIMIT', 0, 1000)) do
  for i, count in ipairs(call('HMGET', GATEWAY.connections(gateway), unpack(networks))) do
    totals[i] = totals[i] + tonumber(count or 0)
  end
end
return { 'ok', unpack(totals) }
