-- An operator tells all gateways something.
-- sid: text     session id
-- name: text    folded
-- kind: text    of the record: 'wallops', a text for who has user mode w; 'rehash', read the files again
-- said: text    the text
-- Refuses: stale offline notoper
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
if not is_staff(name) then return REFUSE.notoper() end
emit_global(RECORD[kind](sid, '', name, source, account, said))
return { 'ok' }
