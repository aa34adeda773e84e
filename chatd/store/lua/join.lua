-- A user enters a room; the first who enters makes it.
-- ARGV[4] session id; [5] name, folded; [6] room, folded; [7] room as written; [8] rooms per user;
-- [9] modes of a new room; [10] prefix modes of who makes it; [11] key ('' = none); [12] name of the
-- server; [13] 'back' for one who was in it when the gateway was cut off: only bans keep those out.
-- Returns {'ok'}, {'already'} or {'stale'}, {'offline'}, {'toomany'}, or with the room as shown and
-- the room to go to instead ('' = none) {'full'}, {'invite'}, {'banned'}, {'key'}, {'guests'}.
if stale() then return { 'stale' } end
local sid, name, room = ARGV[4], ARGV[5], ARGV[6]
local source, account, nick = identity(name)
if not source then return { 'offline' } end
local key, mine, invites = room_key(room), PRES .. ':rooms:' .. name, PRES .. ':invites:' .. name
if call('HEXISTS', key .. ':members', name) == 1 then return { 'already' } end
if call('SCARD', mine) >= tonumber(ARGV[8]) then return { 'toomany' } end

-- An invitation is for the room as it was made then, not for a later one of that name.
local function invited(created) return call('HGET', invites, room) == created end

local function refusal(modes, limit, wanted, created)
  if not string.find(modes, '[bikRl]') or invited(created) then return nil end
  local who, akey = subject(name)
  if banned(key, modes, who, akey, false) then return 'banned' end
  if ARGV[13] == 'back' then return nil end
  if string.find(modes, 'i', 1, true)
    and not (string.find(modes, 'I', 1, true) and listed(key .. ':I', who, akey, false)) then
    return 'invite'
  end
  if string.find(modes, 'k', 1, true) and ARGV[11] ~= wanted then return 'key' end
  if string.find(modes, 'R', 1, true) and akey == '' then return 'guests' end
  if string.find(modes, 'l', 1, true) and call('HLEN', key .. ':members') >= tonumber(limit) then
    return 'full'
  end
end

local prefix, created = '', false
local found = call('HMGET', key, 'name', 'created', 'modes', 'founder', 'k', 'l', 'f')
if found[1] then
  local founder = found[4]
  if founder and founder ~= '' and founder == call('HGET', PRES .. ':user:' .. name, 'akey') then
    prefix = 'q'
  else
    local word = refusal(found[3], found[6], found[5], found[2])
    if word then return { word, found[1], string.find(found[3], 'f', 1, true) and found[7] or '' } end
  end
else
  created, prefix = true, ARGV[10]
  call('HSET', key, 'name', ARGV[7], 'created', now_ms(), 'modes', ARGV[9])
  call('SADD', PRES .. ':roomlist', room)
  if call('EXISTS', key .. ':lost') == 1
    and call('SISMEMBER', key .. ':lost', call('HGET', PRES .. ':user:' .. name, 'akey') or '') == 0 then
    call('DEL', key .. ':log', key .. ':lost')
  end
  call('PERSIST', key .. ':log')
  call('PERSIST', key .. ':redacted')
end
call('HDEL', invites, room)
call('HSET', key .. ':members', name, prefix .. SEP .. nick)
call('SADD', mine, room)
local more = call('HMGET', PRES .. ':user:' .. name, 'realname', 'away')
local shown = found[1] or ARGV[7]
local id = emit(key, fields('J', sid, '', name, source, account, shown, more[1], more[2]))
if prefix ~= '' and not created then
  emit(key, fields('C', '', '', name, ARGV[12], '', shown, '+' .. prefix .. ' ' .. nick))
end
if call('HLEN', PRES .. ':sessions:' .. name) > 1 then
  emit(user_key(name), fields('j', sid, id, name, source, account, room, id))
end
return { 'ok' }
