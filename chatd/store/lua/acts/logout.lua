-- End a session; the user leaves with the last one. Ending what has ended already changes nothing.
-- sid: text      session id
-- reason: text   of the QUIT
-- Returns: ok
local name = call('HGET', GATEWAY.sessions(GW), sid)
if name then end_session(GW, sid, name, reason) end
-- a guest who was lost, and has left since, does not come back
forget_all_kept(sid)
return { 'ok' }
