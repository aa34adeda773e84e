-- Register sessions, one after the other: each claims its name, joins the sessions of its owner, or goes on
-- with the session that its account and device have left behind.
-- Those who come in one turn of a gateway's loop share a call.
-- ...packed: one per session, fields joined by NUL: session id; name, folded; nick; user; host; realname;
--   account, folded ('' = none); account as shown; 'Z' when the session has TLS, else '-', and the host
--   where it really is; what the nick looks like, skeletons with commas between; the username, folded, if
--   it is outside ASCII; what the login calls itself (NAME@DEVICE); uid of the person that the account was
--   when it was proved, '' = whoever it is; what it has said of being away: '' = nothing,
--   else '=' and the text, '=' = is there
-- Refuses: one by one: stale taken reserved confusable(nick) noaccount toomany failed(why)
-- Returns: one reply per session. Who is new: words with spaces between: since ms, last id, entries added,
--   uid, user modes, counts. Of an account, and who joins: came, joined or resumed, the same, in one, and
--   then nick, user, host, realname, account, away, session id, how far the device has heard ('' = nothing
--   was missed, new = it was never here), how many gateways will tell it better (LEFT_OFF), names that it monitors, keys of METADATA, its own away text, lines of
--   each room that the account wants to see then ('' = it has not chosen), room... (id and count of the user's own
--   log; counts as of `counts`, five)
local FOUR = '(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)%z'
local WORDS_OF_ONE = '^' .. FOUR .. FOUR .. FOUR .. '(%Z*)%z=?(%Z*)$'
-- Who it is about, while one session is looked at.
local sid, name, nick, user, host, realname, account, shown, address, looks, folded, device, away
-- What those who came have in common is done once, at the end of a call: names and records of the new ones,
-- channels of those who take everything, sessions and names of all. `lone`: no name outside ASCII is known.
local now, nicks, records, plain, held, lone

-- What is published in a row leaves as one message, its records parted by a byte that no UTF-8 has.
local function publish_waiting()
  if #records > 0 then call(PUBLISH, SERVER.channel, table.concat(records, '\255')) end
  records = {}
end
-- A name that is its own skeleton can only look like one that is not, as all in ASCII are.
local function looks_like_none()
  if looks ~= name then
    lone = false
  elseif lone == nil then
    lone = call('EXISTS', SERVER.looks, SERVER.account_looks) == 0
  end
  return lone
end
-- Why nobody can have a name that is free, or nil.
local function refusal()
  if account ~= '' and call('EXISTS', ACCOUNT.facts(account)) == 0 then return REFUSE.noaccount() end
  if account ~= '' and is_everywhere(account) then return REFUSE.toomany() end
  if account ~= name and call('EXISTS', ACCOUNT.facts(name)) == 1 then
    return REFUSE.reserved()
  end
  if looks_like_none() then return nil end
  local other = looks_like(name, looks, nil, account)
  return other and REFUSE.confusable(call('HGET', USER.facts(other), 'nick') or other)
