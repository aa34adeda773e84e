-- Say what an account is in a registered room, for who is in it at once.
-- name: text     who asks, folded
-- room: text     folded
-- target: text   account, folded
-- level: text    '' = it is nothing any more
-- most: int      accounts in one list
-- Refuses: stale offline noroom notregistered(room) notop(room) noaccount protected(room) notlisted toomany
-- Returns: ok, room, account as shown, '1' if that was a change
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local f = call('HMGET', key, 'name', 'modes', 'founder', 'rid')
local shown, founder, rid = f[1], f[3], f[4]
if not shown then return REFUSE.noroom() end
local mine = ACCESS.standing(key, founder, name)
if not may_see(f[2], mine) then return REFUSE.noroom() end
if not founder then return REFUSE.notregistered(shown) end
local before = ACCESS.level(key, founder, target)
local entry = call('HGET', ROOM.access(key), target)
local told = call('HGET', ACCOUNT.facts(target), 'name')
local leaves = level == '' and target == account_of(name) and ACCESS.prefix(before)

local function is_stronger(one) return LEVEL[one] ~= '' and rank(LEVEL[one]) < rank(mine) end
-- Whether the account is in the room with a rank that who asks may not put out.
local function is_too_strong()
  local below = kicks(mine)
  for _, one in ipairs(call('SMEMBERS', ACCOUNT.online(target))) do
    if is_protected(prefix_of(key, one) or '', below) then return true end
  end
end
local function refusal()
  if not leaves and not is_full_operator(mine) then return REFUSE.notop(shown) end
  if level == '' then
    if not before then return REFUSE.notlisted() end
    return not leaves and is_stronger(before) and REFUSE.protected(shown) or nil
  end
  if not told then return REFUSE.noaccount() end
  if target == founder or is_stronger(level) or (before and is_stronger(before))
    or (level == 'banned' and is_too_strong()) then
    return REFUSE.protected(shown)
  end
  if not before and (call('HLEN', ROOM.access(key)) >= most
    or call('SCARD', ACCOUNT.access(target)) >= ACCESS.MOST_ROOMS) then
    return REFUSE.toomany()
  end
end
local refused = refusal()
if refused then return refused end
local account_shown = told or select(2, string.match(entry, '^(%Z*)%z(%Z*)'))
if level == (before or '') then return { 'ok', shown, account_shown, '' } end
if level == '' then
  ACCESS.remove(key, rid, target)
else
  local by = account ~= '' and account or source
  ACCESS.set(key, rid, target, level, account_shown, by, math.floor(now_ms() / 1000))
end

local minus, plus = ACCESS.prefix(before) or '', ACCESS.prefix(level) or ''
for _, one in ipairs(call('SMEMBERS', ACCOUNT.online(target))) do
  if account_of(one) == target then
    if level == 'banned' then
      ACCESS.put_out(room, one, source, shown, 'The account is kept out')
    else
      ACCESS.give(key, one, source, shown, minus, plus)
    end
  end
end
-- and for who was lost, and may come back
local uid = account_uid(target)
if level == 'banned' then call('ZREM', ROOM.were(key), uid) end
ACCESS.give_lost(rid, uid, minus, plus)
return { 'ok', shown, account_shown, '1' }
