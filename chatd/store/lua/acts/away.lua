-- A session is away, or is there; what others see of its user is made of what all its sessions say.
-- sid: text      session id
-- name: text     folded
-- text: text     '' = is there
-- Refuses: stale offline
-- Returns: ok, the text that others see now, '' = the user is there
if stale() then return REFUSE.stale() end
if call('HEXISTS', USER.sessions(name), sid) == 0 then return REFUSE.offline() end
AWAY.note(name, sid, text)
return { 'ok', AWAY.settle(name, sid) }
