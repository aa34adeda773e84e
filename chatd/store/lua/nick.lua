-- Change a user's name, for all sessions at once.
-- ARGV[4] session id; [5] name, folded; [6] new name, folded; [7] new nick;
-- [8] what it looks like, skeletons with commas between.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'taken'}, {'reserved'}, {'same'},
-- {'confusable', the nick that the new one looks like}.
if stale() then return { 'stale' } end
local sid, old, new, nick = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local source, account, before = identity(old)
if not source then return { 'offline' } end
if before == nick then return { 'same' } end
if old ~= new then
  if call('EXISTS', PRES .. ':user:' .. new) == 1 then return { 'taken' } end
  if call('EXISTS', P .. ':account:{' .. esc(new) .. '}') == 1
    and call('HGET', PRES .. ':user:' .. old, 'akey') ~= new then
    return { 'reserved' }
  end
  local other = looks_like(new, ARGV[8], old, call('HGET', PRES .. ':user:' .. old, 'akey') or '')
  if other then return { 'confusable', call('HGET', PRES .. ':user:' .. other, 'nick') or other } end
  local log, redacted = user_key(new) .. ':log', user_key(new) .. ':redacted'
  if call('HGET', PRES .. ':user:' .. old, 'akey') ~= new then
    call('DEL', log, redacted)
  else
    call('PERSIST', log)
    call('PERSIST', redacted)
  end
  local modes = call('HGET', PRES .. ':user:' .. old, 'modes') or ''
  remember(old)
  forget_look(old)
  enter_modes(old, '')
  enter_modes(new, modes)
  call('SREM', PLAIN, user_key(old))
  note_plain(new, call('HGET', PRES .. ':user:' .. old, 'away') or '', modes)
  for _, part in ipairs({ ':user:', ':sessions:', ':hosts:', ':accepts:', ':rooms:', ':invites:', ':meta:' }) do
    if call('EXISTS', PRES .. part .. old) == 1 then
      call('RENAME', PRES .. part .. old, PRES .. part .. new)
    end
  end
  local sessions = call('HGETALL', PRES .. ':sessions:' .. new)
  for i = 1, #sessions, 2 do call('HSET', PRES .. ':gateway:' .. sessions[i + 1], sessions[i], new) end
end
call('HSET', PRES .. ':user:' .. new, 'nick', nick)
forget_look(new)
remember_look(new, ARGV[8])
call('SREM', ONLINE, before)
call('SADD', ONLINE, nick)
local id = emit_global(fields('N', sid, '', old, source, account, new, nick))
local record = fields('N', sid, id, old, source, account, new, nick)
emit(user_key(old), record)
call('EXPIRE', user_key(old) .. ':log', HISTORY_TTL)
for _, room in ipairs(rooms_of(new)) do
  local members = room_key(room) .. ':members'
  local prefix = string.match(call('HGET', members, old) or '', '^[^%z]*')
  call('HDEL', members, old)
  call('HSET', members, new, prefix .. SEP .. nick)
  emit(room_key(room), record)
end
return { 'ok' }
