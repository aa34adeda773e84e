-- Change a user's own modes.
-- ARGV[4] session id; [5] name, folded; [6] letters to add; [7] letters to remove.
-- Returns {'ok', modes} or {'stale'}, {'offline'}.
if stale() then return { 'stale' } end
if not identity(ARGV[5]) then return { 'offline' } end
return { 'ok', change_modes(ARGV[5], ARGV[4], ARGV[6], ARGV[7]) }
