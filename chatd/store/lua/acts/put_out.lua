-- End sessions without a connection: those whom they stand for may not be here. What stands for an account that
-- is always on ends only when the account is banned.
-- reason: text    of the QUITs
-- ...sids: (sid)   session ids
-- Refuses: stale
-- Returns: ok
if stale() then return REFUSE.stale() end
for _, one in ipairs(sids) do
  local name = call('HGET', GATEWAY.sessions(NOBODY), one.sid)
  local f = call('HMGET', SESSION.facts(one.sid), 'akey', 'device')
  if name and (f[2] ~= NOBODY or SESSIONS.is_banned(f[1])) then
    end_session(NOBODY, one.sid, name, reason, false)
  end
end
return { 'ok' }
