-- Who may do what. What a mode of a room forbids stands in chatd/wire/modes.py, FORBIDS here; in this
-- file stands whom it forbids it. `modes`: the room's; `mine`: the prefix modes of who asks, nil = not in
-- the room.
local function has_any(prefix, letters) return prefix and find(prefix, '[' .. letters .. ']') ~= nil end
local function is_operator(mine) return has_any(mine, OPERATORS) end
local function is_full_operator(mine) return has_any(mine, FULL_OPERATORS) end
local function is_staff(name) return has_mode(name, USER_MODE.OPERATOR) end

-- Whether somebody may know of a room.
local function may_see(modes, inside) return inside or not find(modes, FORBIDS.see) end
local function may_see_values(modes, inside) return inside or not find(modes, FORBIDS.values) end
local function may_invite(modes, mine) return not find(modes, FORBIDS.invite) or is_operator(mine) end
local function may_set_topic(modes, mine) return not find(modes, FORBIDS.topic) or is_operator(mine) end
-- Whether a mode may be changed by who has these prefix modes.
local function may_change(mine, letter) return has_any(mine, MODE[letter].by) end

-- The prefix modes that whom one kicks may have; nil: one may kick nobody.
local function kicks(mine)
  for _, one in ipairs(KICKS) do
    if find(mine, one.rank, 1, true) then return one.below end
  end
end
local function is_protected(prefix, below) return find(prefix, '[^' .. below .. ']') ~= nil end
-- 1 is the strongest; a member without prefix is behind all.
local function rank(prefix) return prefix == '' and #RANKS + 1 or find(RANKS, '[' .. prefix .. ']') end

-- Whether an obstacle is in the way of who enters: an invitation by who may lift it overrides it, and so does
-- `level`, what the account of who enters is in the room.
local function stands(modes, letter, inviter, level)
  if not find(modes, letter, 1, true) or (inviter and may_change(inviter, letter)) then return false end
  return not level or (letter == 'b' and not ACCESS.is_above_bans(level))
end
-- Why somebody may not enter, as a word of refusal, or nil. `key_set`, `limit`: parameters of k and l;
-- `back`: was in the room when the gateway was cut off: only bans keep those out; `inviter`: the prefix
-- modes of who has invited them, then, nil = nobody has; `level`: what their account is there, nil = nothing.
local function may_not_enter(key, modes, key_set, limit, name, given, back, inviter, level)
  if level == 'banned' then return 'banned' end
  if not find(modes, FORBIDS.enter) then return nil end
  local who, akey = subject(name)
  if stands(modes, 'b', inviter, level) and banned(key, modes, who, akey, false) then return 'banned' end
  if back then return nil end
  if stands(modes, 'i', inviter, level)
    and not (find(modes, 'I', 1, true) and listed(ROOM.list(key, 'I'), who, akey, false)) then
    return 'invite'
  end
  if stands(modes, 'k', inviter, level) and given ~= key_set then return 'key' end
  if stands(modes, 'R', inviter, level) and akey == '' then return 'guests' end
  if stands(modes, 'l', inviter, level) and call('HLEN', ROOM.members(key)) >= tonumber(limit) then
    return 'full'
  end
end
-- From when on somebody sees what was said in a room, ms: who was in the room of that name before, all.
local function sees_from(key, name)
  local uid, was = selves(name)
  if was_in(key, uid) or was_in(key, was) then return 0 end
  return tonumber(call('HGET', key, 'created') or '0')
end

-- Whether a ban, 'b', or a mute, 'm', is for who speaks. Whom none is for is remembered until a list changes.
local function silenced(key, modes, who, account)
  if not find(modes, 'b', 1, true) then return false end
  local clean, id = ROOM.clean(key), who .. SEP .. account
  if call('SISMEMBER', clean, id) == 1 then return false end
  local found = banned(key, modes, who, account, true)
  if found then return found end
  call('SADD', clean, id)
  call('EXPIRE', clean, TTL.clean, 'NX')
  return false
end
-- Whether somebody may say nothing in a room. `mine`: its prefix modes there.
local function is_silenced(key, modes, name, mine)
  return mine == '' and find(modes, 'b', 1, true) and silenced(key, modes, subject(name))
end
-- A room in which somebody may say nothing, as shown, or nil: there who takes another name, or leaves its account,
-- could speak again. Where the rooms have very many masks not all are looked at.
local MOST_MASKS = 2500
local function silenced_in(name)
  local masks = 0
  for _, room in ipairs(rooms_of(name)) do
    local key = room_key(room)
    local f = call('HMGET', key, 'name', 'modes')
    if find(f[2] or '', 'b', 1, true) then
      masks = masks + call('HLEN', ROOM.list(key, 'b')) + call('HLEN', ROOM.list(key, 'e'))
      if masks > MOST_MASKS then return nil end
      if is_silenced(key, f[2], name, prefix_of(key, name)) then return f[1] end
    end
  end
end
-- The mode that forbids something to be said, or nil, or 'muted'; and whether only operators hear it. Asked only
-- about a room with a mode of FORBIDS.speak. `member`: of the sender, prefix modes, NUL, nick; `ctcp`: it is one,
-- and no ACTION.
local function may_not_speak(key, modes, member, sender, ctcp)
  if not member and find(modes, 'n', 1, true) then return 'n' end
  if ctcp and find(modes, 'C', 1, true) then return 'C' end
  if not find(modes, '[bmMU]') or (member and find(member, '^[^%z]')) then return nil end
  local who, account = subject(sender)
  local found = silenced(key, modes, who, account)
  if found then return found == 'm' and 'muted' or 'b' end
  if find(modes, 'U', 1, true) then return nil, true end
  if find(modes, 'm', 1, true) then return 'm' end
  if account == '' and find(modes, 'M', 1, true) then return 'M' end
end
