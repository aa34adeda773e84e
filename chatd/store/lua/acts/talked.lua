-- With whom a user has exchanged direct messages: a page of the user's log, from its newest entry on.
-- name: text     of the user, folded
-- first: text    entry id
-- last: text     entry id; both are included
-- scan: int      entries to look at at most
-- people: int    people to look for at most
-- ...folds: (written, folded)   names and accounts outside ASCII, which only the gateway can fold
-- Returns: id of the entry up to which all was looked at when there may be more ('' = that was all), then of
--   each person: who it is, a name by which the conversation is found, folded, and as shown, ids of the newest
--   and of the oldest message on the page
-- question
-- A name that has to be folded first comes as a row whose person and name are ''.
-- A conversation is one with a person, whatever that was called meanwhile. Of somebody whose name is another's
-- by now, and who has no account, it is found by no name and left out.
local FIELDS = '^M%z(%Z*)%z(%Z*)%z(%Z*)%z([^%z!]*)%Z*%z([^%z\1]*)%Z*%z(%Z*)%z(%Z*)%z%Z*%z%Z*%z%Z*%z?(%Z*)%z?(%Z*)$'

local gateways
-- What the user of a session is called.
local function name_of(session)
  gateways = gateways or call('ZRANGE', SERVER.gateways, 0, -1)
  for _, gateway in ipairs(gateways) do
    local found = call('HGET', GATEWAY.sessions(gateway), session)
    if found then return found end
  end
end
-- Who was called `other` in a message: a name by which CHATHISTORY finds it, and who that is. `session`: of who
-- has sent it, or who it was for; `akey`: the account, '' = none.
local function person(other, session, akey, id, record)
  local known, whose
  local function is_now(candidate)
    if not candidate or candidate == '' then return false end
    local one = met(candidate)
    if not is_with(one, candidate, id, record) then return false end
    if not known or (one and one.nick) then known, whose = candidate, one end
    return one and one.nick
  end
  local _ = is_now(other) or is_now(name_of(session)) or is_now(akey)
  return known, whose
end

local folded_of, unknown = {}, {}
for _, one in ipairs(folds) do folded_of[one.written] = one.folded end
local function fold(written)
  if find(written, '[\128-\255]') and not folded_of[written] then unknown[written] = true end
  return folded_of[written] or string.lower(written)
end

local holds = SHOWN.of(user_key(name))
local found, by_uid, by_words, renamed = {}, {}, {}, {}
-- Note with whom a message was; whether somebody had to be looked for.
local function note(id, record)
  local sid, copy_of, sender, nick, account, command, target, peer, named = string.match(record, FIELDS)
  if not command or command == 'TAGMSG' then return false end
  local sent = copy_of ~= '' and named == '' -- what has a name was said to one of several nicks
  if not SHOWN.is(holds, id, copy_of) then return false end
  local words = sent and fields(target, peer) or fields(sid, sender, account)
  local one, new = by_words[words], by_words[words] == nil
  if new then
    local other = sender
    local akey = account ~= '' and NAMES.had_by(account, tonumber(string.match(id, '^%d+')), renamed) or fold(account)
    if sent then
      nick, other = target, fold(target)
      akey = NAMES.account_of(peer) or string.match(peer, '^=(.*)@') or ''
    end
    local key, who = person(other, sent and peer or sid, akey, id, record)
    local uid = key and (who and who.uid or key)
    one = key and (by_uid[uid] or { uid, key, who and who.nick or nick, id }) or false
    if one and not by_uid[uid] then
      by_uid[uid], found[#found + 1] = one, one
    end
    by_words[words] = one
  end
  if one then one[5] = id end
  return new
end

local STEP = 100 -- entries read at a time: there may be as many people
local following, asked = '', 0
while scan > 0 do
  local step = math.min(scan, STEP)
  local entries = call('XREVRANGE', USER.log(name), last, first, 'COUNT', step)
  for _, entry in ipairs(entries) do
    if note(entry[1], entry[2][2]) then asked = asked + 1 end
    following = entry[1]
    if asked == people then break end
  end
  if #entries < step and asked < people then
    following = ''
    break
  end
  if asked == people then break end
  scan, last = scan - step, '(' .. following
end
local reply = { following }
for _, one in ipairs(found) do
  for part = 1, 5 do reply[#reply + 1] = one[part] end
end
for written in pairs(unknown) do
  for _, part in ipairs({ '', '', written, '', '' }) do reply[#reply + 1] = part end
end
return reply
