-- A room's list of masks.
-- room: text     folded
-- asker: text    who asks, folded
-- letter: text   of the list
-- by: text       prefix modes of which the asker must have one ('' = anybody may ask)
-- Refuses: noroom notop(room)
-- Returns: ok, room as shown, then "mask NUL who set it NUL s since 1970" of each
-- question
local key = room_key(room)
local shown = call('HGET', key, 'name')
if not shown then return REFUSE.noroom() end
if by ~= '' and not string.find(prefix_of(key, asker) or '', '[' .. by .. ']') then
  return REFUSE.notop(shown)
end
local reply = { 'ok', shown }
for _, entry in ipairs(call('HVALS', ROOM.list(key, letter))) do reply[#reply + 1] = entry end
return reply
