-- Change a user's own modes.
-- sid: text      session id
-- name: text     folded
-- add: text      letters
-- remove: text   letters
-- Refuses: stale offline
-- Returns: ok, modes
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
return { 'ok', change_modes(name, sid, add, remove) }
