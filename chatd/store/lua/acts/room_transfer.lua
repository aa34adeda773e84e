-- Give a registered room to another account, or to nobody.
-- name: text     of the founder, folded
-- room: text     folded
-- heir: text     account, folded ('' = nobody)
-- most: int      rooms per account
-- server: text   name of the server
-- Refuses: stale offline noroom notfounder(room) noaccount toomany
-- Returns: ok, room as shown, account as shown
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'founder', 'rid')
local shown, founder, rid = found[1], found[2], found[3]
if not shown then return REFUSE.noroom() end
if not founder or founder ~= call('HGET', USER.facts(name), 'akey') then
  return REFUSE.notfounder(shown)
end
local account = ''
if heir ~= '' then
  account = call('HGET', ACCOUNT.facts(heir), 'name')
  if not account then return REFUSE.noaccount() end
  if heir ~= founder and call('SCARD', ACCOUNT.rooms(heir)) >= most then
    return REFUSE.toomany()
  end
end
call('SREM', ACCOUNT.rooms(founder), room)
if heir == '' then
  ACCESS.forget(key)
  call('HDEL', key, 'founder', 'founder_name', 'registered')
else
  ACCESS.remove(key, rid, heir)
  call('SADD', ACCOUNT.rooms(heir), room)
  call('HSET', key, 'founder', heir, 'founder_name', account)
end

-- Take the founder's mode from all users of an account, and from who was lost, or give it.
local function change(akey, minus, plus)
  for _, one in ipairs(call('SMEMBERS', ACCOUNT.online(akey))) do
    ACCESS.give(key, one, server, shown, minus, plus)
  end
  ACCESS.give_lost(rid, account_uid(akey), minus, plus)
end
if founder ~= heir then change(founder, 'q', '') end
if heir ~= '' then change(heir, '', 'q') end
drop_if_empty(room)
return { 'ok', shown, account }
