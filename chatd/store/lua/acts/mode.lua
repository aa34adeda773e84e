-- Change a room's modes: what may be changed is, the rest is answered.
-- sid: text         session id
-- name: text        folded
-- room: text        folded
-- line_bytes: int   that the changes may take in one line
-- line_params: int  parameters in one line
-- masks: int        entries of all lists together
-- ...changes: (sign, letter, folded, param)   '+' or '-'; letter; member or mask or room, folded; parameter
--   as written ('' = none). A parameter is kept under its letter; a mask as "mask NUL who set it NUL s
--   since 1970"
-- Refuses: stale offline noroom; one by one: notop(room) nouser(nick) notmember(nick) full(mask)
--   noforward(room)
-- Returns: ok, room as shown, then of each change that was refused: its number from 0, word, detail
if stale() then return REFUSE.stale() end
local source, account = identity(name)
if not source then return REFUSE.offline() end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'modes', 'founder')
local shown, modes = found[1], found[2]
if not shown then return REFUSE.noroom() end
local mine = ACCESS.standing(key, found[3], name)
local reply = { 'ok', shown }

local function has(letter) return string.find(modes, letter, 1, true) end
local function with(letter, on)
  modes = string.gsub(modes, letter, '')
  if on then modes = modes .. letter end
end

-- What was done, in lines that fit.
local signs, params, sign, size = '', {}, '', 0
local function flush()
  if signs == '' then return end
  local text = table.concat({ signs, unpack(params) }, ' ')
  emit(key, RECORD.modes(sid, '', name, source, account, shown, text))
  signs, params, sign, size = '', {}, '', 0
end
local function done(which, letter, param)
  local cost = 2 + (param and #param + 1 or 0)
  if size + cost > line_bytes or (param and #params >= line_params) then flush() end
  if which ~= sign then signs, sign = signs .. which, which end
  signs, size = signs .. letter, size + cost
  params[#params + 1] = param
end

local change = {}
function change.list(which, letter, mask, param)
  local list = ROOM.list(key, letter)
  if which == '+' then
    if call('HEXISTS', list, mask) == 1 then return end
    if ENTRIES.count(key) >= masks then return REFUSE.full(param) end
    ENTRIES.add(key, letter, mask, param, source)
  else
    param = ENTRIES.remove(key, letter, mask)
    if not param then return end
  end
  with(letter, call('EXISTS', list) == 1)
  done(which, letter, param)
end
function change.flag(which, letter)
  if (which == '+') == (has(letter) ~= nil) then return end
  with(letter, which == '+')
  done(which, letter)
end
function change.param(which, letter, folded, param)
  local before = has(letter) and call('HGET', key, letter)
  if which == '-' then
    if not before then return end
    call('HDEL', key, letter)
    with(letter, false)
    done(which, letter, MODE[letter].told and before or nil)
    return
  end
  if letter == 'f' then
    local target = room_key(folded)
    local other, there = call('HMGET', target, 'name', 'modes'), prefix_of(target, name)
    if not other[1] or folded == room or not may_see(other[2], there) then return REFUSE.noforward(param) end
    if not may_change(there, letter) then return REFUSE.notop(other[1]) end
    param = other[1]
  end
  if before == param then return end
  call('HSET', key, letter, param)
  with(letter, true)
  done(which, letter, param)
end
function change.prefix(which, letter, target, param)
  local member = call('HGET', ROOM.members(key), target)
  if not member then
    local nick = call('HGET', USER.facts(target), 'nick')
    if nick then return REFUSE.notmember(nick) end
    return REFUSE.nouser(param)
  end
  local prefix, nick = string.match(member, '^([^%z]*)%z(.*)$')
  if target ~= name and which == '-' and rank(prefix) < rank(mine) then return REFUSE.notop(shown) end
  if (which == '+') == (string.find(prefix, letter, 1, true) ~= nil) then return end
  local before = prefix
  prefix = string.gsub(prefix, letter, '')
  if which == '+' then prefix = prefix .. letter end
  set_member(key, target, prefix, nick, before)
  if target == name then mine = prefix end
  done(which, letter, nick)
end

for number, one in ipairs(changes) do
  local kind, refused = MODE[one.letter].kind, nil
  local own = kind == 'prefix' and one.sign == '-' and one.folded == name and mine
  if own or may_change(mine, one.letter) then
    refused = change[kind](one.sign, one.letter, one.folded, one.param)
  else
    refused = REFUSE.notop(shown)
  end
  if refused then
    for _, part in ipairs({ number - 1, unpack(refused) }) do reply[#reply + 1] = part end
  end
end
call('HSET', key, 'modes', modes)
flush()
return reply
