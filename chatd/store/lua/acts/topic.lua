-- Set a room's topic.
-- sid: text     session id
-- name: text    folded
-- room: text    folded
-- topic: text   '' = none
-- Refuses: stale noroom notin(room) notop(room) muted(room)
-- Returns: ok
if stale() then return REFUSE.stale() end
local key = room_key(room)
local room = call('HMGET', key, 'name', 'modes')
if not room[1] then return REFUSE.noroom() end
local mine = prefix_of(key, name)
if not mine then return REFUSE.notin(room[1]) end
if not may_set_topic(room[2], mine) then return REFUSE.notop(room[1]) end
if is_silenced(key, room[2], name, mine) then return REFUSE.muted(room[1]) end
local source, account, nick = identity(name)
call('HSET', key, 'topic', topic, 'topic_by', source, 'topic_at', math.floor(now_ms() / 1000))
emit(key, RECORD.topic(sid, '', name, source, account, room[1], topic))
return { 'ok' }
