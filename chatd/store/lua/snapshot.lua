-- A room as it is now.
-- ARGV[4] room, folded; [5] who asks, folded.
-- Returns {'noroom'} or {'ok', name, created ms, modes, topic, topic_by, topic_at s, last id, entries added,
-- '1' when the asker is in it, then name, "prefix NUL nick" of each member}.
local key = room_key(ARGV[4])
local room = call('HMGET', key, 'name', 'created', 'modes', 'topic', 'topic_by', 'topic_at')
if not room[1] then return { 'noroom' } end
local last, added = position(key .. ':log')
local reply = { 'ok', room[1], room[2], room[3], room[4] or '', room[5] or '', room[6] or '0', last, added,
  tostring(call('HEXISTS', key .. ':members', ARGV[5])) }
for _, part in ipairs(call('HGETALL', key .. ':members')) do reply[#reply + 1] = part end
return reply
