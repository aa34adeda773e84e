-- Delete an account: its name and its rooms are nobody's; whoever is online under it stays, as a guest.
-- ARGV[4] account, folded.
-- Returns {'ok'} or {'noaccount'}.
local name = ARGV[4]
local key = P .. ':account:{' .. esc(name) .. '}'
if call('EXISTS', key) == 0 then return { 'noaccount' } end
for _, room in ipairs(call('SMEMBERS', key .. ':rooms')) do
  call('HDEL', room_key(room), 'founder', 'founder_name', 'registered')
  drop_if_empty(room)
end
local looks = call('HGETALL', LOOKS .. ':accounts')
for i = 1, #looks, 2 do
  if looks[i + 1] == name then call('HDEL', LOOKS .. ':accounts', looks[i]) end
end
call('DEL', key, key .. ':rooms')
local user = PRES .. ':user:' .. name
if call('HGET', user, 'akey') == name then
  change_modes(name, '', '', 'o')
  call('HSET', user, 'account', '', 'akey', '')
  local source = identity(name)
  local id = emit_global(fields('U', '', '', name, source, '', ''))
  emit(user_key(name), fields('U', '', id, name, source, '', ''))
  for _, room in ipairs(rooms_of(name)) do
    emit(room_key(room), fields('U', '', id, name, source, '', ''))
  end
end
return { 'ok' }
