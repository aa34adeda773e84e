-- Say whether the owner of an account is an operator; holds at once for who is logged in to it.
-- name: text    account, folded
-- operator: flag
-- Refuses: noaccount
-- Returns: ok
local key = ACCOUNT.facts(name)
if call('EXISTS', key) == 0 then return REFUSE.noaccount() end
if operator then call('HSET', key, 'oper', '1') else call('HDEL', key, 'oper') end
local uid = account_uid(name)
for _, lost in ipairs(call('SMEMBERS', PERSON.lost(uid))) do
  local kept = PERSON.kept(uid, lost)
  local modes = not operator and call('HGET', kept, 'modes')
  if modes then call('HSET', kept, 'modes', (string.gsub(modes, USER_MODE.OPERATOR, ''))) end
end
for _, user in ipairs(call('SMEMBERS', ACCOUNT.online(name))) do
  if account_of(user) == name then
    change_modes(user, '', operator and 'o' or '', operator and '' or 'o')
  end
end
return { 'ok' }
