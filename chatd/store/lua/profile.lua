-- Change what others see of a user: away text, realname, account.
-- ARGV[4] session id; [5] name, folded; [6] kind of the event: 'A' away, 'R' realname, 'U' account;
-- [7] field; [8] value; [9] account, folded, with kind 'U'.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'same'}.
if stale() then return { 'stale' } end
local sid, name, kind, value = ARGV[4], ARGV[5], ARGV[6], ARGV[8]
local user = PRES .. ':user:' .. name
local source, account = identity(name)
if not source then return { 'offline' } end
if call('HGET', user, ARGV[7]) == value then return { 'same' } end
call('HSET', user, ARGV[7], value)
if kind == 'A' then note_plain(name, value, call('HGET', user, 'modes') or '') end
if kind == 'U' then
  call('HSET', user, 'akey', ARGV[9])
  local owner = P .. ':account:{' .. esc(ARGV[9]) .. '}'
  if ARGV[9] ~= '' and call('HGET', owner, 'oper') then change_modes(name, sid, 'o', '') end
end
local id = emit_global(fields(kind, sid, '', name, source, account, value))
local record = fields(kind, sid, id, name, source, account, value)
emit(user_key(name), record)
for _, room in ipairs(rooms_of(name)) do emit(room_key(room), record) end
return { 'ok' }
