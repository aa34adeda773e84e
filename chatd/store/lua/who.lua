-- Who is in a room, who is called so, or who is online.
-- ARGV[4] 'room', 'name' or 'all'; [5] room or name, folded; [6] how many at most.
-- Returns rows of nine, flat: name, nick, user, host, realname, account, away, since ms, prefix modes.
local names, prefixes = {}, {}
if ARGV[4] == 'room' then
  local members = call('HGETALL', room_key(ARGV[5]) .. ':members')
  for i = 1, #members, 2 do
    names[#names + 1] = members[i]
    prefixes[members[i]] = string.match(members[i + 1], '^[^%z]*')
  end
elseif ARGV[4] == 'name' then
  names[1] = ARGV[5]
else
  local seen = {}
  for _, gateway in ipairs(call('ZRANGE', PRES .. ':gateways', 0, -1)) do
    for _, name in ipairs(call('HVALS', PRES .. ':gateway:' .. gateway)) do
      if not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
end
table.sort(names)
local reply, most = {}, tonumber(ARGV[6])
for i = 1, math.min(#names, most) do
  local f = call('HMGET', PRES .. ':user:' .. names[i], 'nick', 'user', 'host', 'realname', 'account', 'away', 'since')
  if f[1] then
    reply[#reply + 1] = names[i]
    for part = 1, 7 do reply[#reply + 1] = f[part] or '' end
    reply[#reply + 1] = prefixes[names[i]] or ''
  end
end
return reply
