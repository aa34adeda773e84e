-- Users enter a room, one after the other; the first who enters makes it.
-- room: text     folded
-- most: int      rooms per user
-- modes: text    of a new room
-- maker: text    prefix modes of who makes it
-- server: text   name of the server
-- ...entrants: (sid, name, shown, given)   session id; name, folded; room as written; key ('' = none)
-- Refuses: stale; one by one: offline already toomany full(room, forward) invite(room, forward)
--   banned(room, forward) key(room, forward) guests(room, forward)
-- Returns: ok, then one array per entrant: ok, or a refusal; for fewer entrants where the room has many
--   masks: the others have to come again
if stale() then return REFUSE.stale() end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'created', 'modes', 'founder', 'k', 'l', 'f', 'rid', 'lost_until')
if found[1] and not found[8] then found[8] = give_id(key, room) end -- registered before rooms had ids

-- What is published in a row leaves as one message, its records parted by a byte that no UTF-8 has.
local waiting = {}
local function tell(record)
  record = marked(record)
  local id = append(key, record)
  waiting[#waiting + 1] = id .. SEP .. record
  return id
end
local function publish_waiting()
  if #waiting > 0 then call(PUBLISH, key, table.concat(waiting, '\255')) end
  waiting = {}
end

local function make(shown)
  local id, created = make_room(key, room, shown, modes)
  keep_on(FATE.room_outlasts, key)
  found = { shown, created, modes, false, false, false, false, id }
end

local function enter(sid, name, shown, given)
  local source, account, nick = identity(name)
  if not source then return REFUSE.offline() end
  local mine, invites = USER.rooms(name), USER.invites(name)
  if call('HEXISTS', ROOM.members(key), name) == 1 then return REFUSE.already() end
  if call('SCARD', mine) >= most then return REFUSE.toomany() end
  local more = call('HMGET', USER.facts(name), 'realname', 'away', 'akey', 'uid')
  local prefix, created, akey, back = '', not found[1], more[3] or '', nil
  if created then
    make(shown)
    prefix = maker
  elseif (found[4] or '') ~= '' and found[4] == akey then
    prefix = 'q'
  else
    -- who was in it when the connection was lost has all back; only bans keep those out
    back = akey ~= '' and call('HGET', PERSON.kept(more[4] or '', name), 'r:' .. found[8])
    local inviter = call('HGET', invites, found[8])
    local level = ACCESS.level(key, found[4], akey)
    local word = may_not_enter(key, found[3], found[5], found[6], name, given, back, inviter, level)
    -- whoever is banned is none of those any more who see what is said when the room has ended
    if word == 'banned' then call('ZREM', ROOM.were(key), selves(name)) end
    if word then return REFUSE[word](found[1], string.find(found[3], 'f', 1, true) and found[7] or '') end
    prefix = ACCESS.changed(back or '', '', ACCESS.prefix(level) or '')
  end
  if not created and found[9] then resume_room(key, room, found[8]) end
  call('HDEL', invites, found[8])
  if back then
    call('HDEL', PERSON.kept(more[4], name), 'r:' .. found[8])
    note_back(key)
  end
  set_member(key, name, prefix, nick)
  call('SADD', mine, found[8])
  local id = tell(RECORD.join(sid, '', name, source, account, found[1], more[1], more[2], prefix))
  if prefix ~= '' and not created then
    tell(RECORD.modes('', '', name, server, '', found[1], '+' .. prefix .. string.rep(' ' .. nick, #prefix)))
  end
  if call('HLEN', USER.sessions(name)) > 1 then
    publish_waiting()
    emit(user_key(name), RECORD.joined_elsewhere(sid, id, name, source, account, room, id))
  end
  return { 'ok' }
end

-- To look through 25 masks takes as long as to enter; 100 who enter a room without masks take 3 ms.
local BUDGET, MASKS = 100, 25
local masks = 0
if found[1] and find(found[3], '[' .. LISTS .. ']') then
  for letter in string.gmatch(LISTS, '.') do masks = masks + call('HLEN', ROOM.list(key, letter)) end
end
local replies, cost = { 'ok' }, 1 + masks / MASKS
for number, one in ipairs(entrants) do
  if number > 1 and number * cost > BUDGET then break end
  replies[#replies + 1] = enter(one.sid, one.name, one.shown, one.given)
end
publish_waiting()
return replies
