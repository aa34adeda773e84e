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
local found = call('HMGET', key, 'name', 'founder')
local shown, founder = found[1], found[2]
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
  call('HDEL', key, 'founder', 'founder_name', 'registered')
else
  call('SADD', ACCOUNT.rooms(heir), room)
  call('HSET', key, 'founder', heir, 'founder_name', account)
end

local members = call('HGETALL', ROOM.members(key))
for i = 1, #members, 2 do
  local theirs = call('HGET', USER.facts(members[i]), 'akey')
  local prefix, nick = string.match(members[i + 1], '^([^%z]*)%z(.*)$')
  local has, sign = string.find(prefix, 'q', 1, true), nil
  if theirs == founder and founder ~= heir and has then
    sign, prefix = '-', string.gsub(prefix, 'q', '')
  elseif heir ~= '' and theirs == heir and not has then
    sign, prefix = '+', 'q' .. prefix
  end
  if sign then
    call('HSET', ROOM.members(key), members[i], prefix .. SEP .. nick)
    emit(key, RECORD.modes('', '', members[i], server, '', shown, sign .. 'q ' .. nick))
  end
end
drop_if_empty(room)
return { 'ok', shown, account }
