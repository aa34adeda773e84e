-- A user enters a room; the first who enters makes it.
-- ARGV[4] session id; [5] name, folded; [6] room, folded; [7] room as written; [8] rooms per user;
-- [9] modes of a new room; [10] prefix modes of who makes it.
-- Returns {'ok'}, {'already'} or {'stale'}, {'offline'}, {'toomany'}.
if stale() then return { 'stale' } end
local sid, name, room = ARGV[4], ARGV[5], ARGV[6]
local source, account, nick = identity(name)
if not source then return { 'offline' } end
local key, mine = room_key(room), PRES .. ':rooms:' .. name
if call('HEXISTS', key .. ':members', name) == 1 then return { 'already' } end
if call('SCARD', mine) >= tonumber(ARGV[8]) then return { 'toomany' } end
local prefix = ''
if call('EXISTS', key) == 0 then
  prefix = ARGV[10]
  call('HSET', key, 'name', ARGV[7], 'created', now_ms(), 'modes', ARGV[9])
  call('SADD', PRES .. ':roomlist', room)
  call('PERSIST', key .. ':log')
end
call('HSET', key .. ':members', name, prefix .. SEP .. nick)
call('SADD', mine, room)
local more = call('HMGET', PRES .. ':user:' .. name, 'realname', 'away')
local shown = call('HGET', key, 'name')
local id = emit(key, fields('J', sid, '', name, source, account, shown, more[1], more[2]))
if call('HLEN', PRES .. ':sessions:' .. name) > 1 then
  emit(user_key(name), fields('j', sid, id, name, source, account, room, id))
end
return { 'ok' }
