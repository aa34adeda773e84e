-- Give a room another name; all that belongs to it stays.
-- sid: text       session id
-- name: text      of who asks, folded
-- old: text       room, folded
-- new: text       its new name, folded
-- written: text   its new name as written
-- reason: text
-- Refuses: stale offline noroom notin(room) notop(room) same exists
-- Returns: ok
-- The event 'V' stands in the log, which has the new name now. The old channel, and what is left of the
-- old log for gateways that are away, say with 'v' where it went.
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local before, after = room_key(old), room_key(new)
local found = call('HMGET', before, 'name', 'founder', 'rid')
local shown, founder = found[1], found[2]
if not shown then return REFUSE.noroom() end
local prefix = prefix_of(before, name)
if not prefix then return REFUSE.notin(shown) end
local owner = founder and founder == call('HGET', USER.facts(name), 'akey')
if not owner and (founder or not is_full_operator(prefix)) then
  return REFUSE.notop(shown)
end
if shown == written then return REFUSE.same() end
if old ~= new then
  if call('EXISTS', after) == 1 then return REFUSE.exists() end
  call('DEL', unpack(named(FATE.room_moves, after))) -- what is left of an earlier room of that name
  call('UNLINK', unpack(named(FATE.room_forgets, before)))
  call('UNLINK', unpack(named(FATE.room_forgets, after)))
  move(FATE.room_moves, before, after)
  call('SET', ROOM.by_id(found[3]), new) -- what members and invited have of it is its id
  call('SREM', SERVER.roomlist, old)
  call('SADD', SERVER.roomlist, new)
  if founder then
    local owned = ACCOUNT.rooms(founder)
    call('SREM', owned, old)
    call('SADD', owned, new)
  end
end
call('HSET', after, 'name', written)
local record = marked(RECORD.renamed(sid, '', name, source, account, shown, new, written, reason))
local id = append(after, record)
if old ~= new then
  record = KIND.moved .. string.sub(record, 2)
  call('XADD', ROOM.log(before), id, 'e', record)
  call('EXPIRE', ROOM.log(before), TTL.history)
end
call(PUBLISH, before, id .. SEP .. record)
return { 'ok' }
