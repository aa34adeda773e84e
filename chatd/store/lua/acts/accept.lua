-- Let somebody write to a user in spite of user mode R, or no longer.
-- name: text    folded
-- other: text   name of whom, folded: who is online under it, or its account; to remove, also as listed
-- on: flag
-- Refuses: stale offline nouser
-- Returns: ok, how many that were
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
local person = called(other)
if on then
  if not person then return REFUSE.nouser() end
  return { 'ok', accept(name, person.uid, other, person.nick) }
end
local list, gone = USER.accepts(name), 0
if person then gone = call('HDEL', list, person.uid) end
local held = gone == 0 and call('HGETALL', list) or {}
for i = 1, #held, 2 do
  if string.match(held[i + 1], '^%Z*') == other then gone = gone + call('HDEL', list, held[i]) end
end
return { 'ok', gone }
