-- Say how much is kept of what is said in a registered room.
-- name: text     of who asks, folded: the founder, an operator of the room or of the server
-- room: text     folded
-- kept: text     entries and days, a space between, '-' = as the server; '' = both
-- Refuses: stale offline noroom notregistered notop(room)
-- Returns: ok, room as shown, entries, ms (0 = no limit by age) that are kept now
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
local key = room_key(room)
local shown, founder = unpack(call('HMGET', key, 'name', 'founder'))
if not shown then return REFUSE.noroom() end
if not founder then return REFUSE.notregistered() end
if founder ~= account_of(name) and not is_full_operator(prefix_of(key, name)) and not is_staff(name) then
  return REFUSE.notop(shown)
end
if kept == '' then call('HDEL', key, RETENTION.field) else call('HSET', key, RETENTION.field, kept) end
RETENTION.trim(key)
return { 'ok', shown, unpack({ RETENTION.of(key) }) }
