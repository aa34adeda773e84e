-- An operator changes the user@host that others see of a user.
-- sid: text        session id
-- name: text       of the operator, folded
-- target: text     name of the user, folded
-- new_user: text   username, '' = as it is
-- new_host: text   '' = as it is
-- server: text     name of the server
-- Refuses: stale offline notoper nouser
-- Returns: ok, nick, user, host
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if not is_staff(name) then return REFUSE.notoper() end
local source, account, nick = identity(target)
if not source then return REFUSE.nouser() end
local key = USER.facts(target)
local f = call('HMGET', key, 'user', 'host', 'realname', 'away')
local user, host = new_user ~= '' and new_user or f[1], new_host ~= '' and new_host or f[2]
if user == f[1] and host == f[2] then return { 'ok', nick, user, host } end
call('HSET', key, 'user', user, 'host', host)
note_hosts(target, new_user)
local id = emit_global(RECORD.host(sid, '', target, source, account, user, host))
emit(user_key(target), RECORD.host(sid, id, target, source, account, user, host))
for _, room in ipairs(rooms_of(target)) do
  local shown, prefix = call('HGET', room_key(room), 'name'), prefix_of(room_key(room), target) or ''
  emit(room_key(room), RECORD.host(sid, id, target, source, account, user, host, shown, prefix, f[3], f[4], server))
end
return { 'ok', nick, user, host }
