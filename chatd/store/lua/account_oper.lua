-- Say whether the owner of an account is an operator; holds at once where the account has its own name.
-- ARGV[4] account, folded; [5] '1' or ''.
-- Returns {'ok'} or {'noaccount'}.
local name = ARGV[4]
local key = P .. ':account:{' .. esc(name) .. '}'
if call('EXISTS', key) == 0 then return { 'noaccount' } end
if ARGV[5] == '1' then call('HSET', key, 'oper', '1') else call('HDEL', key, 'oper') end
if call('HGET', PRES .. ':user:' .. name, 'akey') == name then
  change_modes(name, '', ARGV[5] == '1' and 'o' or '', ARGV[5] == '1' and '' or 'o')
end
return { 'ok' }
