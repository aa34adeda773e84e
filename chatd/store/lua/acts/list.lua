-- Rooms that somebody may know of: some, or a page of all.
-- asker: text    who asks, folded: sees the hidden rooms that they are in
-- most: int      about how many rooms make a page
-- start: text    where the page starts, '' = at the beginning
-- ...wanted: text   rooms asked for, folded (none = all)
-- Returns: where the next page starts ('' = this is the last), now, s since 1970, then of each: room as
--   shown, number of members, topic, created, s since 1970, topic set, s since 1970 (0 = no topic); sorted
--   within the page. Over all pages a room that stays is there, at least once
-- question
local rooms, following = wanted, ''
if #rooms == 0 then
  local page = call('SSCAN', SERVER.roomlist, start == '' and '0' or start, 'COUNT', most)
  following = page[1] == '0' and '' or page[1]
  rooms = page[2]
end
table.sort(rooms)
local reply = { following, math.floor(now_ms() / 1000) }
for _, room in ipairs(rooms) do
  local key = room_key(room)
  local f = call('HMGET', key, 'name', 'topic', 'modes', 'created', 'topic_at')
  if f[1] and (may_see(f[3], false) or call('HEXISTS', ROOM.members(key), asker) == 1) then
    local topic = f[2] or ''
    reply[#reply + 1] = f[1]
    reply[#reply + 1] = call('HLEN', ROOM.members(key))
    reply[#reply + 1] = topic
    reply[#reply + 1] = math.floor(f[4] / 1000)
    reply[#reply + 1] = topic ~= '' and tonumber(f[5]) or 0
  end
end
return reply
