-- End some sessions of who has a nick, for the account that may have it: of another user of that account, or of
-- somebody else who has the name of the account.
-- name: text     of who asks, folded
-- target: text   the nick, folded
-- most: int      how many sessions at most
-- why: text      what their connections are told
-- reason: text   of the QUIT
-- Refuses: stale offline guest taken
-- Returns: ok, how many sessions it still has
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
local akey = account_of(name)
if akey == '' then return REFUSE.guest() end
local source, account = identity(target)
if not source or target == name then return { 'ok', 0 } end
if target ~= akey and account_of(target) ~= akey then return REFUSE.taken() end
local sessions, last = call('HGETALL', USER.sessions(target)), ''
for i = 1, math.min(#sessions, 2 * most), 2 do
  local sid, gateway = sessions[i], sessions[i + 1]
  emit(user_key(target), RECORD.ended(sid, '', target, source, account, why))
  local heard = SESSIONS.heard(gateway, sid)
  call('HDEL', GATEWAY.sessions(gateway), sid)
  for _, list in ipairs({ USER.sessions(target), USER.hosts(target), USER.aways(target) }) do call('HDEL', list, sid) end
  SESSIONS.forget(sid, heard)
  last = sid
end
local left = call('HLEN', USER.sessions(target))
if left == 0 then remove_user(target, last, reason) end
return { 'ok', left }
