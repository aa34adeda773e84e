-- Change a user's name, for all sessions at once.
-- sid: text     session id
-- old: text     name, folded
-- new: text     new name, folded
-- nick: text    new nick
-- looks: text   what it looks like, skeletons with commas between
-- told: flag    it has been told already
-- Refuses: stale offline taken reserved same confusable(nick) muted(room)
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account, before = identity(old)
if not source then return REFUSE.offline() end
if before == nick then return REFUSE.same() end
if old ~= new then
  if call('EXISTS', USER.facts(new)) == 1 then return REFUSE.taken() end
  if call('EXISTS', ACCOUNT.facts(new)) == 1
    and call('HGET', USER.facts(old), 'akey') ~= new then
    return REFUSE.reserved()
  end
  local muted = not told and silenced_in(old)
  if muted then return REFUSE.muted(muted) end
  local akey = account_of(old)
  local other = looks_like(new, looks, old, akey)
  if other then return REFUSE.confusable(call('HGET', USER.facts(other), 'nick') or other) end
  leave_account(old, akey)
  enter_account(new, akey)
  local uid = uid_of(old)
  take_log(new, uid)
  call('DEL', unpack(named(FATE.user_outlasts, new))) -- the person's log comes along
  local modes = call('HGET', USER.facts(old), 'modes') or ''
  remember(old)
  forget_look(old)
  enter_modes(old, '')
  enter_modes(new, modes)
  call('HDEL', SERVER.plain, user_key(old))
  move(FATE.user_moves, old, new)
  note_plain(new, call('HGET', USER.facts(new), 'away') or '', modes)
  local sessions = call('HGETALL', USER.sessions(new))
  for i = 1, #sessions, 2 do
    call('HSET', GATEWAY.sessions(sessions[i + 1]), sessions[i], new)
    if akey ~= '' then call('HSET', SESSION.facts(sessions[i]), 'name', new) end
  end
end
call('HSET', USER.facts(new), 'nick', nick)
forget_look(new)
remember_look(new, looks)
call('SREM', SERVER.online, before)
call('SADD', SERVER.online, nick)
local id = emit_global(RECORD.nick(sid, '', old, source, account, new, nick))
local record = RECORD.nick(sid, id, old, source, account, new, nick)
if old == new then
  emit(user_key(new), record)
else
  -- the log has the new name now; what is left under the old one says where it went
  local told = marked(record)
  local moved = append(user_key(new), told)
  call('XADD', USER.log(old), moved, 'e', 'n' .. string.sub(told, 2))
  call('SET', USER.whose(old), uid_of(new))
  let_go(FATE.user_outlasts, old, TTL.history)
  call(PUBLISH, user_key(old), moved .. SEP .. told)
end
for _, room in ipairs(rooms_of(new)) do
  local key = room_key(room)
  local prefix = prefix_of(key, old) or ''
  remove_member(key, old)
  set_member(key, new, prefix, nick)
  emit(key, record)
end
return { 'ok' }
