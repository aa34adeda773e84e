-- Set, remove or clear values of a user or a room, and tell who may want to know.
-- ARGV[4] session id; [5] name of who asks, folded; [6] 'r' room or 'u' user; [7] room or user, folded;
-- [8] 'set', 'unset' or 'clear'; [9] key; [10] value; [11] keys that one may have; [12] prefix modes of
-- whom a room's values may be changed by.
-- Returns {'ok', target as shown, key, value as it was...} or {'stale'}, {'offline'}, {'notarget'},
-- {'denied', target as shown}, {'notset', target as shown}, {'toomany', target as shown}.
if stale() then return { 'stale' } end
local sid, name, kind, target, what = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local source, account = identity(name)
if not source then return { 'offline' } end
local owner, values, shown, may
if kind == 'r' then
  owner = room_key(target)
  values, shown = owner .. ':meta', call('HGET', owner, 'name')
  may = shown and string.find(prefix_of(owner, name) or '', '[' .. ARGV[12] .. ']')
else
  owner, values = user_key(target), PRES .. ':meta:' .. target
  shown = call('HGET', PRES .. ':user:' .. target, 'nick')
  may = target == name
end
if not shown then return { 'notarget' } end
if not may and not has_mode(name, 'o') then return { 'denied', shown } end

local function tell(key, value)
  local record = { 'O', sid, '', kind == 'u' and target or name, source, account, shown, key, value }
  if kind == 'r' then return emit(owner, fields(unpack(record))) end
  record[3] = emit_global(fields(unpack(record)))
  emit(owner, fields(unpack(record)))
  for _, room in ipairs(rooms_of(target)) do emit(room_key(room), fields(unpack(record))) end
end

local before = what == 'clear' and call('HGETALL', values) or { ARGV[9], call('HGET', values, ARGV[9]) }
if what == 'set' then
  if not before[2] and call('HLEN', values) >= tonumber(ARGV[11]) then return { 'toomany', shown } end
  call('HSET', values, ARGV[9], ARGV[10])
  if before[2] ~= ARGV[10] then tell(ARGV[9], ARGV[10]) end
  return { 'ok', shown }
end
if what == 'unset' and not before[2] then return { 'notset', shown } end
local reply = { 'ok', shown }
for i = 1, #before, 2 do
  call('HDEL', values, before[i])
  tell(before[i], nil)
  reply[#reply + 1] = before[i]
  reply[#reply + 1] = before[i + 1]
end
return reply
