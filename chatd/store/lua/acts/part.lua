-- A user leaves a room.
-- sid: text      session id
-- name: text     folded
-- room: text     folded
-- reason: text  not told of who may say nothing
-- Refuses: stale noroom notin(room)
-- Returns: ok
if stale() then return REFUSE.stale() end
local key = room_key(room)
local shown, id, modes = unpack(call('HMGET', key, 'name', 'rid', 'modes'))
if not shown then return REFUSE.noroom() end
if reason ~= '' and is_silenced(key, modes, name, prefix_of(key, name)) then reason = '' end
if not remove_member(key, name) then return REFUSE.notin(shown) end
call('SREM', USER.rooms(name), id)
local uid = uid_of(name)
note_left(key, uid)
local source, account = identity(name)
emit(key, RECORD.part(sid, '', name, source or '', account or '', shown, reason))
drop_if_empty(room, uid)
return { 'ok' }
