-- End some of what is over: sessions for which no connection has come in their time, bans of rooms.
-- most: int     about how many; who is in three rooms counts for two
-- server: text  its name
-- Refuses: stale
-- Returns: ok, how many are left
if stale() then return REFUSE.stale() end
local function overdue()
  return call('ZCOUNT', SERVER.detached, '-inf', now_ms()) + call('ZCOUNT', SERVER.timed, '-inf', now_ms())
end
local done = 0
for _, sid in ipairs(call('ZRANGEBYSCORE', SERVER.detached, '-inf', now_ms(), 'LIMIT', 0, most)) do
  if done >= most then break end
  local name = call('HGET', GATEWAY.sessions(NOBODY), sid)
  call('ZREM', SERVER.detached, sid)
  if name then
    local f = call('HMGET', SESSION.facts(sid), 'reason', 'lost')
    done = done + 1 + call('SCARD', USER.rooms(name)) / 3
    end_session(NOBODY, sid, name, f[1] or '', f[2] == '1')
  end
end
ENTRIES.sweep(now_ms(), most, server)
return { 'ok', overdue() }
