-- Make an account for a name.
-- ARGV[4] session id; [5] name, folded, which the session must have ('' = somebody who is not connected
-- yet: nobody may have it); [6] name as shown; [7] password, as argon2id wrote it; [8] what the name
-- looks like.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'exists'}, {'confusable'}.
if stale() then return { 'stale' } end
local key = P .. ':account:{' .. esc(ARGV[5]) .. '}'
local look
if ARGV[4] == '' then
  if call('EXISTS', PRES .. ':user:' .. ARGV[5]) == 1 then return { 'exists' } end
  if looks_like(ARGV[5], ARGV[8], nil, '') then return { 'confusable' } end
  if ARGV[8] ~= ARGV[5] then look = ARGV[8] end
else
  if call('HGET', PRES .. ':sessions:' .. ARGV[5], ARGV[4]) ~= GW then return { 'offline' } end
  look = call('HGET', PRES .. ':user:' .. ARGV[5], 'look')
end
if call('EXISTS', key) == 1 then return { 'exists' } end
for skeleton in string.gmatch(look or '', '[^,]+') do call('HSET', LOOKS .. ':accounts', skeleton, ARGV[5]) end
call('HSET', key, 'name', ARGV[6], 'password', ARGV[7], 'created', now_ms())
return { 'ok' }
