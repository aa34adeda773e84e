-- Change what others see of a user: realname, account.
-- sid: text       session id
-- name: text      folded
-- field: text     'realname' or 'account': the record has the same name
-- value: text
-- akey: text      account, folded, with 'account'
-- again: flag     say it also when it is so already
-- told: flag      it has been told already
-- server: text    name of the server, with 'account'
-- proved: text    uid of the person that the account was when it was proved, '' = whoever it is
-- Refuses: stale offline same noaccount toomany muted(room)
-- Returns: ok
if stale() then return REFUSE.stale() end
-- Its sessions are another account's, or a guest's; of those without a connection nobody can go on with one.
local function change_sessions()
  local sessions = call('HGETALL', USER.sessions(name))
  for i = 1, #sessions, 2 do
    if sessions[i + 1] == NOBODY then
      end_session(NOBODY, sessions[i], name, 'Logged out')
    else
      SESSIONS.forget(sessions[i], '')
      if akey ~= '' then SESSIONS.note(sessions[i], name, akey, '', '') end
    end
  end
end
-- In each of its rooms it gets what the account has there, and loses what another one, `before`, had there.
local function settle(room, before)
  local key = room_key(room)
  local f = call('HMGET', key, 'name', 'founder')
  if not f[2] then return end
  if ACCESS.level(key, f[2], akey) == 'banned' then
    ACCESS.put_out(room, name, server, f[1], 'The account is kept out')
    return
  end
  local minus, plus = ACCESS.gives(key, f[2], before) or '', ACCESS.gives(key, f[2], akey) or ''
  ACCESS.give(key, name, server, f[1], minus ~= plus and minus or '', plus)
end
local user = USER.facts(name)
local source, account = identity(name)
if not source then return REFUSE.offline() end
if not again and call('HGET', user, field) == value then return REFUSE.same() end
local f = field == 'account' and akey ~= '' and call('HMGET', ACCOUNT.facts(akey), 'oper', 'name') or {}
-- deleted or renamed meanwhile: the name may be somebody else's account by now
if akey ~= '' and not f[2] then return REFUSE.noaccount() end
if proved ~= '' and account_uid(akey) ~= proved then return REFUSE.noaccount() end
if akey ~= '' and is_everywhere(akey) then return REFUSE.toomany() end
local before = field == 'account' and account_of(name) or ''
if before ~= '' and before ~= akey and not told then
  local muted = silenced_in(name)
  if muted then return REFUSE.muted(muted) end
end
local values = field == 'account' and not told and VALUES.all(VALUES.key(name))
call('HSET', user, field, value)
if field == 'account' then
  if account_of(name) ~= akey then change_sessions() end
  leave_account(name, account_of(name))
  enter_account(name, akey)
  call('HSET', user, 'akey', akey)
  if akey ~= '' then
    READING.take_along(name, akey)
    VALUES.take_along(name, akey)
    if not told then SESSIONS.note_login(akey) end
  end
  become(name, akey == '' and sid or account_uid(akey))
  WAITING.collect(name, akey)
  if akey ~= '' and f[1] then change_modes(name, sid, 'o', '') end
end
local uid = field == 'account' and uid_of(name) or nil
local id = emit_global(RECORD[field](sid, '', name, source, account, value, uid))
local record = RECORD[field](sid, id, name, source, account, value, uid)
emit(user_key(name), record)
for _, room in ipairs(rooms_of(name)) do
  emit(room_key(room), record)
  if field == 'account' and akey ~= '' then settle(room, before) end
end
if values then VALUES.changed(name, values, VALUES.all(VALUES.key(name))) end
return { 'ok' }
