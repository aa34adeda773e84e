-- Invite a user to a room. The invitation lets in once, in spite of those modes that who invites may lift.
-- sid: text      session id
-- name: text     of who invites, folded
-- room: text     folded
-- target: text   name of whom, folded
-- Refuses: stale offline noroom notin(room) notop(room) nouser member(room, nick)
--   toomany(nick)
-- Returns: ok, room as shown, nick, away text
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'modes', 'rid')
local shown = found[1]
if not shown then return REFUSE.noroom() end
local mine = prefix_of(key, name)
if not mine then return REFUSE.notin(shown) end
if not may_invite(found[2], mine) then return REFUSE.notop(shown) end
local them = call('HMGET', USER.facts(target), 'nick', 'away')
if not them[1] then return REFUSE.nouser() end
if call('HEXISTS', ROOM.members(key), target) == 1 then return REFUSE.member(shown, them[1]) end
-- Anybody may invite anybody: those of rooms that have ended make room for others, and there is an end.
local MOST_INVITED = 100
local function has_too_many(invites)
  if call('HEXISTS', invites, found[3]) == 1 or call('HLEN', invites) < MOST_INVITED then return false end
  for _, id in ipairs(call('HKEYS', invites)) do
    if call('EXISTS', ROOM.by_id(id)) == 0 then call('HDEL', invites, id) end
  end
  return call('HLEN', invites) >= MOST_INVITED
end
local invites = USER.invites(target)
if has_too_many(invites) then return REFUSE.toomany(them[1]) end
-- of several who invite, the modes of all together
local prefix = call('HGET', invites, found[3]) or ''
for letter in string.gmatch(mine, '.') do
  if not find(prefix, letter, 1, true) then prefix = prefix .. letter end
end
call('HSET', invites, found[3], prefix)
local id = emit(user_key(target), RECORD.invited(sid, '', name, source, account, shown, them[1]))
local operators = table.concat(holders(key, OPERATORS) or {}, ' ')
if operators ~= '' then
  emit(key, RECORD.invitation(sid, id, name, source, account, shown, them[1], operators))
end
return { 'ok', shown, them[1], them[2] }
