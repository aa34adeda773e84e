-- Remove a user from a room.
-- ARGV[4] session id; [5] name of who does it, folded; [6] room, folded; [7] name of whom, folded;
-- [8] reason; [9...] pairs: a prefix mode, the strongest first, and those that whom its holders may
-- kick can have.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'noroom'}, {'notin', room as shown},
-- {'notop', room as shown}, {'notmember', room as shown, nick ('' = nobody)}, {'protected', room as shown}.
if stale() then return { 'stale' } end
local sid, name, room, target = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local source, account = identity(name)
if not source then return { 'offline' } end
local key = room_key(room)
local shown = call('HGET', key, 'name')
if not shown then return { 'noroom' } end
local mine = prefix_of(key, name)
if not mine then return { 'notin', shown } end
local kicks
for i = 9, #ARGV, 2 do
  if string.find(mine, ARGV[i], 1, true) then
    kicks = ARGV[i + 1]
    break
  end
end
if not kicks then return { 'notop', shown } end
local member = call('HGET', key .. ':members', target)
if not member then
  return { 'notmember', shown, call('HGET', PRES .. ':user:' .. target, 'nick') or '' }
end
local prefix, nick = string.match(member, '^([^%z]*)%z(.*)$')
if target ~= name and string.find(prefix, '[^' .. kicks .. ']') then return { 'protected', shown } end
call('HDEL', key .. ':members', target)
call('SREM', PRES .. ':rooms:' .. target, room)
emit(key, fields('K', sid, '', name, source, account, shown, target, nick, ARGV[8]))
drop_if_empty(room)
return { 'ok' }
