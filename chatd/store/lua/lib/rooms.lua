-- The person behind a name: the account and when it was made, or the session of a guest.
local function uid_of(name) return call('HGET', USER.facts(name), 'uid') or '' end

-- A room gets an id of its own: a later room of the same name has another.
local function give_id(key, room)
  local id = now_ms() .. '.' .. call('INCR', SERVER.room_count)
  call('HSET', key, 'rid', id)
  call('SET', ROOM.by_id(id), room)
  return id
end
-- A room begins.
local function make_room(key, room, shown, modes)
  local id, created = give_id(key, room), tostring(now_ms())
  call('HSET', key, 'name', shown, 'created', created, 'modes', modes)
  call('SADD', SERVER.roomlist, room)
  return id, created
end
-- A member's prefix modes; nil who is not one.
local function prefix_of(key, name)
  local member = call('HGET', ROOM.members(key), name)
  return member and string.match(member, '^[^%z]*')
end
-- Members, and the index of who has which prefix mode, are changed in these two functions only.
local function note_prefix(key, name, before, after)
  if before == after then return end
  for letter in string.gmatch(RANKS, '.') do
    local had, has = find(before, letter, 1, true), find(after, letter, 1, true)
    if has and not had then
      call('SADD', ROOM.holders(key, letter), name)
    elseif had and not has then
      call('SREM', ROOM.holders(key, letter), name)
    end
  end
end
-- Somebody is a member, or has other prefix modes or another nick than before. `before`: the prefix modes
-- until now, nil = was no member.
local function set_member(key, name, prefix, nick, before)
  call('HSET', ROOM.members(key), name, prefix .. SEP .. nick)
  note_prefix(key, name, before or '', prefix)
end
-- Somebody is a member no more; whether it was one.
local function remove_member(key, name)
  local prefix = prefix_of(key, name)
  if not prefix then return false end
  call('HDEL', ROOM.members(key), name)
  note_prefix(key, name, prefix, '')
  return true
end
-- Names of the members who have one of some prefix modes; nil: there are too many. A line for 4,000 takes 3 ms, 16
-- lines in one call 4 ms.
local MOST_HOLDERS = 4000
local function holders(key, letters)
  local sets, count = {}, 0
  for letter in string.gmatch(letters, '%a') do
    local size = call('SCARD', ROOM.holders(key, letter))
    if size > 0 then sets[#sets + 1], count = ROOM.holders(key, letter), count + size end
  end
  if count > MOST_HOLDERS then return nil end
  if #sets == 0 then return {} end
  return call(#sets == 1 and 'SMEMBERS' or 'SUNION', unpack(sets))
end

local function said_nothing(log)
  if call('XLEN', log) > 20 then return false end
  for _, entry in ipairs(call('XRANGE', log, '-', '+')) do
    if string.find(entry[2][2], '^[' .. SAID .. ']') then return false end
  end
  return true
end
-- What was said in a room that has ended is for those who were in it.
local MOST_WERE = 1000
local LOST = '.5' -- behind the ms of who did not leave the room: the connection ended
local function note_left(key, uid, how)
  local were = ROOM.were(key)
  local new = call('ZADD', were, now_ms() .. (how or ''), uid) == 1
  if new and call('ZCARD', were) > MOST_WERE then call('ZREMRANGEBYRANK', were, 0, -1 - MOST_WERE) end
end
-- A room that not everybody may enter ends: of those who were in it these count from now on who did not leave
-- it, and the last who did. `last`: the uid, where that has just been, '' = was removed. The others stay where
-- they are, before the mark: there may be many in each of many rooms.
local MARK, MARKED = '-', '.25' -- nobody's uid
local function forget_who_left(key, last)
  local were = ROOM.were(key)
  local at = now_ms()
  if not last then
    last, at = unpack(call('ZREVRANGE', were, 0, 0, 'WITHSCORES'))
    at = at and string.match(at, '^%d+')
  end
  if last and last ~= MARK then call('ZADD', were, at .. LOST, last) end
  if call('EXISTS', were) == 1 then call('ZADD', were, now_ms() .. MARKED, MARK) end
end
local function was_in(key, uid)
  local score, mark = unpack(call('ZMSCORE', ROOM.were(key), uid, MARK))
  return score
    and (string.sub(score, -#LOST) == LOST or not mark or tonumber(score) > tonumber(mark))
end
local function is_private(key) return string.find(call('HGET', key, 'modes') or '', FORBIDS.history) ~= nil end
-- The room is there, though nobody is in it: its last members were lost, and may come back.
local function keep_room(key, room, id, seconds)
  let_go(FATE.room_ends, key, seconds)
  call('EXPIRE', ROOM.by_id(id), seconds)
  call('SREM', SERVER.roomlist, room)
end
-- Somebody is in it again.
local function resume_room(key, room, id)
  keep_on(FATE.room_ends, key)
  keep_on(FATE.room_outlasts, key)
  call('PERSIST', ROOM.by_id(id))
  call('SADD', SERVER.roomlist, room)
end
-- A member was lost: from now on the room is kept for a time, until all who were lost are back.
local function note_lost(key)
  local ends = tonumber(call('HGET', key, 'lost_until') or '0')
  if ends < now_ms() then call('HDEL', key, 'lost_count') end
  call('HSET', key, 'lost_until', now_ms() + TTL.grace * 1000)
  call('HINCRBY', key, 'lost_count', 1)
end
local function note_back(key)
  if call('HINCRBY', key, 'lost_count', -1) <= 0 then call('HDEL', key, 'lost_until', 'lost_count') end
end
-- A registered room stays when nobody is in it. `last`: uid of who has left it, '' = was removed.
local function drop_if_empty(room, last)
  local key = room_key(room)
  if call('EXISTS', ROOM.members(key)) == 0 and call('HEXISTS', key, 'founder') == 0 then
    if is_private(key) then forget_who_left(key, last) end
    local f = call('HMGET', key, 'rid', 'lost_until')
    local left_ms = tonumber(f[2] or '0') - now_ms()
    if left_ms > 0 then
      keep_room(key, room, f[1] or give_id(key, room), math.ceil(left_ms / 1000))
      let_go(FATE.room_outlasts, key, TTL.history)
      return
    end
    call('DEL', ROOM.by_id(f[1] or ''))
    call('ZREM', SERVER.timed, f[1] or '')
    if call('EXISTS', ROOM.were(key)) == 0 then call('DEL', ROOM.log(key)) end
    call('DEL', unpack(named(FATE.room_ends, key)))
    call('SREM', SERVER.roomlist, room)
    let_go(FATE.room_outlasts, key, said_nothing(ROOM.log(key)) and TTL.quiet or TTL.history)
  end
end

