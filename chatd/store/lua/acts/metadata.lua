-- Values of a user, or of a room and who is in it. A room that hides denies them to who is not in it.
-- asker: text    who asks, folded
-- kind: text     'r' room, 'u' user, or 's' a room and its members
-- target: text   room or user, folded
-- ...keys: text   none = all
-- Refuses: notarget denied
-- Returns: ok, target as shown, then whose, key, value of each
-- question
local wanted = {}
for _, key in ipairs(keys) do wanted[key] = true end
local reply = { 'ok', '' }
local function add(shown, values)
  local found = call('HGETALL', values)
  for i = 1, #found, 2 do
    if #keys == 0 or wanted[found[i]] then
      reply[#reply + 1] = shown
      reply[#reply + 1] = found[i]
      reply[#reply + 1] = found[i + 1]
    end
  end
end
if kind == 'u' then
  reply[2] = call('HGET', USER.facts(target), 'nick')
  if not reply[2] then return REFUSE.notarget() end
  add(reply[2], USER.meta(target))
  return reply
end
local key = room_key(target)
local room = call('HMGET', key, 'name', 'modes')
if not room[1] then return REFUSE.notarget() end
local inside = call('HEXISTS', ROOM.members(key), asker) == 1
if not may_see_values(room[2], inside) then return REFUSE.denied() end
reply[2] = room[1]
add(room[1], ROOM.meta(key))
if kind == 's' and inside then
  local members = call('HGETALL', ROOM.members(key))
  for i = 1, #members, 2 do
    add(string.match(members[i + 1], '%z(.*)$'), USER.meta(members[i]))
  end
end
return reply
