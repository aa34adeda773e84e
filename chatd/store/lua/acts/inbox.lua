-- What concerns an account in rooms and what it has not read: a page of its inbox, the newest first.
-- name: text      of who asks, folded
-- start: text     id of the entry of the inbox before which to look, '+' = the newest
-- before: text    id of a message: only those before it count ('' = all)
-- scan: int       how many entries to look at at most
-- count: flag     only how many there are in each room
-- Refuses: offline guest
-- Returns: ok, where the next page starts ('' = that was all), then id, record of each, or room as shown, how many
-- question
local uid, was = selves(name)
if uid == '' then return REFUSE.offline() end
local akey = account_of(name)
if akey == '' then return REFUSE.guest() end
local names = call('SMEMBERS', ACCOUNT.online(akey))
local rooms = {}
-- The room of an entry, if it may be seen: who is in it, or lost the connection and was not put out meanwhile. Of a
-- room that has ended the log is there for a time, also when it is made anew.
local function seen_at(rid, then_called)
  local room = call('GET', ROOM.by_id(rid)) or then_called
  local key = room_key(room)
  local f = call('HMGET', key, 'name', 'created')
  local back = was_in(key, uid) or was_in(key, was)
  local inside = back
  for _, member in ipairs(call('HMGET', ROOM.members(key), unpack(names))) do inside = inside or member end
  if not inside then return { from = math.huge } end
  local logid = call('GET', ROOM.logid(key))
  local read = READING.at(READING.key(name), logid and { 'r:' .. logid } or {})
  return { key = key, holds = SHOWN.of(key), shown = f[1] or room, from = math.max(back and 0 or tonumber(f[2] or '0'), read + 1) }
end
local function find_message(entry)
  local rid, then_called, id = string.match(entry[2][2], '^(%Z*)%z(%Z*)%z(%Z*)$')
  rooms[rid] = rooms[rid] or seen_at(rid, then_called)
  local room = rooms[rid]
  if tonumber(string.match(id, '^%d+')) < room.from or (before ~= '' and not READING.before(id, before)) then
    return
  end
  local found = call('XRANGE', room.key .. LOG, id, id)[1]
  if found and is_said(found[2][2]) and SHOWN.is(room.holds, id) then return room, id, found[2][2] end
end

local entries = call('XREVRANGE', ACCOUNT.inbox(akey), start == '+' and '+' or '(' .. start, '-', 'COUNT', scan)
local reply, known, counts = { 'ok', #entries == scan and entries[scan][1] or '' }, {}, {}
for _, entry in ipairs(entries) do
  local room, id, record = find_message(entry)
  if room and not known[room.key .. id] then
    known[room.key .. id] = true
    counts[room.shown] = (counts[room.shown] or 0) + 1
    if not count then
      reply[#reply + 1] = id
      reply[#reply + 1] = record
    end
  end
end
if count then
  for shown, some in pairs(counts) do
    reply[#reply + 1] = shown
    reply[#reply + 1] = some
  end
end
return reply
