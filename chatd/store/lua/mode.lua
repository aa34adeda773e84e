-- Change a room's modes: what may be changed is, the rest is answered.
-- ARGV[4] session id; [5] name, folded; [6] room, folded; [7] bytes and [8] parameters that the
-- changes may take in one line; [9] entries of all lists together; [10...] six per change:
--   '+' or '-'; letter; kind 'list', 'param', 'flag' or 'prefix'; prefix modes of who may do it;
--   key: member or mask or room, folded; parameter as written ('' = none).
-- A parameter is kept under its letter; a mask as "mask NUL who set it NUL s since 1970".
-- Returns {'ok', room as shown, then for each change that was refused: its number, word, detail} or
-- {'stale'}, {'offline'}, {'noroom'}. Words: notop (detail: the room where), nouser, notmember, full,
-- noforward.
if stale() then return { 'stale' } end
local sid, name, room = ARGV[4], ARGV[5], ARGV[6]
local source, account = identity(name)
if not source then return { 'offline' } end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'modes')
local shown, modes = found[1], found[2]
if not shown then return { 'noroom' } end
local RANKS = 'qaohv'
local mine = prefix_of(key, name)
local reply = { 'ok', shown }

local function has_any(prefix, wanted) return prefix and string.find(prefix, '[' .. wanted .. ']') end
-- 1 is the strongest; a member without prefix is behind all.
local function rank(prefix)
  return prefix == '' and #RANKS + 1 or string.find(RANKS, '[' .. prefix .. ']')
end
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
  emit(key, fields('C', sid, '', name, source, account, shown, text))
  signs, params, sign, size = '', {}, '', 0
end
local function done(which, letter, param)
  local cost = 2 + (param and #param + 1 or 0)
  if size + cost > tonumber(ARGV[7]) or (param and #params >= tonumber(ARGV[8])) then flush() end
  if which ~= sign then signs, sign = signs .. which, which end
  signs, size = signs .. letter, size + cost
  params[#params + 1] = param
end

local change = {}
function change.list(which, letter, by, mask, param)
  local list = key .. ':' .. letter
  local entry = call('HGET', list, mask)
  if which == '+' then
    if entry then return end
    local count = 0
    for _, other in ipairs({ ':b', ':e', ':I' }) do count = count + call('HLEN', key .. other) end
    if count >= tonumber(ARGV[9]) then return 'full', param end
    call('HSET', list, mask, fields(param, source, math.floor(now_ms() / 1000)))
  else
    if not entry then return end
    param = string.match(entry, '^[^%z]*')
    call('HDEL', list, mask)
  end
  call('DEL', key .. ':clean')
  with(letter, call('EXISTS', list) == 1)
  done(which, letter, param)
end
function change.flag(which, letter)
  if (which == '+') == (has(letter) ~= nil) then return end
  with(letter, which == '+')
  done(which, letter)
end
function change.param(which, letter, by, folded, param)
  local before = has(letter) and call('HGET', key, letter)
  if which == '-' then
    if not before then return end
    call('HDEL', key, letter)
    with(letter, false)
    done(which, letter, letter == 'k' and before or nil)
    return
  end
  if letter == 'f' then
    local target = room_key(folded)
    local other = call('HGET', target, 'name')
    if not other or folded == room then return 'noforward', param end
    if not has_any(prefix_of(target, name), by) then return 'notop', other end
    param = other
  end
  if before == param then return end
  call('HSET', key, letter, param)
  with(letter, true)
  done(which, letter, param)
end
function change.prefix(which, letter, by, target, param)
  local member = call('HGET', key .. ':members', target)
  if not member then
    local nick = call('HGET', PRES .. ':user:' .. target, 'nick')
    if nick then return 'notmember', nick end
    return 'nouser', param
  end
  local prefix, nick = string.match(member, '^([^%z]*)%z(.*)$')
  if target ~= name and which == '-' and rank(prefix) < rank(mine) then return 'notop', shown end
  if (which == '+') == (string.find(prefix, letter, 1, true) ~= nil) then return end
  prefix = string.gsub(prefix, letter, '')
  if which == '+' then prefix = prefix .. letter end
  call('HSET', key .. ':members', target, prefix .. SEP .. nick)
  if target == name then mine = prefix end
  done(which, letter, nick)
end

for i = 10, #ARGV, 6 do
  local which, letter, kind, by, folded, param = unpack(ARGV, i, i + 5)
  local own = kind == 'prefix' and which == '-' and folded == name and mine
  local word, detail = 'notop', shown
  if own or has_any(mine, by) then word, detail = change[kind](which, letter, by, folded, param) end
  if word then
    for _, part in ipairs({ (i - 10) / 6, word, detail }) do reply[#reply + 1] = part end
  end
end
call('HSET', key, 'modes', modes)
flush()
return reply
