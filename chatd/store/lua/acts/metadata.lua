-- Values of a user, or of a room and who is in it. A room that hides denies them to who is not in it.
-- asker: text    who asks, folded
-- kind: text     'r' room, 'u' user, or 's' a room and its members
-- target: text   room, or user or account, folded
-- most: int      about how many members make a page; a room that has no more is one page
-- start: text    where the page starts, '' = at the beginning, with the room's own values
-- ...keys: text   none = all
-- Refuses: notarget denied
-- Returns: ok, target as shown, where the next page starts ('' = this is the last), then whose, key, value
--   of each
-- question
local wanted = {}
for _, key in ipairs(keys) do wanted[key] = true end
local reply = { 'ok', '', '' }
-- `known`: a table of keys that are there already.
local function add(shown, values, known)
  local found = call('HGETALL', values)
  for i = 1, #found, 2 do
    if (#keys == 0 or wanted[found[i]]) and not (known and known[found[i]]) then
      reply[#reply + 1] = shown
      reply[#reply + 1] = found[i]
      reply[#reply + 1] = found[i + 1]
    end
  end
end
if kind == 'u' then
  reply[2] = call('HGET', USER.facts(target), 'nick')
  if not reply[2] then
    -- the account of that name, which is offline or has other nicks
    reply[2] = call('HGET', ACCOUNT.facts(target), 'name')
    if not reply[2] then return REFUSE.notarget() end
    add(reply[2], ACCOUNT.meta(target))
    return reply
  end
  local values = VALUES.key(target)
  add(reply[2], values)
  -- what an older version has kept with the user
  if values ~= USER.meta(target) then add(reply[2], USER.meta(target), VALUES.all(values)) end
  return reply
end
local key = room_key(target)
local room = call('HMGET', key, 'name', 'modes')
if not room[1] then return REFUSE.notarget() end
local inside = call('HEXISTS', ROOM.members(key), asker) == 1
if not may_see_values(room[2], inside) then return REFUSE.denied() end
reply[2] = room[1]
if start == '' then add(room[1], ROOM.meta(key)) end
if kind == 's' and inside then
  local list, members = ROOM.members(key), nil
  if start == '' and call('HLEN', list) <= most then
    members = call('HGETALL', list)
  else
    local page = call('HSCAN', list, start == '' and '0' or start, 'COUNT', most)
    if page[1] ~= '0' then reply[3] = page[1] end
    members = page[2]
  end
  for i = 1, #members, 2 do
    add(string.match(members[i + 1], '%z(.*)$'), VALUES.key(members[i]))
  end
end
return reply
