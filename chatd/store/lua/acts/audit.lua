-- What Redis knows otherwise than a gateway does of some of its sessions.
-- ...packed: one per session, fields joined by NUL: session id; name, folded; nick; uid; account, folded; '1' when the rooms of
--   the user follow: room, folded, and its prefix modes there ('?' = the gateway does not know them)
-- Returns: ok, then of each difference: session id, what, and two words about it as Redis has it:
--   unknown; name, folded, and nick; person, account as shown, and uid; missing, room; more, room; prefix,
--   room, prefix modes
-- question
local reply, sid = { 'ok' }, nil
local function differs(what, first, second)
  for _, word in ipairs({ sid, what, first or '', second or '' }) do reply[#reply + 1] = word end
end
local function same_letters(one, other)
  return #one == #other and (one == other or not find(one, '[^' .. other .. ']'))
end
local function compare_rooms(name, fields)
  local told = {}
  for i = 7, #fields, 2 do
    local room, prefix = fields[i], fields[i + 1]
    local mine = prefix_of(room_key(room), name)
    told[room] = true
    if not mine then
      differs('missing', room)
    elseif not find(prefix, '?', 1, true) and not same_letters(mine, prefix) then
      differs('prefix', room, mine)
    end
  end
  for _, room in ipairs(rooms_of(name)) do
    if not told[room] then differs('more', room) end
  end
end
local function compare(fields)
  local name = call('HGET', GATEWAY.sessions(GW), fields[1])
  if not name then return differs('unknown') end
  local known = call('HMGET', USER.facts(name), 'nick', 'uid', 'account', 'akey')
  if name ~= fields[2] or known[1] ~= fields[3] then return differs('name', name, known[1]) end
  if known[2] ~= fields[4] or (known[4] or '') ~= fields[5] then differs('person', known[3], known[2]) end
  if fields[6] == '1' then compare_rooms(name, fields) end
end

for i = 4, #ARGV do
  local fields = {}
  for field in string.gmatch(ARGV[i] .. SEP, '(%Z*)%z') do fields[#fields + 1] = field end
  sid = fields[1]
  compare(fields)
end
return reply
