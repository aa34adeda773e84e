-- Who is in a room, who of some names is online, or everybody online.
-- ARGV[4] 'room', 'names' or 'all'; [5] how many at most; [6] who asks, folded ('' = sees everybody);
-- [7] modes that hide a room; [8...] the room or the names, folded. Of a room and of all the asker sees
-- who is not invisible (+i) or shares a room; an operator everybody. A name is always found.
-- Returns {room as shown ('' = none), then rows of eleven: name, nick, user, host, realname, account,
-- away, since ms, user modes, idle ms, prefix modes}; names in the order of the question, else sorted.
local kind, most, asker = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local names, prefixes, shown = {}, {}, ''
local all = asker == '' or kind == 'names' or has_mode(asker, 'o')
if kind == 'room' then
  local key = room_key(ARGV[8])
  local found = call('HMGET', key, 'name', 'modes')
  shown = found[1] or ''
  local inside = all or call('HEXISTS', key .. ':members', asker) == 1
  if inside or not string.find(found[2] or '', '[' .. ARGV[7] .. ']') then
    local members = call('HGETALL', key .. ':members')
    for i = 1, #members, 2 do
      names[#names + 1] = members[i]
      prefixes[members[i]] = string.match(members[i + 1], '^[^%z]*')
    end
  end
  all = inside
elseif kind == 'names' then
  for i = 8, #ARGV do names[#names + 1] = ARGV[i] end
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
local function visible(name, modes)
  return all or name == asker or not string.find(modes, 'i', 1, true)
    or #call('SINTER', PRES .. ':rooms:' .. asker, PRES .. ':rooms:' .. name) > 0
end
local reply, count, now = { shown }, 0, now_ms()
for _, name in ipairs(names) do
  local f = call('HMGET', PRES .. ':user:' .. name, 'nick', 'user', 'host', 'realname', 'account', 'away',
    'since', 'modes', 'active')
  if f[1] and count < most and visible(name, f[8] or '') then
    f[8], f[9] = f[8] or '', math.max(0, now - tonumber(f[9] or now))
    count = count + 1
    reply[#reply + 1] = name
    for part = 1, 9 do reply[#reply + 1] = f[part] or '' end
    reply[#reply + 1] = prefixes[name] or ''
  end
end
return reply
