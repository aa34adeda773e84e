-- Lift the bans or mutes of somebody in a room, or one mask.
-- sid: text       session id
-- name: text      of who asks, folded
-- room: text      folded
-- target: text    nick, or the name of an account that is offline, folded; '' = it is about a mask
-- mask: text      folded, '' with a target
-- mutes: flag     those that only mute, not the others
-- Refuses: stale offline noroom notop(room) noban
-- Returns: ok, room as shown, masks as written
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local f = call('HMGET', key, 'name', 'modes', 'founder', 'rid')
local shown = f[1]
if not shown then return REFUSE.noroom() end
local mine = ACCESS.standing(key, f[3], name)
if not may_see(f[2], mine) then return REFUSE.noroom() end
if not may_change(mine, 'b') then return REFUSE.notop(shown) end

local lifted, signs, params = {}, '-', {}
local function lift(one)
  local param = ENTRIES.remove(key, 'b', one)
  if not param then return end
  lifted[#lifted + 1], params[#params + 1] = param, param
  signs = signs .. 'b'
end
local function flush()
  if #params == 0 then return end
  emit(key, RECORD.modes(sid, '', name, source, account, shown, signs .. ' ' .. concat(params, ' ')))
  signs, params = '-', {}
end
local function is_meant(one, who, akey, parts)
  if (string.sub(one, 1, 2) == 'm:') ~= mutes then return false end
  if mutes then one = string.sub(one, 3) end
  if parts then return mask_fits(one, akey, parts) end
  return one == 'a:' .. who or one == who .. '!*@*'
end
if target == '' then
  lift(mask)
else
  local who, akey, parts = target, nil, nil
  if call('EXISTS', USER.facts(target)) == 1 then
    who, akey = subject(target)
    parts = parts_of(who)
  end
  for _, one in ipairs(call('HKEYS', ROOM.list(key, 'b'))) do
    if is_meant(one, one_sigma(who), akey, parts) then lift(one) end
    if #params == 12 then flush() end
  end
end
flush()
if #lifted == 0 then return REFUSE.noban() end
ENTRIES.note(key, 'b')
ENTRIES.note_next(key, f[4])
return { 'ok', shown, unpack(lifted) }
