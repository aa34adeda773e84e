-- Messages of a stream between two entries, the tag-only ones left out.
-- KEYS[1] the stream; ARGV[4] 'forwards' or 'backwards': from which end to count; [5] first and
-- [6] last entry id, both included; [7] how many messages at most;
-- [8] room, folded, whose stream it is ('' = a user's); [9] who asks, folded: must be a member;
-- [10] the other side of the conversation, folded, whose nick is wanted ('' = nobody).
-- Returns {'ok', room or nick as shown ('' = nobody is called so now), 1 when what came before the
-- oldest entry is not kept any more and the question reaches there, id, record...}, oldest first,
-- or {'noroom'}, {'notin', room as shown}.
-- question
local forwards, first, last, left = ARGV[4] == 'forwards', ARGV[5], ARGV[6], tonumber(ARGV[7])
local shown = ''
if ARGV[8] ~= '' then
  local key = room_key(ARGV[8])
  shown = call('HGET', key, 'name')
  if not shown then return { 'noroom' } end
  if call('HEXISTS', key .. ':members', ARGV[9]) == 0 then return { 'notin', shown } end
elseif ARGV[10] ~= '' then
  shown = call('HGET', PRES .. ':user:' .. ARGV[10], 'nick') or ''
end

-- Messages taken back, by the id that their first copy has.
local redacted = {}
for _, id in ipairs(call('ZRANGE', string.sub(KEYS[1], 1, -4) .. 'redacted', 0, -1)) do redacted[id] = true end
local function is_message(id, record)
  local spread, command = string.match(record, '^M%z[^%z]*%z([^%z]*)' .. string.rep('%z[^%z]*', 3) .. '%z([^%z]*)')
  return command and command ~= 'TAGMSG' and not redacted[spread ~= '' and spread or id]
end
local function before(a, b)
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am < bm or (am == bm and as < bs)
end

local lost = 0
local oldest = call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if oldest and before(first, oldest[1]) then
  local _, added = position(KEYS[1])
  if added > call('XLEN', KEYS[1]) then lost = 1 end
end

local found = {}
while left > 0 do
  local step = math.min(500, left + 50) -- most entries are messages
  local entries
  if forwards then
    entries = call('XRANGE', KEYS[1], first, last, 'COUNT', step)
  else
    entries = call('XREVRANGE', KEYS[1], last, first, 'COUNT', step)
  end
  for _, entry in ipairs(entries) do
    if left > 0 and is_message(entry[1], entry[2][2]) then
      found[#found + 1] = entry
      left = left - 1
    end
  end
  if #entries < step then break end
  if forwards then first = '(' .. entries[step][1] else last = '(' .. entries[step][1] end
end
local reply = { 'ok', shown, lost }
local from, to, by = 1, #found, 1
if not forwards then from, to, by = #found, 1, -1 end
for i = from, to, by do
  reply[#reply + 1] = found[i][1]
  reply[#reply + 1] = found[i][2][2]
end
return reply
