-- Tell the rooms of users that their account has another name: those that account_rename.lua has left.
-- akey: text            account, folded, as it is called now
-- ...users: (name, id)  folded; id of the event
-- Returns: ok
for _, one in ipairs(users) do
  if account_of(one.name) == akey then tell_account(one.name, one.id) end
end
return { 'ok' }
