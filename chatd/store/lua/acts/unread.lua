-- How many messages of rooms a user has not read; its own do not count.
-- name: text   of who asks, folded
-- scan: int    how many entries to look at at most
-- most: int    how far to count in one room
-- ...asked: (room, from, count)   folded; id of the entry up to which it was counted ('' = from the start), and how
--   many there were by then
-- Refuses: offline
-- Returns: ok, then for each of the first rooms: name as shown ('' = the user is not in it), up to when it is read, ms
--   (0 = not known), how many are not, id of the entry up to which that was counted ('' = to the end)
-- question
local uid, was = selves(name)
if uid == '' then return REFUSE.offline() end
local mine = READING.key(name)
local ROOM_COSTS = 20 -- to look at a room takes as long as to count so many entries
local SAID_BY = '^M%z(%Z*)%z%Z*%z(%Z*)%z%Z*%z([^%z\1]*)[^%z]*%z(%Z*)'
local account = call('HGET', USER.facts(name), 'account') or ''
local names = { [account] = account ~= '' }
for _, had in ipairs(account ~= '' and NAMES.before(account) or {}) do names[had.name] = true end
-- 1 for a message of others.
local function counts_in(entry, holds)
  local sid, sender, by, command = string.match(entry[2][2], SAID_BY)
  if not command or command == 'TAGMSG' then return 0 end
  local own = sender == name or names[by] or sid == uid or sid == was
  return not own and (not holds.redacted or SHOWN.is(holds, entry[1])) and 1 or 0
end
local reply = { 'ok' }
local function answer(shown, read, count, following)
  for _, word in ipairs({ shown, read, count, following }) do reply[#reply + 1] = word end
end
local function look(one)
  local called, shown = READING.target(name, 'r', one.room)
  if not shown then return answer('', 0, 0, '') end
  local key, read, count = room_key(one.room), READING.at(mine, called), tonumber(one.count)
  local holds = SHOWN.of(key)
  local from = math.max(read + 1, sees_from(key, name), holds.from)
  holds.from = 0 -- nothing before it is looked at
  local first = one.from ~= '' and '(' .. one.from or from .. '-0'
  local entries = call('XRANGE', ROOM.log(key), first, '+', 'COUNT', scan)
  for _, entry in ipairs(entries) do count = count + counts_in(entry, holds) end
  local following = #entries == scan and count < most and entries[scan][1] or ''
  scan = scan - #entries
  return answer(shown, read, math.min(count, most), following)
end
for _, one in ipairs(asked) do
  scan = scan - ROOM_COSTS
  if scan <= 0 then break end
  look(one)
end
return reply
