-- Whose a room is.
-- ARGV[4] room, folded; [5] who asks, folded; [6] modes that hide a room from who is not in it.
-- Returns {'ok', room as shown, founder's account ('' = not registered), registered, s since 1970,
-- members} or {'noroom'}.
-- question
local key = room_key(ARGV[4])
local f = call('HMGET', key, 'name', 'modes', 'founder_name', 'registered', 'founder')
if not f[1] then return { 'noroom' } end
if string.find(f[2], '[' .. ARGV[6] .. ']') and call('HEXISTS', key .. ':members', ARGV[5]) == 0
  and call('HGET', PRES .. ':user:' .. ARGV[5], 'akey') ~= f[5] then
  return { 'noroom' }
end
return { 'ok', f[1], f[3] or '', f[4] or '0', call('HLEN', key .. ':members') }
