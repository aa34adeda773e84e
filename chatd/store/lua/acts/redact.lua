-- Take back a message: histories show it no more, and who may have seen it is told.
-- sid: text      session id
-- name: text     of who asks, folded
-- kind: text     'r' room or 'u' user
-- target: text   room or user, folded
-- entry: text    the message's id in the stream
-- msgid: text
-- reason: text   not told of who may say nothing in the room
-- Refuses: stale offline nowhere unknown forbidden
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key, shown, prefix, from, made = nil, nil, '', 0, 0
if kind == 'r' then
  key = room_key(target)
  local found = call('HMGET', key, 'name', 'created', 'modes')
  shown, prefix, made = found[1], prefix_of(key, name), tonumber(found[2] or '0')
  if not shown or not prefix then return REFUSE.nowhere() end
  from = sees_from(key, name)
  if reason ~= '' and is_silenced(key, found[3] or '', name, prefix) then reason = '' end
else
  key = user_key(target)
  shown = call('HGET', USER.facts(target), 'nick')
  if not shown and not called(target) then return REFUSE.nowhere() end
end
-- What was said to an account is in the logs of the nicks that it has now, or waits in that of its name.
local nicks = kind == 'u' and not shown and WAITING.nicks(target) or {}
local ms = tonumber(string.match(entry, '^%d+'))
local record = (call('XRANGE', key .. LOG, entry, entry)[1] or { nil, { nil, '' } })[2][2]
for _, nick in ipairs(nicks) do
  local said = call('XRANGE', USER.log(nick), entry, entry)[1]
  if record == '' and said then record = said[2][2] end
end
if not find(record, '^[' .. SAID .. ']') or ms < from or ms < SHOWN.of(key).from then
  return REFUSE.unknown()
end
local sid_said = string.match(record, '^%Z*%z(%Z*)')
local own = call('HEXISTS', USER.sessions(name), sid_said) == 1 or said_by(called(name), entry, record)
-- an operator of this room was not one of the earlier room of that name
if not own and not (kind == 'r' and is_operator(prefix) and ms >= made) then
  -- whether others wrote to somebody is nobody's business
  return kind == 'r' and REFUSE.forbidden() or REFUSE.unknown()
end
local function hide(owner)
  local oldest = call('XRANGE', owner .. LOG, '-', '+', 'COUNT', 1)[1]
  local gone = oldest and string.match(oldest[1], '^%d+') or '0'
  call('ZREMRANGEBYSCORE', ROOM.redacted(owner), '-inf', '(' .. gone)
  call('ZADD', ROOM.redacted(owner), string.match(entry, '^%d+'), entry)
end
local id = ''
local function tell(where, as)
  hide(where)
  id = emit(where, RECORD.redaction(sid, id, name, source, account, as, msgid, reason))
end
if shown then
  tell(key, shown)
else
  shown = called(target).nick
  hide(key)
  let_go(FATE.user_outlasts, target, TTL.history)
  for _, nick in ipairs(nicks) do tell(user_key(nick), call('HGET', USER.facts(nick), 'nick')) end
end
if kind == 'u' and target ~= name then
  hide(user_key(name))
  emit(user_key(name), RECORD.redaction(sid, id, name, source, account, shown, msgid, reason))
end
return { 'ok' }
