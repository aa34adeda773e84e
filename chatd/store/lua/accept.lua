-- Let somebody write to a user in spite of user mode R, or no longer.
-- ARGV[4] session id; [5] name, folded; [6] name of whom, folded; [7] '1' or ''.
-- Returns {'ok', 1 when that was a change, else 0} or {'stale'}, {'offline'}.
if stale() then return { 'stale' } end
if not identity(ARGV[5]) then return { 'offline' } end
if ARGV[7] == '1' then return { 'ok', accept(ARGV[5], ARGV[6]) } end
return { 'ok', call('SREM', PRES .. ':accepts:' .. ARGV[5], ARGV[6]) }
