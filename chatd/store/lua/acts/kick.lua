-- Remove a user from a room.
-- sid: text      session id
-- name: text     of who does it, folded
-- room: text     folded
-- target: text   name of whom, folded
-- reason: text
-- Refuses: stale offline noroom notin(room) notop(room) notmember(room, nick) protected(room)
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local shown, id = unpack(call('HMGET', key, 'name', 'rid'))
if not shown then return REFUSE.noroom() end
local mine = prefix_of(key, name)
if not mine then return REFUSE.notin(shown) end
local below = kicks(mine)
if not below then return REFUSE.notop(shown) end
local member = call('HGET', ROOM.members(key), target)
if not member then
  return REFUSE.notmember(shown, call('HGET', USER.facts(target), 'nick') or '')
end
local prefix, nick = string.match(member, '^([^%z]*)%z(.*)$')
if target ~= name and is_protected(prefix, below) then return REFUSE.protected(shown) end
remove_member(key, target)
call('SREM', USER.rooms(target), id)
call('ZREM', ROOM.were(key), selves(target))
emit(key, RECORD.kick(sid, '', name, source, account, shown, target, nick, reason))
drop_if_empty(room, '')
return { 'ok' }
