-- What a stream holds after an entry.
-- stream: key
-- after: text   id after which
-- most: int     entries
-- uid: text     the person whose log it is ('' = a room's, or everybody's)
-- Returns: entries ever added (-1 = the log is somebody else's now, and this person's is not kept), entries
--   kept, then id, record of each
-- question
if uid ~= '' then
  local name = name_in(string.sub(stream, 1, -1 - #LOG))
  local whose = call('GET', USER.whose(name))
  if whose and whose ~= uid then
    if call('EXISTS', PERSON.kept(uid, name)) == 0 then return { -1, 0 } end
    stream = PERSON.log(uid, name)
  end
end
local _, added = position(stream)
local reply = { added, call('XLEN', stream) }
for _, entry in ipairs(call('XRANGE', stream, '(' .. after, '+', 'COUNT', most)) do
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = entry[2][2]
end
return reply
