-- What a stream holds after an entry.
-- stream: key
-- after: text   id after which
-- most: int     entries
-- Returns: entries ever added, entries kept, then id, record of each
-- question
local _, added = position(stream)
local reply = { added, call('XLEN', stream) }
for _, entry in ipairs(call('XRANGE', stream, '(' .. after, '+', 'COUNT', most)) do
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = entry[2][2]
end
return reply
