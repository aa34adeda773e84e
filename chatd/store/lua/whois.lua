-- One user, closely.
-- ARGV[4] name, folded.
-- Returns {} when nobody is online under it, else {nick, user, host, realname, account, away, since ms,
-- idle ms, sessions, then room as shown, prefix modes of each room}.
local user = PRES .. ':user:' .. ARGV[4]
local f = call('HMGET', user, 'nick', 'user', 'host', 'realname', 'account', 'away', 'since', 'active')
if not f[1] then return {} end
f[8] = math.max(0, now_ms() - tonumber(f[8]))
f[9] = call('HLEN', PRES .. ':sessions:' .. ARGV[4])
for _, room in ipairs(rooms_of(ARGV[4])) do
  local key = room_key(room)
  f[#f + 1] = call('HGET', key, 'name') or room
  f[#f + 1] = string.match(call('HGET', key .. ':members', ARGV[4]) or '', '^[^%z]*')
end
return f
