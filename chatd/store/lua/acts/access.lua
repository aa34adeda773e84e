-- The access list of a registered room.
-- room: text     folded
-- asker: text    who asks, folded
-- Refuses: noroom notregistered(room) notop(room)
-- Returns: ok, room as shown, then "level NUL account as shown NUL who set it NUL s since 1970" of each
-- question
local key = room_key(room)
local f = call('HMGET', key, 'name', 'modes', 'founder')
if not f[1] then return REFUSE.noroom() end
local mine = ACCESS.standing(key, f[3], asker)
if not may_see(f[2], mine) then return REFUSE.noroom() end
if not f[3] then return REFUSE.notregistered(f[1]) end
if not is_operator(mine) then return REFUSE.notop(f[1]) end
local reply = { 'ok', f[1] }
for _, entry in ipairs(call('HVALS', ROOM.access(key))) do reply[#reply + 1] = entry end
return reply
