-- Give a registered room to another account, or ('' instead of an account) to nobody.
-- ARGV[4] session id; [5] name of the founder, folded; [6] room, folded; [7] account, folded;
-- [8] rooms per account; [9] name of the server.
-- Returns {'ok', room as shown, account as shown} or {'stale'}, {'offline'}, {'noroom'},
-- {'notfounder', room as shown}, {'noaccount'}, {'toomany'}.
if stale() then return { 'stale' } end
local name, room, heir = ARGV[5], ARGV[6], ARGV[7]
if not identity(name) then return { 'offline' } end
local key = room_key(room)
local found = call('HMGET', key, 'name', 'founder')
local shown, founder = found[1], found[2]
if not shown then return { 'noroom' } end
if not founder or founder ~= call('HGET', PRES .. ':user:' .. name, 'akey') then
  return { 'notfounder', shown }
end
local function account_key(account) return P .. ':account:{' .. esc(account) .. '}' end
local account = ''
if heir ~= '' then
  account = call('HGET', account_key(heir), 'name')
  if not account then return { 'noaccount' } end
  if heir ~= founder and call('SCARD', account_key(heir) .. ':rooms') >= tonumber(ARGV[8]) then
    return { 'toomany' }
  end
end
call('SREM', account_key(founder) .. ':rooms', room)
if heir == '' then
  call('HDEL', key, 'founder', 'founder_name', 'registered')
else
  call('SADD', account_key(heir) .. ':rooms', room)
  call('HSET', key, 'founder', heir, 'founder_name', account)
end

local members = call('HGETALL', key .. ':members')
for i = 1, #members, 2 do
  local theirs = call('HGET', PRES .. ':user:' .. members[i], 'akey')
  local prefix, nick = string.match(members[i + 1], '^([^%z]*)%z(.*)$')
  local has, sign = string.find(prefix, 'q', 1, true), nil
  if theirs == founder and founder ~= heir and has then
    sign, prefix = '-', string.gsub(prefix, 'q', '')
  elseif heir ~= '' and theirs == heir and not has then
    sign, prefix = '+', 'q' .. prefix
  end
  if sign then
    call('HSET', key .. ':members', members[i], prefix .. SEP .. nick)
    emit(key, fields('C', '', '', members[i], ARGV[9], '', shown, sign .. 'q ' .. nick))
  end
end
drop_if_empty(room)
return { 'ok', shown, account }
