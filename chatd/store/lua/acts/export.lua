-- A page of a log, for who runs the server: the messages that are shown.
-- stream: key     the log
-- after: text     id after which, '-' = from the start
-- since: int      ms since 1970
-- most: int       entries to look at
-- akey: text      account, folded: only what it has said ('' = all)
-- Returns: ok, id of the entry up to which all was looked at ('' = that was all), then id, record of each
-- question
local holds = SHOWN.of(string.sub(stream, 1, -1 - #LOG))
local one = akey ~= '' and called(akey) or nil
if one then one = { uid = account_uid(akey), account = call('HGET', ACCOUNT.facts(akey), 'name') or '', was = '' } end
local MESSAGE = '^M%z%Z*%z(%Z*)%z'
local first = after == '-' and since .. '-0' or '(' .. after
local entries = call('XRANGE', stream, first, '+', 'COUNT', most)
local reply = { 'ok', #entries == most and entries[most][1] or '' }
for _, entry in ipairs(entries) do
  local id, record = entry[1], entry[2][2]
  local copy_of = string.match(record, MESSAGE)
  if copy_of and is_said(record) and SHOWN.is(holds, id, copy_of) and (not one or said_by(one, id, record)) then
    reply[#reply + 1] = id
    reply[#reply + 1] = record
  end
end
return reply
