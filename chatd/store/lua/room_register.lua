-- Make a room its founder's: it stays when nobody is in it.
-- ARGV[4] session id; [5] name of an operator of the room, folded; [6] room, folded; [7] prefix modes
-- of which they must have one; [8] rooms per account; [9] name of the server.
-- Returns {'ok', room as shown, account} or {'stale'}, {'offline'}, {'noroom'}, {'notop', room as shown},
-- {'guest'}, {'registered', room as shown}, {'toomany'}.
if stale() then return { 'stale' } end
local name, room = ARGV[5], ARGV[6]
local source, account, nick = identity(name)
if not source then return { 'offline' } end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'founder')
local shown = found[1]
if not shown then return { 'noroom' } end
local prefix = prefix_of(key, name) or ''
if not string.find(prefix, '[' .. ARGV[7] .. ']') then return { 'notop', shown } end
local founder = call('HGET', PRES .. ':user:' .. name, 'akey')
if founder == '' then return { 'guest' } end
if found[2] then return { 'registered', shown } end
local owned = P .. ':account:{' .. esc(founder) .. '}:rooms'
if call('SCARD', owned) >= tonumber(ARGV[8]) then return { 'toomany' } end
call('SADD', owned, room)
call('HSET', key, 'founder', founder, 'founder_name', account, 'registered', math.floor(now_ms() / 1000))
call('HSET', key .. ':members', name, 'q' .. string.gsub(prefix, 'q', '') .. SEP .. nick)
emit(key, fields('C', '', '', name, ARGV[9], '', shown, '+q ' .. nick))
return { 'ok', shown, account }
