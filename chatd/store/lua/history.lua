-- Messages of a stream, newest bound last.
-- KEYS[1] the stream; ARGV[4] 'after' or 'before'; [5] id ('' = from the end); [6] how many messages;
-- [7] room, folded, whose member the asker must be ('' = own log); [8] asker, folded;
-- [9] oldest id that the asker may see.
-- Returns {'ok', id, record, ...} in the order of the stream, or {'noroom'}, {'notin'}.
local mode, from, left = ARGV[4], ARGV[5], tonumber(ARGV[6])
if ARGV[7] ~= '' then
  local key = room_key(ARGV[7])
  if call('EXISTS', key) == 0 then return { 'noroom' } end
  if call('HEXISTS', key .. ':members', ARGV[8]) == 0 then return { 'notin' } end
end
local found, step = {}, 500
while left > 0 do
  local entries
  if mode == 'after' then
    entries = call('XRANGE', KEYS[1], from == '' and ARGV[9] or '(' .. from, '+', 'COUNT', step)
  else
    entries = call('XREVRANGE', KEYS[1], from == '' and '+' or '(' .. from, ARGV[9], 'COUNT', step)
  end
  for _, entry in ipairs(entries) do
    if left > 0 and string.sub(entry[2][2], 1, 2) == 'M' .. SEP then
      found[#found + 1] = entry
      left = left - 1
    end
    from = entry[1]
  end
  if #entries < step then break end
end
local reply = { 'ok' }
local first, last, by = 1, #found, 1
if mode == 'before' then first, last, by = #found, 1, -1 end
for i = first, last, by do
  reply[#reply + 1] = found[i][1]
  reply[#reply + 1] = found[i][2][2]
end
return reply
