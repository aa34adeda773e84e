-- Take back a message: histories show it no more, and who may have seen it is told.
-- ARGV[4] session id; [5] name of who asks, folded; [6] 'r' room or 'u' user; [7] room or user, folded;
-- [8] the message's id in the stream; [9] its msgid; [10] reason; [11] prefix modes of whom everybody's
-- messages may be taken back by.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'nowhere'}, {'unknown'}, {'forbidden'}.
if stale() then return { 'stale' } end
local sid, name, kind, target, entry = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local source, account = identity(name)
if not source then return { 'offline' } end
local key, shown, prefix = nil, nil, ''
if kind == 'r' then
  key = room_key(target)
  shown, prefix = call('HGET', key, 'name'), prefix_of(key, name)
  if not shown or not prefix then return { 'nowhere' } end
else
  key = user_key(target)
  shown = call('HGET', PRES .. ':user:' .. target, 'nick')
  if not shown then return { 'nowhere' } end
end
local record = (call('XRANGE', key .. ':log', entry, entry)[1] or { nil, { nil, '' } })[2][2]
local sender = string.match(record, '^[MS]%z[^%z]*%z[^%z]*%z([^%z]*)')
if not sender then return { 'unknown' } end
if sender ~= name and not (kind == 'r' and string.find(prefix, '[' .. ARGV[11] .. ']')) then
  -- whether others wrote to somebody is nobody's business
  return { kind == 'r' and 'forbidden' or 'unknown' }
end
local function hide(owner)
  local oldest = call('XRANGE', owner .. ':log', '-', '+', 'COUNT', 1)[1]
  local gone = oldest and string.match(oldest[1], '^%d+') or '0'
  call('ZREMRANGEBYSCORE', owner .. ':redacted', '-inf', '(' .. gone)
  call('ZADD', owner .. ':redacted', string.match(entry, '^%d+'), entry)
end
hide(key)
local id = emit(key, fields('E', sid, '', name, source, account, shown, ARGV[9], ARGV[10]))
if kind == 'u' and target ~= name then
  hide(user_key(name))
  emit(user_key(name), fields('E', sid, id, name, source, account, shown, ARGV[9], ARGV[10]))
end
return { 'ok' }
