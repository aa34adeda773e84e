-- An operator tells all gateways something.
-- sid: text     session id
-- name: text    folded
-- kind: text    of the event: W, a text for who has user mode w; H, read the files again
-- said: text    the text
-- Refuses: stale offline notoper
-- Returns: ok
if stale() then return { 'stale' } end
local source, account = identity(name)
if not source then return { 'offline' } end
if not has_mode(name, 'o') then return { 'notoper' } end
emit_global(fields(kind, sid, '', name, source, account, said))
return { 'ok' }
