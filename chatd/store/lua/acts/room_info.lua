-- Whose a room is.
-- room: text     folded
-- asker: text    who asks, folded
-- Refuses: noroom
-- Returns: ok, room as shown, founder's account ('' = not registered), registered, s since 1970, members, entries
--   and ms (0 = no limit by age) for which is kept what is said
-- question
local key = room_key(room)
local f = call('HMGET', key, 'name', 'modes', 'founder_name', 'registered', 'founder')
if not f[1] then return REFUSE.noroom() end
if not may_see(f[2], false) and call('HEXISTS', ROOM.members(key), asker) == 0
  and call('HGET', USER.facts(asker), 'akey') ~= f[5] then
  return REFUSE.noroom()
end
return { 'ok', f[1], f[3] or '', f[4] or '0', call('HLEN', ROOM.members(key)), RETENTION.of(key) }
