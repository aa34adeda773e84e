-- Who is what in a registered room, by account. LEVEL: the prefix mode that each level gives; 'banned' keeps out.
local ACCESS = { MOST_ROOMS = 300 } -- lists that an account may be in: to rename it in 1,000 takes 9 ms

-- The level of an account in a room, nil = none. `founder`: the room's, nil or false = it is not registered.
function ACCESS.level(key, founder, akey)
  if not founder or akey == '' then return nil end
  local entry = call('HGET', ROOM.access(key), akey)
  return entry and string.match(entry, '^%Z*')
end
-- The prefix mode that a level gives, '' = none; nil: it does not let in.
function ACCESS.prefix(level)
  if not level or level == 'banned' then return nil end
  return LEVEL[level]
end
-- Whether bans of masks are not for who has this level: could lift them.
function ACCESS.is_above_bans(level)
  local letter = LEVEL[level or 'banned']
  return letter ~= '' and find(OPERATORS, letter, 1, true) ~= nil
end
-- The prefix mode that an account gives in a room, '' = none; nil: it is nothing there, or kept out.
function ACCESS.gives(key, founder, akey)
  if founder == akey then return 'q' end
  return ACCESS.prefix(ACCESS.level(key, founder, akey))
end
-- The prefix modes that somebody has in a room, or may have there; nil: is not in it, and may have none.
function ACCESS.standing(key, founder, name)
  local mine = prefix_of(key, name)
  if not founder then return mine end
  local level = ACCESS.gives(key, founder, call('HGET', USER.facts(name), 'akey') or '')
  if not level or level == '' then return mine end
  return level .. (mine or '')
end
function ACCESS.set(key, rid, akey, level, ...)
  call('HSET', ROOM.access(key), akey, fields(level, ...))
  call('SADD', ACCOUNT.access(akey), rid)
end
function ACCESS.remove(key, rid, akey)
  call('HDEL', ROOM.access(key), akey)
  call('SREM', ACCOUNT.access(akey), rid)
end
-- A room is nobody's any more.
function ACCESS.forget(key)
  local rid = call('HGET', key, 'rid') or ''
  for _, akey in ipairs(call('HKEYS', ROOM.access(key))) do call('SREM', ACCOUNT.access(akey), rid) end
  call('DEL', ROOM.access(key))
end
-- An account ends, or has another name: `new`, as `shown`; its keys have that already.
function ACCESS.forget_account(akey, new, shown)
  for _, rid in ipairs(call('SMEMBERS', ACCOUNT.access(new or akey))) do
    local room = call('GET', ROOM.by_id(rid))
    local list = room and ROOM.access(room_key(room))
    local entry = list and call('HGET', list, akey)
    if entry then
      call('HDEL', list, akey)
      local level, _, rest = string.match(entry, '^(%Z*)%z(%Z*)%z(.*)$')
      if new then call('HSET', list, new, fields(level, shown, rest)) end
    end
  end
end
-- Letters without some others, and with some more.
function ACCESS.changed(prefix, minus, plus)
  if minus ~= '' then prefix = string.gsub(prefix, '[' .. minus .. ']', '') end
  for letter in string.gmatch(plus, '.') do
    if not find(prefix, letter, 1, true) then prefix = prefix .. letter end
  end
  return prefix
end
-- A member gets and loses prefix modes; `source` says it.
function ACCESS.give(key, name, source, shown, minus, plus)
  local member = call('HGET', ROOM.members(key), name)
  if not member then return end
  local before, nick = string.match(member, '^([^%z]*)%z(.*)$')
  local after = ACCESS.changed(before, minus, plus)
  if after == before then return end
  set_member(key, name, after, nick, before)
  plus, minus = ACCESS.changed(after, before, ''), ACCESS.changed(before, after, '')
  local changes = (minus ~= '' and '-' .. minus or '') .. (plus ~= '' and '+' .. plus or '')
  emit(key, RECORD.modes('', '', name, source, '', shown, changes .. string.rep(' ' .. nick, #plus + #minus)))
end
-- The same for who was lost, and may come back. `rid`: id of the room.
function ACCESS.give_lost(rid, uid, minus, plus)
  local field = 'r:' .. rid
  for _, one in ipairs(call('SMEMBERS', PERSON.lost(uid))) do
    local kept = PERSON.kept(uid, one)
    local prefix = call('HGET', kept, field)
    if prefix then call('HSET', kept, field, ACCESS.changed(prefix, minus, plus)) end
  end
end
-- A member is put out; `source` says it.
function ACCESS.put_out(room, name, source, shown, reason)
  local key = room_key(room)
  local nick = string.match(call('HGET', ROOM.members(key), name) or '', '%z(.*)$')
  if not nick then return end
  remove_member(key, name)
  call('SREM', USER.rooms(name), call('HGET', key, 'rid'))
  local f = call('HMGET', USER.facts(name), 'uid', 'was')
  call('ZREM', ROOM.were(key), f[1] or '', f[2] or '')
  emit(key, RECORD.kick('', '', name, source, '', shown, name, nick, reason))
  drop_if_empty(room, '')
end
