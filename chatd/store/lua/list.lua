-- Rooms that somebody may know of: some, or a page of all.
-- ARGV[4] who asks, folded: sees the hidden rooms that they are in; [5] modes that hide a room;
-- [6] about how many rooms make a page; [7] where it starts ('' = at the beginning); [8...] rooms asked
-- for, folded (none = all).
-- Returns where the next page starts ('' = this is the last), now, s since 1970, then rows of five, flat:
-- room as shown, number of members, topic, created, s since 1970, topic set, s since 1970 (0 = no topic);
-- sorted within the page. Over all pages a room that stays is there, at least once.
-- question
local rooms, following = {}, ''
if #ARGV > 7 then
  for i = 8, #ARGV do rooms[#rooms + 1] = ARGV[i] end
else
  local page = call('SSCAN', PRES .. ':roomlist', ARGV[7] == '' and '0' or ARGV[7], 'COUNT', ARGV[6])
  following = page[1] == '0' and '' or page[1]
  rooms = page[2]
end
table.sort(rooms)
local reply = { following, math.floor(now_ms() / 1000) }
for _, room in ipairs(rooms) do
  local key = room_key(room)
  local f = call('HMGET', key, 'name', 'topic', 'modes', 'created', 'topic_at')
  if f[1] and not (string.find(f[3], '[' .. ARGV[5] .. ']')
    and call('HEXISTS', key .. ':members', ARGV[4]) == 0) then
    local topic = f[2] or ''
    reply[#reply + 1] = f[1]
    reply[#reply + 1] = call('HLEN', key .. ':members')
    reply[#reply + 1] = topic
    reply[#reply + 1] = math.floor(f[4] / 1000)
    reply[#reply + 1] = topic ~= '' and tonumber(f[5]) or 0
  end
end
return reply
