-- Every room.
-- ARGV[4...] rooms asked for, folded (none = all).
-- Returns rows of three, flat: room as shown, number of members, topic.
local rooms = {}
if #ARGV > 3 then
  for i = 4, #ARGV do rooms[#rooms + 1] = ARGV[i] end
else
  rooms = call('SMEMBERS', PRES .. ':roomlist')
end
table.sort(rooms)
local reply = {}
for _, room in ipairs(rooms) do
  local key = room_key(room)
  local f = call('HMGET', key, 'name', 'topic')
  if f[1] then
    reply[#reply + 1] = f[1]
    reply[#reply + 1] = call('HLEN', key .. ':members')
    reply[#reply + 1] = f[2] or ''
  end
end
return reply
