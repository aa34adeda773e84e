-- An operator changes the user@host that others see of a user.
-- ARGV[4] session id; [5] name of the operator, folded; [6] name of the user, folded; [7] username and
-- [8] host ('' = as it is); [9] name of the server.
-- Returns {'ok', nick, user, host} or {'stale'}, {'offline'}, {'notoper'}, {'nouser'}.
if stale() then return { 'stale' } end
local sid, name, target = ARGV[4], ARGV[5], ARGV[6]
if not identity(name) then return { 'offline' } end
if not has_mode(name, 'o') then return { 'notoper' } end
local source, account, nick = identity(target)
if not source then return { 'nouser' } end
local key = PRES .. ':user:' .. target
local f = call('HMGET', key, 'user', 'host', 'realname', 'away')
local user, host = ARGV[7] ~= '' and ARGV[7] or f[1], ARGV[8] ~= '' and ARGV[8] or f[2]
if user == f[1] and host == f[2] then return { 'ok', nick, user, host } end
call('HSET', key, 'user', user, 'host', host)
local id = emit_global(fields('G', sid, '', target, source, account, user, host))
emit(user_key(target), fields('G', sid, id, target, source, account, user, host))
for _, room in ipairs(rooms_of(target)) do
  local shown, prefix = call('HGET', room_key(room), 'name'), prefix_of(room_key(room), target) or ''
  emit(room_key(room), fields('G', sid, id, target, source, account, user, host, shown, prefix, f[3], f[4], ARGV[9]))
end
return { 'ok', nick, user, host }
