-- A user leaves a room.
-- sid: text      session id
-- name: text     folded
-- room: text     folded
-- reason: text
-- Refuses: stale noroom notin(room)
-- Returns: ok
if stale() then return REFUSE.stale() end
local key = room_key(room)
local shown, id = unpack(call('HMGET', key, 'name', 'rid'))
if not shown then return REFUSE.noroom() end
if not remove_member(key, name) then return REFUSE.notin(shown) end
call('SREM', USER.rooms(name), id)
local uid = uid_of(name)
note_left(key, uid)
local source, account = identity(name)
emit(key, RECORD.part(sid, '', name, source or '', account or '', shown, reason))
drop_if_empty(room, uid)
return { 'ok' }
