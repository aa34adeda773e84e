-- Change what others see of a user: away text, realname, account.
-- sid: text       session id
-- name: text      folded
-- field: text     'away', 'realname' or 'account': the record has the same name
-- value: text
-- akey: text     account, folded, with 'account'
-- Refuses: stale offline same
-- Returns: ok
if stale() then return REFUSE.stale() end
local user = USER.facts(name)
local source, account = identity(name)
if not source then return REFUSE.offline() end
if call('HGET', user, field) == value then return REFUSE.same() end
call('HSET', user, field, value)
if field == 'away' then note_plain(name, value, call('HGET', user, 'modes') or '') end
if field == 'account' then
  call('HSET', user, 'akey', akey)
  local owner = ACCOUNT.facts(akey)
  if akey ~= '' and call('HGET', owner, 'oper') then change_modes(name, sid, 'o', '') end
end
local id = emit_global(RECORD[field](sid, '', name, source, account, value))
local record = RECORD[field](sid, id, name, source, account, value)
emit(user_key(name), record)
for _, room in ipairs(rooms_of(name)) do emit(room_key(room), record) end
return { 'ok' }
