-- A user leaves a room.
-- ARGV[4] session id; [5] name, folded; [6] room, folded; [7] reason.
-- Returns {'ok'} or {'stale'}, {'noroom'}, {'notin', room as shown}.
if stale() then return { 'stale' } end
local sid, name, room = ARGV[4], ARGV[5], ARGV[6]
local key = room_key(room)
local shown = call('HGET', key, 'name')
if not shown then return { 'noroom' } end
if call('HDEL', key .. ':members', name) == 0 then return { 'notin', shown } end
call('SREM', PRES .. ':rooms:' .. name, room)
local source, account = identity(name)
emit(key, fields('P', sid, '', name, source or '', account or '', shown, ARGV[7]))
drop_if_empty(room)
return { 'ok' }
