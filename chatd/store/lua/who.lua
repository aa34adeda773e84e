-- Who is in a room, who of some names is online, or everybody online.
-- ARGV[4] 'room', 'names' or 'all'; [5] how many at most; [6...] the room or the names, folded.
-- Returns {room as shown ('' = none), then rows of nine: name, nick, user, host, realname, account,
-- away, since ms, prefix modes}; names in the order of the question, else sorted.
local kind, most = ARGV[4], tonumber(ARGV[5])
local names, prefixes, shown = {}, {}, ''
if kind == 'room' then
  local key = room_key(ARGV[6])
  shown = call('HGET', key, 'name') or ''
  local members = call('HGETALL', key .. ':members')
  for i = 1, #members, 2 do
    names[#names + 1] = members[i]
    prefixes[members[i]] = string.match(members[i + 1], '^[^%z]*')
  end
elseif kind == 'names' then
  for i = 6, #ARGV do names[#names + 1] = ARGV[i] end
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
if kind ~= 'names' then table.sort(names) end
local reply = { shown }
for i = 1, math.min(#names, most) do
  local f = call('HMGET', PRES .. ':user:' .. names[i], 'nick', 'user', 'host', 'realname', 'account', 'away', 'since')
  if f[1] then
    reply[#reply + 1] = names[i]
    for part = 1, 7 do reply[#reply + 1] = f[part] or '' end
    reply[#reply + 1] = prefixes[names[i]] or ''
  end
end
return reply
