-- An operator bans somebody from the server, or lifts such a ban.
-- ARGV[4] session id; [5] name, folded; [6] '+' or '-'; [7] kind 'K' nick!user@host mask, 'D' address or
-- network, 'A' account; [8] mask, folded; [9] length, s (0 = until it is lifted); [10] reason.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'notoper'}, {'noban'}.
if stale() then return { 'stale' } end
local sid, name, kind, mask = ARGV[4], ARGV[5], ARGV[7], ARGV[8]
local source, account, nick = identity(name)
if not source then return { 'offline' } end
if not has_mode(name, 'o') then return { 'notoper' } end
local bans, id, now = PRES .. ':bans', kind .. ' ' .. mask, now_ms()
if ARGV[6] == '-' then
  if call('HDEL', bans, id) == 0 then return { 'noban' } end
  emit_global(fields('D', sid, '', name, source, account, kind, mask))
  return { 'ok' }
end
local ends = 0
if tonumber(ARGV[9]) > 0 then ends = now + ARGV[9] * 1000 end
call('HSET', bans, id, fields(nick, now, ends, ARGV[10]))
emit_global(fields('B', sid, '', name, source, account, kind, mask, nick, now, ends, ARGV[10]))
return { 'ok' }
