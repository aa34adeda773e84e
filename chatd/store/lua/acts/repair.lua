-- Put a user's rooms right, as its gateway has told them, where Redis has lost what came last.
-- sid: text      session id
-- name: text     folded
-- server: text   name of the server
-- ...rooms: (how, room, shown, modes, prefix, topic, topic_by, topic_at, k, l, f, entry)   'in': the user is in it;
--   'out': it is not; 'modes': it has other prefix modes. Then as with come_back.lua;
--   entry: with which it has entered or left
-- Who believes so already hears nothing of it but MODE. A ban that was set meanwhile holds.
-- Refuses: stale offline
-- Returns: ok
if stale() then return REFUSE.stale() end
local source, account, nick = identity(name)
if not source then return REFUSE.offline() end
local facts = call('HMGET', USER.facts(name), 'akey', 'realname', 'away', 'uid')
local who = { sid = sid, akey = facts[1] or '', realname = facts[2], away = facts[3], server = server }

local function without(letters, others)
  return others == '' and letters or (string.gsub(letters, '[' .. others .. ']', ''))
end
local function put_in(one)
  local key = room_key(one.room)
  if prefix_of(key, name) then return end -- another gateway of this user has
  local id = call('HGET', key, 'rid') or make_again(one)
  if put_back(who, name, one, id, 'returned') == 'banned' then
    local why = 'You were banned while the server was cut off'
    emit(key, RECORD.part(sid, '', name, source, account, call('HGET', key, 'name'), why))
    drop_if_empty(one.room, '')
  end
end
local function give_modes(one)
  local key = room_key(one.room)
  local before = prefix_of(key, name)
  if not before then return end
  set_member(key, name, one.prefix, nick, before)
  local shown = call('HGET', key, 'name')
  tell_prefix(key, name, server, shown, nick, without(one.prefix, before), without(before, one.prefix))
end
local function put_out(one)
  local key = room_key(one.room)
  local shown, id = unpack(call('HMGET', key, 'name', 'rid'))
  if not remove_member(key, name) then return end
  call('SREM', USER.rooms(name), id)
  note_left(key, facts[4] or '')
  emit(key, RECORD.left(sid, '', name, source, account, shown, '', one.entry))
  drop_if_empty(one.room, facts[4] or '')
end

for _, one in ipairs(rooms) do
  if one.how == 'in' then
    put_in(one)
  elseif one.how == 'modes' then
    give_modes(one)
  else
    put_out(one)
  end
end
return { 'ok' }
