-- Set a room's topic.
-- ARGV[4] session id; [5] name, folded; [6] room, folded; [7] topic ('' = none).
-- Returns {'ok'} or {'stale'}, {'noroom'}, {'notin', room as shown}, {'notop', room as shown}.
if stale() then return { 'stale' } end
local sid, name = ARGV[4], ARGV[5]
local key = room_key(ARGV[6])
local room = call('HMGET', key, 'name', 'modes')
if not room[1] then return { 'noroom' } end
local member = call('HGET', key .. ':members', name)
if not member then return { 'notin', room[1] } end
if string.find(room[2], 't', 1, true) and not string.find(member, '^[^%z]*[qaoh]') then
  return { 'notop', room[1] }
end
local source, account, nick = identity(name)
call('HSET', key, 'topic', ARGV[7], 'topic_by', source, 'topic_at', math.floor(now_ms() / 1000))
emit(key, fields('T', sid, '', name, source, account, room[1], ARGV[7]))
return { 'ok' }
