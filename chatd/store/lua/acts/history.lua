-- Messages of a stream between two entries, the tag-only ones left out.
-- stream: key
-- direction: text   'forwards' or 'backwards': from which end to count
-- first: text       entry id
-- last: text        entry id; both are included
-- left: int         how many messages at most
-- room: text        folded, whose stream it is ('' = a user's)
-- asker: text       who asks, folded: must be a member
-- peer: text        name, folded, of the person with whom the conversation is, see `met` ('' = whomever)
-- Refuses: noroom notin(room)
-- Returns: ok, room or nick as shown ('' = nobody is called so now), 1 when what came before the oldest
--   entry is not kept any more and the question reaches there, then id, record of each, oldest first
-- question
local forwards = direction == 'forwards'
local shown, from = '', 0
local person = peer ~= '' and met(peer) or nil
if room ~= '' then
  local key = room_key(room)
  shown = call('HGET', key, 'name')
  if not shown then return REFUSE.noroom() end
  if call('HEXISTS', ROOM.members(key), asker) == 0 then return REFUSE.notin(shown) end
  from = sees_from(key, asker)
elseif peer ~= '' then
  shown = call('HGET', USER.facts(peer), 'nick') or ''
end

-- Messages taken back, by the id that their first copy has.
local redacted = {}
for _, id in ipairs(call('ZRANGE', ROOM.redacted(string.sub(stream, 1, -1 - #LOG)), 0, -1)) do redacted[id] = true end
local function is_message(id, record)
  local spread, command = string.match(record, '^M%z[^%z]*%z([^%z]*)' .. string.rep('%z[^%z]*', 3) .. '%z([^%z]*)')
  return command and command ~= 'TAGMSG' and not redacted[spread ~= '' and spread or id]
    and (peer == '' or is_with(person, peer, id, record))
end
local function before(a, b)
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  am, as, bm, bs = tonumber(am), tonumber(as), tonumber(bm), tonumber(bs)
  return am < bm or (am == bm and as < bs)
end

if from > 0 and before(first, from .. '-0') then first = from .. '-0' end
local lost = 0
local oldest = call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
if oldest and before(first, oldest[1]) then
  local _, added = position(stream)
  if added > call('XLEN', stream) then lost = 1 end
end

local found = {}
while left > 0 do
  local step = math.min(500, left + 50) -- most entries are messages
  local entries
  if forwards then
    entries = call('XRANGE', stream, first, last, 'COUNT', step)
  else
    entries = call('XREVRANGE', stream, last, first, 'COUNT', step)
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
