-- Delete an account: its name and its rooms are nobody's; whoever is online under it stays, as a guest.
-- name: text    account, folded
-- Refuses: noaccount
-- Returns: ok
local key = ACCOUNT.facts(name)
if call('EXISTS', key) == 0 then return REFUSE.noaccount() end
for _, room in ipairs(call('SMEMBERS', ACCOUNT.rooms(name))) do
  call('HDEL', room_key(room), 'founder', 'founder_name', 'registered')
  drop_if_empty(room)
end
local looks = call('HGETALL', SERVER.account_looks)
for i = 1, #looks, 2 do
  if looks[i + 1] == name then call('HDEL', SERVER.account_looks, looks[i]) end
end
call('DEL', unpack(named(ACCOUNT_ENDS, name)))
local user = USER.facts(name)
if call('HGET', user, 'akey') == name then
  change_modes(name, '', '', 'o')
  call('HSET', user, 'account', '', 'akey', '')
  become(name, call('HKEYS', USER.sessions(name))[1] or '')
  local source, uid = identity(name), uid_of(name)
  local id = emit_global(RECORD.account('', '', name, source, '', '', uid))
  emit(user_key(name), RECORD.account('', id, name, source, '', '', uid))
  for _, room in ipairs(rooms_of(name)) do
    emit(room_key(room), RECORD.account('', id, name, source, '', ''))
  end
end
return { 'ok' }
