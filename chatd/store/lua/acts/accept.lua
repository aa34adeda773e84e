-- Let somebody write to a user in spite of user mode R, or no longer.
-- name: text    folded
-- other: text   name of whom, folded
-- on: flag
-- Refuses: stale offline
-- Returns: ok, 1 when that was a change, else 0
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if on then return { 'ok', accept(name, other) } end
return { 'ok', call('SREM', USER.accepts(name), other) }
