-- Set a room's topic that Redis has lost, as a gateway has told it, unless there is a newer one.
-- room: text       folded
-- topic: text      '' = none
-- topic_by: text   who set it
-- topic_at: int    when, s since 1970
-- Refuses: stale noroom
-- Returns: ok
if stale() then return REFUSE.stale() end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'topic_at')
if not found[1] then return REFUSE.noroom() end
if tonumber(found[2] or '0') < topic_at then
  call('HSET', key, 'topic', topic, 'topic_by', topic_by, 'topic_at', topic_at)
  emit(key, RECORD.topic_again('', '', '', topic_by, '', found[1], topic, topic_at))
end
return { 'ok' }
