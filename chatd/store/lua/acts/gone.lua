-- Tell rooms that somebody leaves, who is about to quit, where Redis has lost that it is there.
-- sid: text       session id
-- name: text      folded
-- source: text    nick!user@host and
-- account: text   account ('' = none) as its gateway has told them
-- reason: text    of the QUIT
-- ...rooms: (room, shown, entry)   where its gateway has told that it is: folded; as written; id of the entry
--   with which it has entered ('' = not known)
-- Returns: ok
local known = call('HGET', GATEWAY.sessions(GW), sid)
local renamed = known and known ~= name -- a NICK is lost, and the QUIT will be that of another name
-- Whether a log has had an entry and has it no more, though it was never cut so far.
local function has_lost(log, entry)
  if entry == '' or #call('XRANGE', log, entry, entry) > 0 then return false end
  local _, added = position(log)
  return added == call('XLEN', log) or #call('XRANGE', log, '-', entry, 'COUNT', 1) > 0
end

for _, one in ipairs(rooms) do
  local key = room_key(one.room)
  if not prefix_of(key, name) and (renamed or has_lost(ROOM.log(key), one.entry)) then
    emit(key, RECORD.part(sid, '', name, source, account, one.shown, reason))
    if call('EXISTS', key) == 0 then let_go(FATE.room_outlasts, key, TTL.quiet) end
  end
end
return { 'ok' }
