-- What a stream holds after an entry.
-- KEYS[1] the stream; ARGV[4] id after which; [5] how many entries at most.
-- Returns {entries ever added, entries kept, id, record, id, record...}.
-- question
local _, added = position(KEYS[1])
local reply = { added, call('XLEN', KEYS[1]) }
for _, entry in ipairs(call('XRANGE', KEYS[1], '(' .. ARGV[4], '+', 'COUNT', ARGV[5])) do
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = entry[2][2]
end
return reply