end
local function keep_session()
  call('HSET', USER.sessions(name), sid, GW)
  call('HSET', USER.hosts(name), sid, address)
  held[#held + 1], held[#held + 2] = sid, name
end
-- Whether the session's account is an operator's, and who logs in.
local function who_it_is()
  if account == '' then return false, sid end
  return call('HGET', ACCOUNT.facts(account), 'oper'), account_uid(account)
end

-- What is said to a session of an account, or to one that joins.
local function words(how, facts, described, heard, asked, kept)
  local reply = { how, facts, unpack(described, 1, 6) }
  local lines = account ~= '' and call('HGET', ACCOUNT.facts(account), 'replay') or ''
  if account ~= '' then SESSIONS.note_login(account) end
  for _, word in ipairs({ sid, heard, tostring(asked), kept[1] or '', kept[2] or '', away, lines }) do
    reply[#reply + 1] = word
  end
  if how ~= 'came' then
    for _, room in ipairs(rooms_of(name)) do reply[#reply + 1] = room end
  end
  return reply
end
-- How far the device has heard, noted for whoever has to go on with this session, and how many gateways are asked.
-- `present`: how far its other sessions have, if there are some; of which users, and at which gateways: `whose`.
local function begin_session(present, whose)
  if account == '' then return '', 0 end
  local heard = present or SESSIONS.heard_by(account, device)
  SESSIONS.note(sid, name, account, device, heard)
  return heard, present and SESSIONS.ask(whose, sid, device) or 0
end

local function appear(present, whose)
  local operator, uid = who_it_is()
  keep_session()
  local modes = (operator and 'o' or '') .. (string.sub(address, 1, 1) == 'Z' and 'Z' or '')
  now = now or tostring(now_ms())
  call('HSET', USER.facts(name), 'nick', nick, 'user', user, 'host', host, 'realname', realname,
    'account', shown, 'akey', account, 'uid', uid, 'away', away, 'since', now, 'active', now, 'modes', modes,
    'seen', seen_as(folded ~= '' and folded or user, host, { string.sub(address, 2) }))
  enter_account(name, account, function(record) records[#records + 1] = append(PRES, record) .. SEP .. record end)
  remember_look(name, looks)
  for letter in string.gmatch(modes, '[' .. COUNTED .. ']') do call('SADD', SERVER.umode(letter), name) end
  nicks[#nicks + 1] = nick
  if away == '' then
    plain[#plain + 1], plain[#plain + 2] = user_key(name), uid
  end
  -- what was said to somebody else who had this name is not for this one
  local last, added = take_log(name, uid)
  if WAITING.collect(name, account) then last, added = position(USER.log(name)) end
  local record = marked(RECORD.online(sid, '', name, nick .. '!' .. user .. '@' .. host, shown))
  records[#records + 1] = append(PRES, record) .. SEP .. record
  if away ~= '' then
    AWAY.note(name, sid, away)
    record = marked(RECORD.away(sid, '', name, nick .. '!' .. user .. '@' .. host, shown, away))
    records[#records + 1] = append(PRES, record) .. SEP .. record
  end
  local facts = now .. ' ' .. last .. ' ' .. added .. ' ' .. uid .. ' ' .. modes .. ' '
  if account == '' then return facts end
  local heard, asked = begin_session(present, whose)
  return words('came', facts, { nick, user, host, realname, shown, away }, heard, asked, {})
end
local function join(owner, how, heard, asked, kept)
  local operator, uid = who_it_is(), uid_of(name)
  keep_session()
  if owner[9] then SESSIONS.lift(name, owner[9]) end
  note_hosts(name, '')
  publish_waiting()
  local modes = change_modes(name, sid, operator and 'o' or '', is_secure(name) and '' or 'Z')
  AWAY.note(name, sid, away)
  owner[6] = AWAY.settle(name, sid)
  local last, added = position(USER.log(name))
  local facts = owner[7] .. ' ' .. last .. ' ' .. added .. ' ' .. uid .. ' ' .. modes .. ' '
  return words(how, facts, owner, heard, asked, kept)
end
local function owner_of(whose)
  return call('HMGET', USER.facts(whose), 'nick', 'user', 'host', 'realname', 'account', 'away', 'since', 'akey',
    'anchor')
end
-- Go on with a session that its device has left behind; a connection that it still has is told.
local function resume(old, says)
  local heard, gateway, by, asked = old.heard, old.gateway, sid, 0
  local kept = call('HMGET', SESSION.facts(old.sid), 'watched', 'subscriptions')
  sid, name = old.sid, old.name
  if not says then away = AWAY.said(name, sid) end
  if gateway ~= NOBODY then
    local source, shown_account = identity(name)
    publish_waiting()
    emit(user_key(name), RECORD.taken_over(sid, '', name, source, shown_account, by))
    asked = call('EXISTS', GATEWAY.lease(gateway))
  end
  SESSIONS.attach(gateway, sid)
  call('HSET', SESSION.facts(sid), 'by', by)
  if heard ~= '' then call('HSET', SESSION.facts(sid), 'heard', heard) end
  return join(owner_of(name), 'resumed', heard, asked, kept)
end
local function come(record)
  local proved
  sid, name, nick, user, host, realname, account, shown, address, looks, folded, device, proved, away =
    string.match(record, WORDS_OF_ONE)
  -- deleted or renamed meanwhile: the name may be somebody else's account by now
  if proved ~= '' and account_uid(account) ~= proved then return REFUSE.noaccount() end
  local old, present, whose
  if account ~= '' then old, present, whose = SESSIONS.left_behind(account, device, name) end
  if old and old.sid ~= sid then return resume(old, find(record, '%z=%Z*$')) end
  local owner = owner_of(name)
  if not owner[1] then return refusal() or appear(present, whose) end
  -- said before, by a caller who missed the answer
  local again = call('HGET', USER.sessions(name), sid) == GW
  if not again and (account == '' or owner[8] ~= account) then return REFUSE.taken() end
  if not again and call('HLEN', USER.sessions(name)) >= MOST_SESSIONS then return REFUSE.toomany() end
  local heard, asked = begin_session(present, whose)
  return join(owner, present and 'resumed' or 'joined', heard, asked, {})
end

-- act
local gone, replies = stale(), {}
now, nicks, records, plain, held, lone = nil, {}, {}, {}, {}, nil
for i = 4, #ARGV do
  local fine, reply = true, REFUSE.stale()
  if not gone then fine, reply = pcall(come, ARGV[i]) end
  -- what goes wrong with one must not keep the others from what is done at the end
  replies[i - 3] = fine and reply or REFUSE.failed(type(reply) == 'table' and reply.err or tostring(reply))
end
if #held > 0 then call('HSET', GATEWAY.sessions(GW), unpack(held)) end
if #nicks > 0 then call('SADD', SERVER.online, unpack(nicks)) end
if #plain > 0 then call('HSET', SERVER.plain, unpack(plain)) end
publish_waiting()
local counts = #held > 0 and table.concat({ counted() }, ' ')
for i, reply in ipairs(replies) do
  if type(reply) == 'string' then
    replies[i] = reply .. counts
  elseif reply[1] == 'came' or reply[1] == 'joined' or reply[1] == 'resumed' then
    reply[2] = reply[2] .. counts
  end
end
return replies
