-- Invite a user to a room. The invitation lets in once, whatever the room's modes are.
-- ARGV[4] session id; [5] name of who invites, folded; [6] room, folded; [7] name of whom, folded;
-- [8] prefix modes of operators.
-- Returns {'ok', room as shown, nick, away text} or {'stale'}, {'offline'}, {'noroom'},
-- {'notin', room as shown}, {'notop', room as shown}, {'nouser'}, {'member', room as shown, nick}.
if stale() then return { 'stale' } end
local sid, name, room, target = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local source, account = identity(name)
if not source then return { 'offline' } end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'modes', 'created')
local shown = found[1]
if not shown then return { 'noroom' } end
local mine = prefix_of(key, name)
if not mine then return { 'notin', shown } end
if string.find(found[2], 'i', 1, true) and not string.find(mine, '[' .. ARGV[8] .. ']') then
  return { 'notop', shown }
end
local them = call('HMGET', PRES .. ':user:' .. target, 'nick', 'away')
if not them[1] then return { 'nouser' } end
if call('HEXISTS', key .. ':members', target) == 1 then return { 'member', shown, them[1] } end
call('HSET', PRES .. ':invites:' .. target, room, found[3])
local id = emit(user_key(target), fields('I', sid, '', name, source, account, shown, them[1]))
local operators = table.concat(holders(key, ARGV[8]), ' ')
if operators ~= '' then
  emit(key, fields('i', sid, id, name, source, account, shown, them[1], operators))
end
return { 'ok', shown, them[1], them[2] }
