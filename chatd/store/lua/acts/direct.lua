-- What others wrote to a user and what it has not read: a page of its log, the newest first.
-- name: text      of who asks, folded
-- before: text    id of the message before which to look, '+' = the newest
-- scan: int       how many entries to look at at most
-- left: int       how many messages at most, 0 = only how many there are of each
-- peer: text      name, folded, of who wrote them ('' = whoever)
-- Refuses: offline
-- Returns: ok, where the next page starts ('' = that was all), then id, record of each, or who it is (as in `read`),
--   nick, up to when that is read, ms, how many
-- question
if call('EXISTS', USER.facts(name)) == 0 then return REFUSE.offline() end
local counting, mine, people, wanted = left == 0, READING.key(name), {}, nil
if peer ~= '' then
  wanted = {}
  for _, one in ipairs((READING.target(name, 'u', peer))) do wanted[one] = true end
end
local RECEIVED = '^M%z(%Z*)%z%z(%Z*)%z([^%z!]*)[^%z]*%z([^%z\1]*)[^%z]*%z(%Z*)'
local known, holds = {}, SHOWN.of(user_key(name))
-- Who has written it, when it is not read.
local function unread(id, record)
  local sid, sender, nick, account, command = string.match(record, RECEIVED)
  if not command or command == 'TAGMSG' or sender == name then return end
  local who = READING.called(NAMES.now(account, tonumber(string.match(id, '^%d+')), known), sid)
  if wanted and not wanted[who] then return end
  local one = people[who]
  if not one then
    one = { who = who, nick = nick, read = READING.at(mine, { who }), count = 0 }
    people[who] = one
  end
  if tonumber(string.match(id, '^%d+')) <= one.read then return end
  if not SHOWN.is(holds, id) then return end
  return one
end

local entries = call('XREVRANGE', USER.log(name), before == '+' and '+' or '(' .. before, '-', 'COUNT', scan)
local reply = { 'ok', #entries == scan and entries[scan][1] or '' }
for _, entry in ipairs(entries) do
  local one = unread(entry[1], entry[2][2])
  if one then
    one.count = one.count + 1
    if not counting then
      reply[#reply + 1] = entry[1]
      reply[#reply + 1] = entry[2][2]
      left = left - 1
      if left == 0 then
        reply[2] = entry[1]
        break
      end
    end
  end
end
if counting then
  for _, one in pairs(people) do
    for _, word in ipairs({ one.who, one.nick, one.read, one.count }) do reply[#reply + 1] = word end
  end
end
return reply
