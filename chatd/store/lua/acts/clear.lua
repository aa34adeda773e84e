-- What was said until now *playback plays no more to an account.
-- name: text     who asks, folded
-- most: int      rooms and names per account
-- ...targets: text   rooms, and names of others, folded; '*' = everything
-- Refuses: stale guest toomany
-- Returns: ok
if stale() then return REFUSE.stale() end
local akey = account_of(name)
if akey == '' then return REFUSE.guest() end
local cleared = ACCOUNT.cleared(akey)
for _, target in ipairs(targets) do
  if target == '*' then call('DEL', cleared) end
  if call('HLEN', cleared) >= most and call('HEXISTS', cleared, target) == 0 then return REFUSE.toomany() end
  call('HSET', cleared, target, now_ms())
end
return { 'ok' }
