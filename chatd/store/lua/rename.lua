-- Give a room another name; all that belongs to it stays.
-- ARGV[4] session id; [5] name of who asks, folded; [6] room and [7] its new name, folded; [8] new name as
-- written; [9] reason; [10] prefix modes of which they must have one.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'noroom'}, {'notin', room as shown}, {'notop', room as shown},
-- {'same'}, {'exists'}.
-- The event 'V' stands in the log, which has the new name now. The old channel, and what is left of the
-- old log for gateways that are away, say with 'v' where it went.
if stale() then return { 'stale' } end
local sid, name, old, new, written = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local source, account = identity(name)
if not source then return { 'offline' } end
local before, after = room_key(old), room_key(new)
local found = call('HMGET', before, 'name', 'founder')
local shown, founder = found[1], found[2]
if not shown then return { 'noroom' } end
local prefix = prefix_of(before, name)
if not prefix then return { 'notin', shown } end
local owner = founder and founder == call('HGET', PRES .. ':user:' .. name, 'akey')
if not owner and (founder or not string.find(prefix, '[' .. ARGV[10] .. ']')) then
  return { 'notop', shown }
end
if shown == written then return { 'same' } end
if old ~= new then
  if call('EXISTS', after) == 1 then return { 'exists' } end
  call('DEL', after .. ':log', after .. ':redacted') -- of an earlier room of that name
  call('DEL', before .. ':clean', after .. ':clean')
  for _, part in ipairs({ '', ':members', ':b', ':e', ':I', ':log', ':redacted', ':meta' }) do
    if call('EXISTS', before .. part) == 1 then call('RENAME', before .. part, after .. part) end
  end
  for _, member in ipairs(call('HKEYS', after .. ':members')) do
    call('SREM', PRES .. ':rooms:' .. member, old)
    call('SADD', PRES .. ':rooms:' .. member, new)
  end
  call('SREM', PRES .. ':roomlist', old)
  call('SADD', PRES .. ':roomlist', new)
  if founder then
    local owned = P .. ':account:{' .. esc(founder) .. '}:rooms'
    call('SREM', owned, old)
    call('SADD', owned, new)
  end
end
call('HSET', after, 'name', written)
local record = marked(fields('V', sid, '', name, source, account, shown, new, written, ARGV[9]))
local id = append(after, record)
if old ~= new then
  record = 'v' .. string.sub(record, 2)
  call('XADD', before .. ':log', id, 'e', record)
  call('EXPIRE', before .. ':log', HISTORY_TTL)
end
call('PUBLISH', before, id .. SEP .. record)
return { 'ok' }
