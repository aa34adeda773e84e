-- Make an account for a name.
-- ARGV[4] session id; [5] name, folded, which the session must have; [6] name as shown;
-- [7] password, as argon2id wrote it.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'exists'}.
if stale() then return { 'stale' } end
local key = P .. ':account:{' .. esc(ARGV[5]) .. '}'
if call('HGET', PRES .. ':sessions:' .. ARGV[5], ARGV[4]) ~= GW then return { 'offline' } end
if call('EXISTS', key) == 1 then return { 'exists' } end
local look = call('HGET', PRES .. ':user:' .. ARGV[5], 'look')
for skeleton in string.gmatch(look or '', '[^,]+') do call('HSET', LOOKS .. ':accounts', skeleton, ARGV[5]) end
call('HSET', key, 'name', ARGV[6], 'password', ARGV[7], 'created', now_ms())
return { 'ok' }
