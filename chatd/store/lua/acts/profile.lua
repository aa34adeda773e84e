-- Change what others see of a user: away text, realname, account.
-- sid: text       session id
-- name: text      folded
-- kind: text      of the event: 'A' away, 'R' realname, 'U' account
-- field: text
-- value: text
-- akey: text     account, folded, with kind 'U'
-- Refuses: stale offline same
-- Returns: ok
if stale() then return { 'stale' } end
local user = USER.facts(name)
local source, account = identity(name)
if not source then return { 'offline' } end
if call('HGET', user, field) == value then return { 'same' } end
call('HSET', user, field, value)
if kind == 'A' then note_plain(name, value, call('HGET', user, 'modes') or '') end
if kind == 'U' then
  call('HSET', user, 'akey', akey)
  local owner = ACCOUNT.facts(akey)
  if akey ~= '' and call('HGET', owner, 'oper') then change_modes(name, sid, 'o', '') end
end
local id = emit_global(fields(kind, sid, '', name, source, account, value))
local record = fields(kind, sid, id, name, source, account, value)
emit(user_key(name), record)
for _, room in ipairs(rooms_of(name)) do emit(room_key(room), record) end
return { 'ok' }
