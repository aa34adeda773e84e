-- Make or end an invitation to make accounts.
-- digest: text    of its token
-- uses: int       how many accounts; 0 = it ends now
-- lasts_ms: int   until when it counts, from now on
-- Refuses: toomany noinvitation
-- Returns: ok, until when it counts, ms since 1970
local key, now = SERVER.invitations, now_ms()
if uses == 0 then
  if call('HDEL', key, digest) == 0 then return REFUSE.noinvitation() end
  return { 'ok', 0 }
end
local all = call('HGETALL', key)
for i = 1, #all, 2 do
  if not ADMISSION.left(all[i]) then call('HDEL', key, all[i]) end
end
if call('HLEN', key) >= ADMISSION.MOST then return REFUSE.toomany() end
call('HSET', key, digest, concat({ uses, string.format('%d', now + lasts_ms), uses, now }, ' '))
if call('PTTL', key) < lasts_ms then call('PEXPIRE', key, lasts_ms) end
return { 'ok', string.format('%d', now + lasts_ms) }
