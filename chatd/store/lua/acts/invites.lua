-- The rooms that a user is invited to.
-- name: text    folded
-- Returns: the rooms as shown, sorted
-- question
local reply, held = {}, call('HGETALL', USER.invites(name))
for i = 1, #held, 2 do
  local room = call('HMGET', room_key(held[i]), 'name', 'created')
  if room[1] and room[2] == held[i + 1] then reply[#reply + 1] = room[1] end
end
table.sort(reply)
return reply
