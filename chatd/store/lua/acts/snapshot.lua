-- A room as it is now, and a page of its members.
-- room: text      folded
-- asker: text     who asks, folded ('' = somebody who is in it)
-- form: text      of the members: 'nick', as 'mask' (nick!user@host) or 'none'
-- most: int       about how many members make a page; a room that has no more is one page
-- start: text     where the page starts, '' = at the beginning
-- ...some: text   members, folded, who are looked at instead of a page
-- Refuses: noroom
-- Returns: ok, name, created ms, modes, topic, topic_by, topic_at s, last id, entries added, '1' when the
--   asker is in it, parameters of k, l and f ('' = none), where the next page starts ('' = this is the
--   last), then name, "prefix NUL nick or mask" of each member that the asker may see
-- Over all pages who stays under one name is there, at least once: HSCAN: "A full iteration always
-- retrieves all the elements that were present in the collection from the start to the end".
-- question
local key = room_key(room)
local found, list = call('HMGET', key, 'name', 'created', 'modes', 'topic', 'topic_by', 'topic_at', 'k', 'l', 'f'),
  ROOM.members(key)
if not found[1] then return REFUSE.noroom() end
local last, added = position(ROOM.log(key))
-- who is invisible (+i) is shown to who is in the room only
local inside = asker == '' or call('HEXISTS', list, asker) == 1
local reply = { 'ok', found[1], found[2], found[3], found[4] or '', found[5] or '', found[6] or '0', last, added,
  inside and '1' or '0', found[7] or '', found[8] or '', found[9] or '', '' }
local function show(name, member)
  if not inside and call('SISMEMBER', SERVER.umode(USER_MODE.INVISIBLE), name) == 1 then return end
  if form == 'mask' then
    local at = call('HMGET', USER.facts(name), 'user', 'host')
    if at[1] then member = member .. '!' .. at[1] .. '@' .. at[2] end
  end
  reply[#reply + 1] = name
  reply[#reply + 1] = member
end
local members = {}
if form == 'none' or not may_see(found[3], inside) then return reply end
if #some > 0 then
  for _, name in ipairs(some) do
    local member = call('HGET', list, name)
    if member then show(name, member) end
  end
elseif start == '' and call('HLEN', list) <= most then
  members = call('HGETALL', list)
else
  local page = call('HSCAN', list, start == '' and '0' or start, 'COUNT', most)
  if page[1] ~= '0' then reply[14] = page[1] end
  members = page[2]
end
for i = 1, #members, 2 do show(members[i], members[i + 1]) end
return reply
