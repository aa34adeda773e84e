-- Remove some of the sessions that a gateway left behind, and the gateway itself with the last.
-- A gateway may remove itself; another only when its lease is over.
-- dead: text     the gateway
-- most: int      about how many sessions; who is in three rooms counts for two
-- reason: text   of the QUITs
-- lost: flag     whether the users may come back: what they held is kept
-- grace_ms: int  for so long other connections may go on with the sessions of accounts; 0 = they end
-- Refuses: alive
-- Returns: ok, sessions still to remove, or -1 when the gateway is gone
local leases = SERVER.gateways
if dead ~= GW and call('EXISTS', GATEWAY.lease(dead)) == 1 then return REFUSE.alive() end
local held = GATEWAY.sessions(dead)
-- from now on nothing that the gateway still says counts; it stays to be found until it is empty
call('DEL', GATEWAY.lease(dead))
call('ZADD', leases, 0, dead)
local found, done = call('HRANDFIELD', held, most, 'WITHVALUES'), 0
for i = 1, #found, 2 do
  if done >= most then break end
  done = done + 1 + call('SCARD', USER.rooms(found[i + 1])) / 3
  local sid, name = found[i], found[i + 1]
  local heard = SESSIONS.heard(dead, sid)
  if not SESSIONS.detach(dead, sid, name, reason, heard, lost, grace_ms) then
    end_session(dead, sid, name, reason, lost, heard)
  end
end
local left = call('HLEN', held)
if left > 0 then return { 'ok', left } end
call('ZREM', leases, dead)
call('DEL', GATEWAY.heard(dead), GATEWAY.connections(dead))
call('HDEL', SERVER.advertised, dead)
return { 'ok', -1 }
