-- Ban or mute somebody in a room, or a mask; who is banned by name or account is put out.
-- sid: text       session id
-- name: text      of who asks, folded
-- room: text      folded
-- target: text    nick, or the name of an account that is offline, folded; '' = it is about a mask
-- mask: text      folded, '' with a target
-- param: text     mask as written
-- akey: text      account that a mask names, folded: it has two sigmas, a mask has one ('' = none)
-- mutes: flag     it only mutes
-- ends_ms: int    for how long, ms, 0 = until it is lifted
-- reason: text    of the KICK
-- masks: int      entries of all lists together
-- Refuses: stale offline noroom notop(room) nouser protected(room) full(mask)
-- Returns: ok, room as shown, mask as written, when it ends, s since 1970, '0' = when it is lifted
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local f = call('HMGET', key, 'name', 'modes', 'founder')
local shown = f[1]
if not shown then return REFUSE.noroom() end
local mine = ACCESS.standing(key, f[3], name)
if not may_see(f[2], mine) then return REFUSE.noroom() end
if not may_change(mine, 'b') then return REFUSE.notop(shown) end

-- Of somebody: the account, which stays the same under every nick and host, else the host that is shown.
if target ~= '' then
  local who = call('HMGET', USER.facts(target), 'nick', 'account', 'akey', 'host')
  local kept = not who[1] and call('HGET', ACCOUNT.facts(target), 'name')
  if kept then who = { kept, kept, target } end
  if not who[1] then return REFUSE.nouser() end
  if (who[3] or '') ~= '' then
    akey = who[3]
    mask, param = 'a:' .. one_sigma(akey), 'a:' .. who[2]
  else
    param = '*!*@' .. who[4]
    mask = string.lower(param)
  end
  if mutes then mask, param = 'm:' .. mask, 'm:' .. param end
end
local out = {}
if not mutes then
  out = akey ~= '' and call('SMEMBERS', ACCOUNT.online(akey)) or target ~= '' and { target } or {}
end
local below = kicks(mine)
for _, one in ipairs(out) do
  if one ~= name and is_protected(prefix_of(key, one) or '', below) then return REFUSE.protected(shown) end
end
if call('HEXISTS', ROOM.list(key, 'b'), mask) == 0 then
  if ENTRIES.count(key) >= masks then return REFUSE.full(param) end
  ENTRIES.add(key, 'b', mask, param, source)
  ENTRIES.note(key, 'b')
  emit(key, RECORD.modes(sid, '', name, source, account, shown, '+b ' .. param))
end
local ends = ends_ms > 0 and now_ms() + ends_ms or 0
ENTRIES.end_at(key, mask, ends)
for _, one in ipairs(out) do ACCESS.put_out(room, one, source, shown, reason) end
return { 'ok', shown, param, tostring(math.ceil(ends / 1000)) }
