-- An operator removes a user, with all sessions on all gateways.
-- ARGV[4] session id; [5] name of the operator, folded; [6] name of the user, folded; [7] comment.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'notoper'}, {'nouser'}.
if stale() then return { 'stale' } end
local sid, name, target = ARGV[4], ARGV[5], ARGV[6]
local source, account, nick = identity(name)
if not source then return { 'offline' } end
if not has_mode(name, 'o') then return { 'notoper' } end
local victim = call('HGET', PRES .. ':user:' .. target, 'nick')
if not victim then return { 'nouser' } end
local reason = 'Killed (' .. nick .. ' (' .. ARGV[7] .. '))'
emit(user_key(target), fields('X', sid, '', name, source, account, victim, ARGV[7], reason))
local sessions, first = call('HGETALL', PRES .. ':sessions:' .. target), ''
for i = 1, #sessions, 2 do
  call('HDEL', PRES .. ':gateway:' .. sessions[i + 1], sessions[i])
  first = sessions[i]
end
remove_user(target, first, reason)
return { 'ok' }
