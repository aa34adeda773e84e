-- A room's bans, and when they end.
-- room: text     folded
-- asker: text    who asks, folded
-- Refuses: noroom
-- Returns: ok, room as shown, then "mask NUL who set it NUL s since 1970 NUL end, s, 0 = when it is lifted" of each
-- question
local key = room_key(room)
local f = call('HMGET', key, 'name', 'modes', 'founder')
if not f[1] or not may_see(f[2], ACCESS.standing(key, f[3], asker)) then return REFUSE.noroom() end
local ends, reply = {}, { 'ok', f[1] }
local timed = call('ZRANGE', ROOM.ends(key), 0, -1, 'WITHSCORES')
for i = 1, #timed, 2 do ends[timed[i]] = math.ceil(tonumber(timed[i + 1]) / 1000) end
local list = call('HGETALL', ROOM.list(key, 'b'))
for i = 1, #list, 2 do reply[#reply + 1] = fields(list[i + 1], ends[list[i]] or 0) end
return reply
