-- When something was last said in the rooms of a user: a page of the rooms.
-- asker: text    who asks, folded
-- first: text    entry id: rooms in which nothing was said from then on are left out
-- most: int      about how many rooms make a page
-- scan: int      entries of each room to look at at most
-- start: text    where the page starts, '' = at the beginning
-- Returns: where the next page starts ('' = this is the last), then of each room: folded, as shown, id of the
--   message, '' = it is further back than was looked; id of the entry up to which all was looked at. Over all
--   pages a room that stays is there, at least once
-- question
local FEW = 4 -- entries among which a message is, in most rooms

-- Id of the newest message, '' = not found yet, nil = there is none; and the entry up to which was looked.
local function newest(key)
  local holds = SHOWN.of(key)
  local last, left, step = '+', scan, FEW
  while left > 0 do
    local entries = call('XREVRANGE', key .. LOG, last, first, 'COUNT', step)
    for _, entry in ipairs(entries) do
      if is_said(entry[2][2]) and SHOWN.is(holds, entry[1]) then return entry[1], entry[1] end
    end
    if #entries < step then return nil end
    last, left, step = '(' .. entries[step][1], left - step, left - step
  end
  return '', string.sub(last, 2)
end

local page = call('SSCAN', USER.rooms(asker), start == '' and '0' or start, 'COUNT', most)
local reply = { page[1] == '0' and '' or page[1] }
for _, id in ipairs(page[2]) do
  local room = call('GET', ROOM.by_id(id))
  local key = room and room_key(room)
  local said, looked = nil, nil
  if key then said, looked = newest(key) end
  if said and call('HEXISTS', ROOM.members(key), asker) == 1
    and tonumber(string.match(looked, '^%d+')) >= sees_from(key, asker) then
    for _, part in ipairs({ room, call('HGET', key, 'name'), said, looked }) do reply[#reply + 1] = part end
  end
end
return reply
