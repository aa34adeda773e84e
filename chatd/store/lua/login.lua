-- Register a session: claim the name, or join the sessions of its owner.
-- ARGV[4] session id; [5] name, folded; [6] nick; [7] user; [8] host; [9] realname;
-- [10] account, folded ('' = none); [11] account as shown; [12] 'rejoin' when the gateway comes back;
-- [13] 'Z' when the session has TLS, else '-', and the host where it really is; [14] what the nick looks like, skeletons with commas
-- between; [15] user modes of who comes back.
-- Returns {'ok', 'new', since ms, last id, entries added, user modes} or
-- {'ok', 'joined', since ms, last id, entries added, user modes, nick, user, host, realname, account,
-- away, room...} (id and count of the user's own log) or {'stale'}, {'taken'}, {'reserved'},
-- {'confusable', the nick that this one looks like}.
if stale() then return { 'stale' } end
local sid, name, nick, account = ARGV[4], ARGV[5], ARGV[6], ARGV[10]
local user, sessions, log = PRES .. ':user:' .. name, PRES .. ':sessions:' .. name, user_key(name) .. ':log'
local owner = call('HMGET', user, 'nick', 'user', 'host', 'realname', 'account', 'away', 'since', 'akey')
local guest = account == ''
local again = call('HGET', sessions, sid) == GW -- said before, by a caller who missed the answer
if owner[1] then
  if not again and (guest or owner[8] ~= account) then return { 'taken' } end
elseif account ~= name and call('EXISTS', P .. ':account:{' .. esc(name) .. '}') == 1 then
  return { 'reserved' }
else
  local other = looks_like(name, ARGV[14], nil, account)
  if other and ARGV[12] ~= 'rejoin' then
    return { 'confusable', call('HGET', PRES .. ':user:' .. other, 'nick') or other }
  end
end
call('HSET', sessions, sid, GW)
call('HSET', PRES .. ':hosts:' .. name, sid, ARGV[13])
call('HSET', PRES .. ':gateway:' .. GW, sid, name)
local operator = account ~= '' and call('HGET', P .. ':account:{' .. esc(account) .. '}', 'oper')
local since, modes = owner[7], nil
if not owner[1] then
  since = tostring(now_ms())
  call('HSET', user, 'nick', nick, 'user', ARGV[7], 'host', ARGV[8], 'realname', ARGV[9],
    'account', ARGV[11], 'akey', account, 'away', '', 'since', since, 'active', since)
  call('SADD', ONLINE, nick)
  remember_look(name, ARGV[14])
  modes = string.gsub(ARGV[15], operator and '[oZ]' or 'Z', '')
  modes = modes .. (operator and 'o' or '') .. (string.sub(ARGV[13], 1, 1) == 'Z' and 'Z' or '')
  call('HSET', user, 'modes', modes)
  enter_modes(name, modes)
  note_plain(name, '', modes)
  -- what was said to an earlier guest of this name is not for the next one
  local redacted = user_key(name) .. ':redacted'
  if guest and ARGV[12] ~= 'rejoin' then
    call('DEL', log, redacted)
  else
    call('PERSIST', log)
    call('PERSIST', redacted)
  end
  emit_global(fields('+', sid, '', name, nick .. '!' .. ARGV[7] .. '@' .. ARGV[8], ARGV[11]))
end
if not modes then modes = change_modes(name, sid, operator and 'o' or '', is_secure(name) and '' or 'Z') end
local last, added = position(log)
if not owner[1] then return { 'ok', 'new', since, last, added, modes } end
local reply = { 'ok', 'joined', since, last, added, modes, owner[1], owner[2], owner[3], owner[4], owner[5], owner[6] }
for _, room in ipairs(rooms_of(name)) do reply[#reply + 1] = room end
return reply
