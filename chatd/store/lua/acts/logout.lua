-- End a session; the user leaves with the last one. Ending what has ended already changes nothing.
-- sid: text      session id
-- reason: text   of the QUIT
-- user: text     who it was, name, folded,
-- uid: text      and person ('' = it does not matter)
-- heard: text    how far the session has heard ('' = it is not known)
-- by: text       id that the session of this connection had when it came; '' = it does not matter
-- grace_ms: int  for so long another connection may go on with it, if it is an account's; 0 = it ends
-- Returns: ok, whether neither the session nor that user was known: '1' or ''
local name = call('HGET', GATEWAY.sessions(GW), sid)
if name and by ~= '' then -- its client may have come again, through this gateway too
  local now = call('HGET', SESSION.facts(sid), 'by')
  if now and now ~= by then return { 'ok', '' } end
end
if name and SESSIONS.detach(GW, sid, name, reason, heard, false, grace_ms) then return { 'ok', '' } end
if name then end_session(GW, sid, name, reason, false, heard) end
-- a guest who was lost, and has left since, does not come back
forget_all_kept(sid)
return { 'ok', not name and uid_of(user) ~= uid and '1' or '' }
