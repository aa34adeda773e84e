-- The bans that hold now; those that are over are removed.
-- Returns: now, ms since 1970, last id of the log of what concerns everybody, entries added to it, then
--   kind, mask, who set it, set, ms since 1970, end, ms since 1970 (0 = none), reason of each
local now, last, added = now_ms(), position(SERVER.log)
local reply = { now, last, added }
local bans = call('HGETALL', SERVER.bans)
for i = 1, #bans, 2 do
  local kind, mask = string.match(bans[i], '^(%a) (.*)$')
  local nick, set, ends, reason = string.match(bans[i + 1], '^([^%z]*)%z([^%z]*)%z([^%z]*)%z(.*)$')
  if tonumber(ends) > 0 and tonumber(ends) <= now then
    call('HDEL', SERVER.bans, bans[i])
  else
    for _, part in ipairs({ kind, mask, nick, set, ends, reason }) do reply[#reply + 1] = part end
  end
end
return reply
