-- Enter messages that have words which concern somebody into the inboxes: of whose account the word is, or
-- belongs to, and who is in the room, or was in it when its last connection ended.
-- most: int   accounts to look at
-- Refuses: stale
-- Returns: ok, how many messages are left
local MOST = 1000 -- entries of an inbox
-- One message: the room, when it is still there, and who has said it.
local function message(rid, id)
  local room = call('GET', ROOM.by_id(rid))
  local key = room and room_key(room)
  local entry = key and call('XRANGE', key .. LOG, id, id)[1]
  local name = entry and string.match(entry[2][2], '^M%z%Z*%z%Z*%z(%Z*)')
  return name and { key = key, room = room, id = id, rid = rid, sender = account_of(name), told = {} }
end
local function is_there(one, akey)
  local names = call('SMEMBERS', ACCOUNT.online(akey))
  if #names > 0 then
    for _, member in ipairs(call('HMGET', ROOM.members(one.key), unpack(names))) do
      if member then return true end
    end
    return false
  end
  local uid = account_uid(akey)
  local score = call('ZSCORE', ROOM.were(one.key), uid)
  return score and string.sub(score, -#LOST) == LOST
end
local function tell(one, akey)
  if call('EXISTS', ACCOUNT.facts(akey)) == 0 then -- it has another name since
    akey = NAMES.had_by(akey, tonumber(string.match(one.id, '^%d+'))) or akey
  end
  if akey == one.sender or one.told[akey] or call('EXISTS', ACCOUNT.facts(akey)) == 0 then return end
  one.told[akey] = true
  if is_there(one, akey) then
    call('XADD', ACCOUNT.inbox(akey), 'MAXLEN', '~', MOST, '*', 'e', fields(one.rid, one.room, one.id))
  end
end

-- act
if stale() then return REFUSE.stale() end
while most > 0 do
  local due = call('LINDEX', SERVER.due, 0)
  if not due then break end
  local rid, id, cursor, words = string.match(due, '^(%Z*)%z(%Z*)%z(%Z*)%z(.*)$')
  local one = message(rid, id)
  most = most - 1
  while one and most > 0 and words ~= '' do
    local word = string.match(words, '^[^ ]+')
    if cursor == '0' then tell(one, word) end
    local found = call('SSCAN', SERVER.watchers(word), cursor, 'COUNT', most)
    for _, akey in ipairs(found[2]) do tell(one, akey) end
    cursor, most = found[1], most - 1 - #found[2]
    if cursor == '0' then words = string.sub(words, #word + 2) end
  end
  if one and words ~= '' then
    call('LSET', SERVER.due, 0, fields(rid, id, cursor, words))
  else
    call('LPOP', SERVER.due)
  end
end
return { 'ok', call('LLEN', SERVER.due) }
