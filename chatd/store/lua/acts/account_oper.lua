-- Say whether the owner of an account is an operator; holds at once where the account has its own name.
-- name: text    account, folded
-- operator: flag
-- Refuses: noaccount
-- Returns: ok
local key = ACCOUNT.facts(name)
if call('EXISTS', key) == 0 then return REFUSE.noaccount() end
if operator then call('HSET', key, 'oper', '1') else call('HDEL', key, 'oper') end
if call('HGET', USER.facts(name), 'akey') == name then
  change_modes(name, '', operator and 'o' or '', operator and '' or 'o')
end
return { 'ok' }
