-- Head of the library: runs once. Each file beside it is the body of one function of it.
-- ARGV[1] prefix of all keys; ARGV[2] id of the calling gateway; ARGV[3] entries kept per stream.
-- A record is what happened: fields joined by NUL: kind, session id, event id ('' = the stream's own),
-- name (folded), source (nick!user@host), account ('' = none), then what the kind needs.
-- A refusal is an array whose first element is a word in lower case; success begins with 'ok'.
local P, GW, KEEP -- these three, and what hangs on them, are set for each call
local ONLINE, PRES, LOOKS, WAS, PLAIN
local SEP = '\0'
local HISTORY_TTL = 604800 -- seconds that the log of a gone room or guest is kept
local QUIET_TTL = 600 -- the same where nothing was said: for gateways that were away
local byte, find, concat -- the functions of these names, which are not there either when this runs
local call -- redis.call, which there is in functions only

local ESC = { ['%'] = '%25', ['{'] = '%7B', ['}'] = '%7D' }
local PLAINTEXT = { ['%25'] = '%', ['%7B'] = '{', ['%7D'] = '}' }
local function esc(s) return (string.gsub(s, '[%%{}]', ESC)) end
local function room_key(r) return P .. ':room:{' .. esc(r) .. '}' end
local function user_key(u) return P .. ':user:{' .. esc(u) .. '}' end
-- The folded name in a key or channel of these.
local function name_in(key) return (string.gsub(string.match(key, '{(.*)}$'), '%%%x%x', PLAINTEXT)) end
local function fields(...) return table.concat({ ... }, SEP) end

-- A gateway whose lease is gone has been cleaned up by another: nothing it says counts any more.
-- A lease of 0 marks one that is being cleaned up.
local function stale()
  local lease = call('ZSCORE', PRES .. ':gateways', GW)
  return not lease or lease == '0'
end

-- Letters of user modes that go with what a user does: B a bot, o an operator. name -> letters, of
-- those about whom `identity` was asked; they stand behind the account of a record, after a byte 1.
local marks = {}
local function begin(ARGV)
  if ARGV[1] ~= P then
    P = ARGV[1]
    byte, find, concat = string.byte, string.find, table.concat
    ONLINE = P .. ':online'
    PRES = P .. ':{' .. ONLINE .. '}'
    LOOKS, WAS, PLAIN = PRES .. ':skeletons', PRES .. ':whowas', PRES .. ':plain'
  end
  GW, KEEP, call = ARGV[2], ARGV[3], redis.call
  if next(marks) then marks = {} end
end
local function marked(record)
  if not next(marks) then return record end
  local head, name = string.match(record, '^([^MS]%z[^%z]+%z[^%z]*%z([^%z]*)%z[^%z]*%z[^%z]*)')
  if not head or not marks[name] then return record end
  return head .. '\1' .. marks[name] .. string.sub(record, #head + 1)
end

-- To cut a stream with each entry costs 1 us an entry. So it is cut in one millisecond of ten, and
-- where more than ten entries came within one (ids end in -10, -20 ...), then.
local function append(key, record)
  local id = call('XADD', key .. ':log', '*', 'e', record)
  if byte(id, 13) == 48 or (#id > 15 and byte(id, -1) == 48) then
    call('XTRIM', key .. ':log', 'MAXLEN', '~', KEEP)
  end
  return id
end
local function emit(key, record)
  record = marked(record)
  local id = append(key, record)
  call('PUBLISH', key, id .. SEP .. record)
  return id
end
local function emit_global(record)
  record = marked(record)
  local id = append(PRES, record)
  call('PUBLISH', P .. ':global', id .. SEP .. record)
  return id
end
-- Id of a stream's newest entry, and how many it has ever had.
local function position(log)
  local last, added = '0-0', 0
  if call('EXISTS', log) == 1 then
    local info = call('XINFO', 'STREAM', log)
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then last = info[i + 1] end
      if info[i] == 'entries-added' then added = info[i + 1] end
    end
  end
  return last, added
end
local function now_ms()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- nick!user@host, account and nick of who is online under a name; nil when nobody is.
local function identity(name)
  local f = call('HMGET', PRES .. ':user:' .. name, 'nick', 'user', 'host', 'account', 'modes')
  if not f[1] then return nil end
  local letters = string.gsub(f[5] or '', '[^Bo]', '')
  marks[name] = letters ~= '' and letters or nil
  return f[1] .. '!' .. f[2] .. '@' .. f[3], f[4] or '', f[1]
end
local function rooms_of(name)
  local rooms = call('SMEMBERS', PRES .. ':rooms:' .. name)
  table.sort(rooms)
  return rooms
end
local function said_nothing(log)
  if call('XLEN', log) > 20 then return false end
  for _, entry in ipairs(call('XRANGE', log, '-', '+')) do
    if string.find(entry[2][2], '^[MS]') then return false end
  end
  return true
end
-- A registered room stays when nobody is in it.
-- What was said in a room that not everybody may enter is for those who were in it. When its last
-- members are lost with their connections their accounts are noted, and find it again; nobody else does.
local function is_private(key) return string.find(call('HGET', key, 'modes') or '', '[ikpsR]') ~= nil end
local function note_lost(key, name)
  local account = call('HGET', PRES .. ':user:' .. name, 'akey') or ''
  if account ~= '' and is_private(key) then
    call('SADD', key .. ':lost', account)
    call('EXPIRE', key .. ':lost', QUIET_TTL)
  end
end
local function drop_if_empty(room)
  local key = room_key(room)
  if call('EXISTS', key .. ':members') == 0 and call('HEXISTS', key, 'founder') == 0 then
    if is_private(key) then
      if call('EXISTS', key .. ':lost') == 0 then call('DEL', key .. ':log') end
    else
      call('DEL', key .. ':lost')
    end
    call('DEL', key, key .. ':b', key .. ':e', key .. ':I', key .. ':clean', key .. ':meta')
    call('SREM', PRES .. ':roomlist', room)
    call('EXPIRE', key .. ':log', said_nothing(key .. ':log') and QUIET_TTL or HISTORY_TTL)
    call('EXPIRE', key .. ':redacted', HISTORY_TTL)
  end
end

-- Whether a mask is for a text as a whole: '*' is any text, '?' one character. What stands between
-- the stars is looked for from the left, once each: no mask can take long.
local ANY = '[^\128-\191][\128-\191]*'
local function fits(mask, text)
  local at, from = 1, 1
  while true do
    local star = string.find(mask, '*', from, true)
    local piece = string.sub(mask, from, (star or 0) - 1)
    local pattern = string.gsub(string.gsub(piece, '[^%w?\128-\255]', '%%%0'), '%?', ANY)
    if from == 1 then pattern = '^' .. pattern end
    if not star then
      return (piece == '' and from > 1) or string.find(text, pattern .. '$', at) ~= nil
    end
    local _, last = string.find(text, pattern, at)
    if not last then return false end
    at, from = last + 1, star + 1
  end
end
-- Who somebody is to the masks: name!user@host, folded, and account, folded ('' = none).
local function subject(name)
  local f = call('HMGET', PRES .. ':user:' .. name, 'user', 'host', 'akey')
  return name .. '!' .. string.lower((f[1] or '') .. '@' .. (f[2] or '')), f[3] or ''
end
-- Whether one of a list's masks is for somebody. 'a:' masks are for accounts; those that only mute,
-- 'm:', count where `mute` says so.
local function listed(list, who, account, mute)
  for _, mask in ipairs(call('HKEYS', list)) do
    local muting = string.sub(mask, 1, 2) == 'm:'
    if muting then mask = string.sub(mask, 3) end
    if mute or not muting then
      if string.sub(mask, 1, 2) == 'a:' then
        if account ~= '' and fits(string.sub(mask, 3), account) then return true end
      elseif fits(mask, who) then
        return true
      end
    end
  end
  return false
end
local function banned(key, modes, who, account, mute)
  return string.find(modes, 'b', 1, true) and listed(key .. ':b', who, account, mute)
    and not (string.find(modes, 'e', 1, true) and listed(key .. ':e', who, account, mute))
end
-- A member's prefix modes; nil who is not one.
local function prefix_of(key, name)
  local member = call('HGET', key .. ':members', name)
  return member and string.match(member, '^[^%z]*')
end
-- Names of the members who have one of some prefix modes.
local function holders(key, letters)
  local names, members = {}, call('HGETALL', key .. ':members')
  for i = 1, #members, 2 do
    if string.find(members[i + 1], '^[^%z]*[' .. letters .. ']') then names[#names + 1] = members[i] end
  end
  return names
end

-- Whether a user has a user mode.
local function has_mode(name, letter)
  return string.find(call('HGET', PRES .. ':user:' .. name, 'modes') or '', letter, 1, true) ~= nil
end
-- Who hears what is said to them, with nothing to be said about it, is in a set: post.lua asks it.
local function note_plain(name, away, modes)
  call(away == '' and not find(modes, 'R', 1, true) and 'SADD' or 'SREM', PLAIN, user_key(name))
end
-- The sets of those who have a mode that is counted.
local function enter_modes(name, modes)
  for letter in string.gmatch('io', '.') do
    local has = string.find(modes, letter, 1, true)
    call(has and 'SADD' or 'SREM', PRES .. ':umode:' .. letter, name)
  end
end
-- Users online, rooms, the most users that there have been, how many are invisible, how many operators.
-- Every login asks this, so the most is kept here.
local function counted()
  local users, peak = call('SCARD', ONLINE), PRES .. ':peak'
  local most = tonumber(call('GET', peak) or '0')
  if users > most then
    most = users
    call('SET', peak, users)
  end
  return users, call('SCARD', PRES .. ':roomlist'), most, call('SCARD', PRES .. ':umode:i'),
    call('SCARD', PRES .. ':umode:o')
end
-- Change user modes, and tell the user's sessions; the modes afterwards.
local function change_modes(name, sid, add, remove)
  local source, account = identity(name)
  local before = call('HGET', PRES .. ':user:' .. name, 'modes') or ''
  local after, plus, minus = before, '', ''
  for letter in string.gmatch(add, '.') do
    if not string.find(after, letter, 1, true) then after, plus = after .. letter, plus .. letter end
  end
  for letter in string.gmatch(remove, '.') do
    if string.find(after, letter, 1, true) then
      after, minus = string.gsub(after, letter, ''), minus .. letter
    end
  end
  if plus .. minus == '' then return after end
  call('HSET', PRES .. ':user:' .. name, 'modes', after)
  enter_modes(name, after)
  if find(plus .. minus, 'R', 1, true) then
    note_plain(name, call('HGET', PRES .. ':user:' .. name, 'away') or '', after)
  end
  identity(name)
  local text = (plus ~= '' and '+' .. plus or '') .. (minus ~= '' and '-' .. minus or '')
  emit(user_key(name), fields('m', sid, '', name, source, account, text, after))
  return after
end
-- Let somebody write to a user in spite of user mode R; 1 when that is new.
local MOST_ACCEPTED = 1000
local function accept(name, other)
  local list = PRES .. ':accepts:' .. name
  if call('SCARD', list) >= MOST_ACCEPTED then return 0 end
  return call('SADD', list, other)
end
-- Mode Z is for who has only sessions with TLS.
local function is_secure(name)
  for _, host in ipairs(call('HVALS', PRES .. ':hosts:' .. name)) do
    if string.sub(host, 1, 1) ~= 'Z' then return false end
  end
  return true
end

-- What a name looks like, in one or two ways: "Names that look the same have the same skeleton".
-- An ASCII name is its own skeleton and is kept nowhere. Returns whom a name looks like, or nil;
-- one's own other names, and what belongs to one's account, do not count.
local function looks_like(name, skeletons, mine, akey)
  if akey == name then return nil end
  local function another(other)
    return other and other ~= name and other ~= mine
      and (akey == '' or (other ~= akey and call('HGET', PRES .. ':user:' .. other, 'akey') ~= akey))
  end
  for skeleton in string.gmatch(skeletons, '[^,]+') do
    local user = call('HGET', LOOKS, skeleton)
    if another(user) then return user end
    local account = call('HGET', LOOKS .. ':accounts', skeleton)
    if another(account) then return account end
    if skeleton ~= name and another(skeleton) and (call('EXISTS', PRES .. ':user:' .. skeleton) == 1
      or call('EXISTS', P .. ':account:{' .. esc(skeleton) .. '}') == 1) then
      return skeleton
    end
  end
end
local function forget_look(name)
  local user = PRES .. ':user:' .. name
  for skeleton in string.gmatch(call('HGET', user, 'look') or '', '[^,]+') do
    if call('HGET', LOOKS, skeleton) == name then call('HDEL', LOOKS, skeleton) end
  end
  call('HDEL', user, 'look')
end
local function remember_look(name, skeletons)
  if skeletons == name then return end
  for skeleton in string.gmatch(skeletons, '[^,]+') do call('HSET', LOOKS, skeleton, name) end
  call('HSET', PRES .. ':user:' .. name, 'look', skeletons)
end

-- Keep who had a name, for WHOWAS: some times of each name, of the names that were left last.
local WAS_TIMES, WAS_NAMES = 10, 10000
local function remember(name)
  local f = call('HMGET', PRES .. ':user:' .. name, 'nick', 'user', 'host', 'realname', 'account')
  call('LPUSH', WAS .. ':' .. name, fields(f[1], f[2], f[3], f[4], f[5] or '', now_ms()))
  call('LTRIM', WAS .. ':' .. name, 0, WAS_TIMES - 1)
  call('EXPIRE', WAS .. ':' .. name, HISTORY_TTL)
  call('ZADD', WAS, now_ms(), name)
  call('EXPIRE', WAS, HISTORY_TTL)
  if call('ZCARD', WAS) > WAS_NAMES then
    call('DEL', WAS .. ':' .. call('ZPOPMIN', WAS)[1])
  end
end

-- The user has no session left: off the roster, out of the rooms, one QUIT under one event id.
local function remove_user(name, sid, reason)
  local source, account, nick = identity(name)
  if not source then return end
  local id = emit_global(fields('-', sid, '', name, source, account))
  local rooms = rooms_of(name)
  for _, room in ipairs(rooms) do
    local key = room_key(room)
    note_lost(key, name)
    call('HDEL', key .. ':members', name)
    if call('EXISTS', key .. ':members') == 1 then
      emit(key, fields('Q', sid, id, name, source, account, reason, #rooms))
    end
    drop_if_empty(room)
  end
  remember(name)
  forget_look(name)
  enter_modes(name, '')
  call('DEL', PRES .. ':user:' .. name, PRES .. ':rooms:' .. name, PRES .. ':sessions:' .. name,
    PRES .. ':hosts:' .. name, PRES .. ':meta:' .. name, PRES .. ':accepts:' .. name,
    PRES .. ':invites:' .. name)
  call('SREM', ONLINE, nick)
  call('SREM', PLAIN, user_key(name))
  call('EXPIRE', user_key(name) .. ':log', HISTORY_TTL)
  call('EXPIRE', user_key(name) .. ':redacted', HISTORY_TTL)
end
local function end_session(gateway, sid, name, reason)
  call('HDEL', PRES .. ':gateway:' .. gateway, sid)
  local sessions = PRES .. ':sessions:' .. name
  if call('HDEL', sessions, sid) == 0 then return end
  call('HDEL', PRES .. ':hosts:' .. name, sid)
  if call('HLEN', sessions) == 0 then
    remove_user(name, sid, reason)
  elseif is_secure(name) then
    change_modes(name, sid, 'Z', '')
  end
end
