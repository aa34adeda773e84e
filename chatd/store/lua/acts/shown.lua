-- Of some messages of a stream those that are shown to somebody now.
-- stream: key
-- room: text    folded, whose stream it is ('' = the asker's own)
-- asker: text   who asks, folded: must be a member
-- peer: text    name, folded, of the person with whom the conversation is, see `met` ('' = whomever)
-- ...ids: text   of entries
-- Refuses: noroom notin(room)
-- Returns: ok, then id, record of each
-- question
local from, person = 0, peer ~= '' and met(peer) or nil
if room ~= '' then
  local key = room_key(room)
  local shown = call('HGET', key, 'name')
  if not shown then return REFUSE.noroom() end
  if call('HEXISTS', ROOM.members(key), asker) == 0 then return REFUSE.notin(shown) end
  from = sees_from(key, asker)
end
local holds = SHOWN.of(string.sub(stream, 1, -1 - #LOG))
local reply = { 'ok' }
for _, id in ipairs(ids) do
  local entry = call('XRANGE', stream, id, id)[1]
  local record = entry and entry[2][2] or ''
  local copy_of = string.match(record, '^M%z%Z*%z(%Z*)')
  if copy_of and is_said(record) and tonumber(string.match(id, '^%d+')) >= from
    and SHOWN.is(holds, id, copy_of) and (peer == '' or is_with(person, peer, id, record)) then
    reply[#reply + 1] = id
    reply[#reply + 1] = record
  end
end
return reply
