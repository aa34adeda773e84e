-- What a stream holds after an entry, or what it holds when it has lost that entry.
-- stream: key
-- after: text   id after which
-- most: int     entries
-- uid: text     the person whose log it is ('' = a room's, or everybody's)
-- Returns: entries ever added (-1 = the log is somebody else's now, and this person's is not kept), entries
--   kept, the entry behind which the answer begins, then id, record of each
-- That is `after`. When the stream begins behind `after`, it is ''. When `after` should be there and is not,
-- Redis has lost what came last: it is the newest entry before `after`, 0-0 = none is left.
-- question
if uid ~= '' then
  local name = name_in(string.sub(stream, 1, -1 - #LOG))
  local whose = call('GET', USER.whose(name))
  if whose and whose ~= uid then
    if call('EXISTS', PERSON.kept(uid, name)) == 0 then return { -1, 0, after } end
    stream = PERSON.log(uid, name)
  end
end
local _, added = position(stream)
local function first(command, from, to)
  local found = call(command, stream, from, to, 'COUNT', 1)[1]
  return found and found[1]
end
-- nothing else takes entries out of the middle of a stream
local follows = after
if after ~= '0-0' and first('XRANGE', after, after) ~= after then
  follows = first('XREVRANGE', after, '-') or (first('XRANGE', '-', '+') and '' or '0-0')
end
local reply = { added, call('XLEN', stream), follows }
local from = follows == '' and after or follows
for _, entry in ipairs(call('XRANGE', stream, '(' .. from, '+', 'COUNT', most)) do
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = entry[2][2]
end
return reply
