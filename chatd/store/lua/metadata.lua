-- Values of a user, or of a room and who is in it.
-- ARGV[4] who asks, folded; [5] 'r' room, 'u' user, or 's' a room and its members; [6] room or user,
-- folded; [7...] keys (none = all).
-- Returns {'ok', target as shown, then rows of three: whose, key, value} or {'notarget'}, {'denied'} (a
-- room that hides from who is not in it).
-- question
local name, kind, target = ARGV[4], ARGV[5], ARGV[6]
local wanted = {}
for i = 7, #ARGV do wanted[ARGV[i]] = true end
local reply = { 'ok', '' }
local function add(shown, values)
  local found = call('HGETALL', values)
  for i = 1, #found, 2 do
    if #ARGV < 7 or wanted[found[i]] then
      reply[#reply + 1] = shown
      reply[#reply + 1] = found[i]
      reply[#reply + 1] = found[i + 1]
    end
  end
end
if kind == 'u' then
  reply[2] = call('HGET', PRES .. ':user:' .. target, 'nick')
  if not reply[2] then return { 'notarget' } end
  add(reply[2], PRES .. ':meta:' .. target)
  return reply
end
local key = room_key(target)
local room = call('HMGET', key, 'name', 'modes')
if not room[1] then return { 'notarget' } end
local inside = call('HEXISTS', key .. ':members', name) == 1
if not inside and string.find(room[2], '[ips]') then return { 'denied' } end
reply[2] = room[1]
add(room[1], key .. ':meta')
if kind == 's' and inside then
  local members = call('HGETALL', key .. ':members')
  for i = 1, #members, 2 do
    add(string.match(members[i + 1], '%z(.*)$'), PRES .. ':meta:' .. members[i])
  end
end
return reply
