-- Entries of a room's lists of masks: "mask NUL who set it NUL s since 1970". When a ban ends stands beside them: of
-- the room's own, ROOM.ends, and of the next of each room, SERVER.timed, so that nobody has to look.
local ENTRIES = {}

function ENTRIES.count(key)
  local count = 0
  for letter in string.gmatch(LISTS, '.') do count = count + call('HLEN', ROOM.list(key, letter)) end
  return count
end
function ENTRIES.add(key, letter, mask, param, source)
  call('HSET', ROOM.list(key, letter), mask, fields(param, source, math.floor(now_ms() / 1000)))
  call('UNLINK', ROOM.clean(key)) -- there may be many in it
end
-- The mask as written; nil: it is not in the list.
function ENTRIES.remove(key, letter, mask)
  local list = ROOM.list(key, letter)
  local entry = call('HGET', list, mask)
  if not entry then return nil end
  call('HDEL', list, mask)
  call('UNLINK', ROOM.clean(key))
  if letter == 'b' then call('ZREM', ROOM.ends(key), mask) end
  return string.match(entry, '^[^%z]*')
end
-- A mask has another name in it; who set it and when it ends stay. Returns the mask as it was written, nil: it is not in
-- the list; and whether the new one was not there yet.
function ENTRIES.rename(key, letter, before, after, param)
  local list = ROOM.list(key, letter)
  local entry, is_new = call('HGET', list, before), call('HEXISTS', list, after) == 0
  if not entry then return nil end
  local ends = letter == 'b' and is_new and call('ZSCORE', ROOM.ends(key), before)
  local was = ENTRIES.remove(key, letter, before)
  if is_new then call('HSET', list, after, param .. string.match(entry, '%z.*$')) end
  if ends then call('ZADD', ROOM.ends(key), ends, after) end
  return was, is_new
end
-- The letter of a list that has changed, in the modes of the room.
function ENTRIES.note(key, letter)
  local modes = string.gsub(call('HGET', key, 'modes') or '', letter, '')
  if call('EXISTS', ROOM.list(key, letter)) == 1 then modes = modes .. letter end
  call('HSET', key, 'modes', modes)
end
-- When the next ban of a room ends.
function ENTRIES.note_next(key, rid)
  local next_one = call('ZRANGE', ROOM.ends(key), 0, 0, 'WITHSCORES')
  if next_one[2] then
    call('ZADD', SERVER.timed, next_one[2], rid)
  else
    call('ZREM', SERVER.timed, rid)
  end
end
-- A ban ends then, ms since 1970, 0 = when it is lifted.
function ENTRIES.end_at(key, mask, ends_ms)
  if ends_ms > 0 then
    call('ZADD', ROOM.ends(key), ends_ms, mask)
  elseif call('ZREM', ROOM.ends(key), mask) == 0 then
    return
  end
  ENTRIES.note_next(key, call('HGET', key, 'rid'))
end
-- Lift some of the bans that are over; the server says it. Returns how many rooms were looked at.
local MOST_AT_ONCE = 12 -- parameters of one MODE
function ENTRIES.sweep(now, most, server)
  local due = call('ZRANGEBYSCORE', SERVER.timed, '-inf', now, 'LIMIT', 0, most)
  for _, rid in ipairs(due) do
    local room = call('GET', ROOM.by_id(rid))
    local key = room and room_key(room)
    local lifted = {}
    for _, mask in ipairs(key and call('ZRANGEBYSCORE', ROOM.ends(key), '-inf', now, 'LIMIT', 0, MOST_AT_ONCE) or {}) do
      lifted[#lifted + 1] = ENTRIES.remove(key, 'b', mask)
      call('ZREM', ROOM.ends(key), mask)
    end
    if #lifted > 0 then
      ENTRIES.note(key, 'b')
      local changes = '-' .. string.rep('b', #lifted) .. ' ' .. concat(lifted, ' ')
      emit(key, RECORD.modes('', '', '', server, '', call('HGET', key, 'name'), changes))
    end
    if key then ENTRIES.note_next(key, rid) else call('ZREM', SERVER.timed, rid) end
  end
  return #due
end
