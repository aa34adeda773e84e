-- A room as it is now.
-- room: text      folded
-- asker: text     who asks, folded ('' = somebody who is in it)
-- form: text      of the members: 'nick', as 'mask' (nick!user@host) or 'none'
-- Refuses: noroom
-- Returns: ok, name, created ms, modes, topic, topic_by, topic_at s, last id, entries added, '1' when the
--   asker is in it, parameters of k, l and f ('' = none), then name, "prefix NUL nick or mask" of each
--   member that the asker may see
-- question
local key = room_key(room)
local room = call('HMGET', key, 'name', 'created', 'modes', 'topic', 'topic_by', 'topic_at', 'k', 'l', 'f')
if not room[1] then return REFUSE.noroom() end
local last, added = position(ROOM.log(key))
local reply = { 'ok', room[1], room[2], room[3], room[4] or '', room[5] or '', room[6] or '0', last, added,
  (asker == '' or call('HEXISTS', ROOM.members(key), asker) == 1) and '1' or '0', room[7] or '', room[8] or '', room[9] or '' }
-- who is invisible (+i) is shown to who is in the room only
local inside = reply[10] == '1'
local members = form == 'none' and {} or call('HGETALL', ROOM.members(key))
for i = 1, #members, 2 do
  if inside or call('SISMEMBER', SERVER.umode(USER_MODE.INVISIBLE), members[i]) == 0 then
    local shown = members[i + 1]
    if form == 'mask' then
      local at = call('HMGET', USER.facts(members[i]), 'user', 'host')
      if at[1] then shown = shown .. '!' .. at[1] .. '@' .. at[2] end
    end
    reply[#reply + 1] = members[i]
    reply[#reply + 1] = shown
  end
end
return reply
