-- An operator removes a user, with all sessions on all gateways.
-- sid: text       session id
-- name: text      of the operator, folded
-- target: text    name of the user, folded
-- comment: text
-- Refuses: stale offline notoper nouser
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account, nick = identity(name)
if not source then return REFUSE.offline() end
if not is_staff(name) then return REFUSE.notoper() end
local victim = call('HGET', USER.facts(target), 'nick')
if not victim then return REFUSE.nouser() end
local reason = 'Killed (' .. nick .. ' (' .. comment .. '))'
emit(user_key(target), RECORD.kill(sid, '', name, source, account, victim, comment, reason))
local sessions, first = call('HGETALL', USER.sessions(target)), ''
for i = 1, #sessions, 2 do
  call('HDEL', GATEWAY.sessions(sessions[i + 1]), sessions[i])
  SESSIONS.forget(sessions[i], '')
  first = sessions[i]
end
remove_user(target, first, reason)
return { 'ok' }
