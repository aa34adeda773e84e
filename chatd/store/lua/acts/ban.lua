-- An operator bans somebody from the server, or lifts such a ban.
-- sid: text       session id
-- name: text      folded
-- sign: text      '+' or '-'
-- kind: text      'K' nick!user@host mask, 'D' address or network, 'A' account
-- mask: text      folded
-- length_s: int   seconds, 0 = until it is lifted
-- reason: text
-- Refuses: stale offline notoper noban
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account, nick = identity(name)
if not source then return REFUSE.offline() end
if not is_staff(name) then return REFUSE.notoper() end
local bans, id, now = SERVER.bans, kind .. ' ' .. mask, now_ms()
if sign == '-' then
  if call('HDEL', bans, id) == 0 then return REFUSE.noban() end
  emit_global(RECORD.unban(sid, '', name, source, account, kind, mask))
  return { 'ok' }
end
local ends = 0
if length_s > 0 then ends = now + length_s * 1000 end
call('HSET', bans, id, fields(nick, now, ends, reason))
emit_global(RECORD.ban(sid, '', name, source, account, kind, mask, nick, now, ends, reason))
return { 'ok' }
