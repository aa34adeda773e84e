-- Make a room its founder's: it stays when nobody is in it.
-- name: text     of an operator of the room, folded
-- room: text     folded
-- most: int      rooms per account
-- server: text   name of the server
-- Refuses: stale offline noroom notop(room) guest registered(room) toomany
-- Returns: ok, room as shown, account
if stale() then return REFUSE.stale() end
local source, account, nick = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'founder')
local shown = found[1]
if not shown then return REFUSE.noroom() end
local prefix = prefix_of(key, name) or ''
if not is_full_operator(prefix) then return REFUSE.notop(shown) end
local founder = call('HGET', USER.facts(name), 'akey')
if founder == '' then return REFUSE.guest() end
if found[2] then return REFUSE.registered(shown) end
local owned = ACCOUNT.rooms(founder)
if call('SCARD', owned) >= most then return REFUSE.toomany() end
call('SADD', owned, room)
call('HSET', key, 'founder', founder, 'founder_name', account, 'registered', math.floor(now_ms() / 1000))
set_member(key, name, 'q' .. string.gsub(prefix, 'q', ''), nick, prefix)
emit(key, RECORD.modes('', '', name, server, '', shown, '+q ' .. nick))
return { 'ok', shown, account }
