-- Set, remove or clear values of a user or a room, and tell who may want to know.
-- sid: text      session id
-- name: text     of who asks, folded
-- kind: text     'r' room or 'u' user
-- target: text   room or user, folded
-- what: text     'set', 'unset' or 'clear': of a user in many rooms some, until none are left
-- entry: text    the key
-- value: text
-- most: int      keys that one may have
-- Refuses: stale offline notarget denied(target) notset(target) toomany(target)
-- Returns: ok, target as shown, then key, value as it was of those that are gone
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local owner, values, shown, may
if kind == 'r' then
  owner = room_key(target)
  values, shown = ROOM.meta(owner), call('HGET', owner, 'name')
  may = shown and is_full_operator(prefix_of(owner, name))
else
  owner, values = user_key(target), VALUES.key(target)
  shown = call('HGET', USER.facts(target), 'nick')
  may = target == name
end
if not shown then return REFUSE.notarget() end
if not may and not is_staff(name) then return REFUSE.denied(shown) end

local users, records = {}, 1
if kind == 'u' then
  VALUES.take_along(target, account_of(target)) -- what an older version has kept with the user
  users, records = VALUES.users(target)
end
local function tell(key, value)
  if kind == 'r' then emit(owner, RECORD.metadata(sid, '', name, source, account, shown, key, value)) end
  for _, user in ipairs(users) do VALUES.tell(user, sid, source, account, key, value) end
end

local before = what == 'clear' and call('HGETALL', values) or { entry, call('HGET', values, entry) }
if what == 'set' then
  if not before[2] and call('HLEN', values) >= most then return REFUSE.toomany(shown) end
  call('HSET', values, entry, value)
  if before[2] ~= value then tell(entry, value) end
  return { 'ok', shown }
end
if what == 'unset' and not before[2] then return REFUSE.notset(shown) end
local some = math.max(1, math.floor(VALUES.most_told / records))
local reply = { 'ok', shown }
for i = 1, math.min(#before, 2 * some), 2 do
  call('HDEL', values, before[i])
  tell(before[i], nil)
  reply[#reply + 1] = before[i]
  reply[#reply + 1] = before[i + 1]
end
return reply
