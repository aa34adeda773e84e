-- Messages and other events of a stream between two entries: a page.
-- stream: key
-- direction: text   'forwards' or 'backwards': from which end to count
-- first: text       entry id
-- last: text        entry id; both are included
-- left: int         how many of them at most
-- kinds: text       letters of the events beside what is said; with that of messages those of tags alone too
-- scan: int         how many entries to look at at most
-- room: text        folded, whose stream it is ('' = a user's)
-- asker: text       who asks, folded: must be a member
-- peer: text        name, folded, of the person with whom the conversation is, see `met` ('' = whomever)
-- Refuses: noroom notin(room)
-- Returns: ok, room or nick as shown ('' = nobody is called so now), 1 when what came before the oldest
--   entry is not kept any more and the question reaches there, id of the entry up to which all was looked at
--   when there may be more ('' = that was all), then id, record of each, oldest first
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
  shown = person and person.nick or ''
end

local MESSAGE = '^M%z[^%z]*%z([^%z]*)' .. string.rep('%z[^%z]*', 3) .. '%z([^%z]*)'
local tags_alone = find(kinds, KIND.message, 1, true)
-- What is asked for among some entries: id, record, and the id that the first copy of each has.
local function messages(entries)
  local some = {}
  for _, entry in ipairs(entries) do
    local id, record = entry[1], entry[2][2]
    local spread, command = string.match(record, MESSAGE)
    if command then
      if (command ~= 'TAGMSG' or tags_alone) and (peer == '' or is_with(person, peer, id, record)) then
        some[#some + 1] = { id, record, spread ~= '' and spread or id }
      end
    elseif kinds ~= '' and find(kinds, string.sub(record, 1, 1), 1, true) then
      some[#some + 1] = { id, record, id }
    end
  end
  return some
end
local holds = SHOWN.of(string.sub(stream, 1, -1 - #LOG))
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
if before(first, holds.from .. '-0') then
  if oldest and before(oldest[1], holds.from .. '-0') then lost = 1 end
  first = holds.from .. '-0'
end

local found, following = {}, ''
while left > 0 do
  local step = math.min(scan, left + 50) -- most entries are messages
  local entries
  if forwards then
    entries = call('XRANGE', stream, first, last, 'COUNT', step)
  else
    entries = call('XREVRANGE', stream, last, first, 'COUNT', step)
  end
  for _, one in ipairs(SHOWN.among(holds, messages(entries))) do
    if left > 0 then
      found[#found + 1] = one
      left = left - 1
    end
  end
  if #entries < step then break end
  scan = scan - step
  if scan == 0 then
    following = entries[step][1]
    break
  end
  if forwards then first = '(' .. entries[step][1] else last = '(' .. entries[step][1] end
end
if left == 0 and #found > 0 then following = found[#found][1] end
local reply = { 'ok', shown, lost, following }
local from, to, by = 1, #found, 1
if not forwards then from, to, by = #found, 1, -1 end
for i = from, to, by do
  reply[#reply + 1] = found[i][1]
  reply[#reply + 1] = found[i][2]
end
return reply
