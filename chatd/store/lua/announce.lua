-- An operator tells all gateways something: W, a text for who has user mode w; H, read the files again.
-- ARGV[4] session id; [5] name, folded; [6] kind of the event; [7] text.
-- Returns {'ok'} or {'stale'}, {'offline'}, {'notoper'}.
if stale() then return { 'stale' } end
local source, account = identity(ARGV[5])
if not source then return { 'offline' } end
if not has_mode(ARGV[5], 'o') then return { 'notoper' } end
emit_global(fields(ARGV[6], ARGV[4], '', ARGV[5], source, account, ARGV[7]))
return { 'ok' }
