-- The rooms that a user is invited to.
-- name: text    folded
-- Returns: the rooms as shown, sorted
-- question
local reply, held = {}, call('HGETALL', USER.invites(name))
for i = 1, #held, 2 do
  local room = call('GET', ROOM.by_id(held[i]))
  local shown = room and call('HGET', room_key(room), 'name')
  if shown then reply[#reply + 1] = shown end
end
table.sort(reply)
return reply
