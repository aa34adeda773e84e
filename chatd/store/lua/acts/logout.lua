-- End a session; the user leaves with the last one. Ending what has ended already changes nothing.
-- sid: text      session id
-- reason: text   of the QUIT
-- user: text     who it was, name, folded,
-- uid: text      and person ('' = it does not matter)
-- Returns: ok, whether neither the session nor that user was known: '1' or ''
local name = call('HGET', GATEWAY.sessions(GW), sid)
if name then end_session(GW, sid, name, reason) end
-- a guest who was lost, and has left since, does not come back
forget_all_kept(sid)
return { 'ok', not name and uid_of(user) ~= uid and '1' or '' }
