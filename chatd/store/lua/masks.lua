-- A room's list of masks.
-- ARGV[4] room, folded; [5] who asks, folded; [6] letter of the list; [7] prefix modes of which the
-- asker must have one ('' = anybody may ask).
-- Returns {'ok', room as shown, then "mask NUL who set it NUL s since 1970" of each} or {'noroom'},
-- {'notop', room as shown}.
-- question
local key = room_key(ARGV[4])
local shown = call('HGET', key, 'name')
if not shown then return { 'noroom' } end
if ARGV[7] ~= '' and not string.find(prefix_of(key, ARGV[5]) or '', '[' .. ARGV[7] .. ']') then
  return { 'notop', shown }
end
local reply = { 'ok', shown }
for _, entry in ipairs(call('HVALS', key .. ':' .. ARGV[6])) do reply[#reply + 1] = entry end
return reply
