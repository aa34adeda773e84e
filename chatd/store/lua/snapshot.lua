-- A room as it is now.
-- ARGV[4] room, folded; [5] who asks, folded ('' = somebody who is in it); [6] members as 'nick', as 'mask' (nick!user@host) or 'none'.
-- Returns {'noroom'} or {'ok', name, created ms, modes, topic, topic_by, topic_at s, last id, entries added,
-- '1' when the asker is in it, parameters of k, l and f ('' = none), then name, "prefix NUL nick
-- or mask" of each member that the asker may see}.
-- question
local key = room_key(ARGV[4])
local room = call('HMGET', key, 'name', 'created', 'modes', 'topic', 'topic_by', 'topic_at', 'k', 'l', 'f')
if not room[1] then return { 'noroom' } end
local last, added = position(key .. ':log')
local reply = { 'ok', room[1], room[2], room[3], room[4] or '', room[5] or '', room[6] or '0', last, added,
  (ARGV[5] == '' or call('HEXISTS', key .. ':members', ARGV[5]) == 1) and '1' or '0', room[7] or '', room[8] or '', room[9] or '' }
-- who is invisible (+i) is shown to who is in the room only
local inside = reply[10] == '1'
local members = ARGV[6] == 'none' and {} or call('HGETALL', key .. ':members')
local masks, user = ARGV[6] == 'mask', PRES .. ':user:'
for i = 1, #members, 2 do
  if inside or call('SISMEMBER', PRES .. ':umode:i', members[i]) == 0 then
    local shown = members[i + 1]
    if masks then
      local at = call('HMGET', user .. members[i], 'user', 'host')
      if at[1] then shown = shown .. '!' .. at[1] .. '@' .. at[2] end
    end
    reply[#reply + 1] = members[i]
    reply[#reply + 1] = shown
  end
end
return reply
