-- End sessions of an account: no login goes on with one from here on. The gateway of its connection closes that; a
-- gateway that has lost its session for a time reads it in the log when it is back.
-- name: text        of who asks, folded; '' = the server's own terminal
-- akey: text        the account, folded
-- why: text         what their connections are told
-- reason: text      of the QUITs
-- ...sids: (sid)    sessions; one that has ended, is another account's, or only stands for one that is always on,
--   stays as it is
-- Refuses: stale offline notoper
-- Returns: ok, ids of those that were ended
if name ~= '' then
  if stale() then return REFUSE.stale() end
  if not identity(name) then return REFUSE.offline() end
  if account_of(name) ~= akey and not is_staff(name) then return REFUSE.notoper() end
end
local reply = { 'ok' }
for _, one in ipairs(sids) do
  local f = call('HMGET', SESSION.facts(one.sid), 'name', 'akey', 'device', 'lost')
  local gateway = f[2] == akey and f[3] ~= NOBODY and call('HGET', USER.sessions(f[1]), one.sid)
  if gateway then
    local source, account = identity(f[1])
    if gateway ~= NOBODY or f[4] == '1' then
      emit(user_key(f[1]), RECORD.ended(one.sid, '', f[1], source, account, why))
    end
    end_session(gateway, one.sid, f[1], reason, false, SESSIONS.heard(gateway, one.sid))
    reply[#reply + 1] = one.sid
  end
end
return reply
