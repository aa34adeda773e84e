-- Head of every script.
-- ARGV[1] prefix of all keys; ARGV[2] id of the calling gateway; ARGV[3] entries kept per stream.
-- A record is what happened: fields joined by NUL: kind, session id, event id ('' = the stream's own),
-- name (folded), source (nick!user@host), account ('' = none), then what the kind needs.
-- A refusal is an array whose first element is a word in lower case; success begins with 'ok'.
local P, GW, KEEP = ARGV[1], ARGV[2], ARGV[3]
local ONLINE = P .. ':online'
local PRES = P .. ':{' .. ONLINE .. '}'
local SEP = '\0'
local HISTORY_TTL = 604800 -- seconds that the log of a gone room or guest is kept
local call = redis.call

local ESC = { ['%'] = '%25', ['{'] = '%7B', ['}'] = '%7D' }
local function esc(s) return (string.gsub(s, '[%%{}]', ESC)) end
local function room_key(r) return P .. ':room:{' .. esc(r) .. '}' end
local function user_key(u) return P .. ':user:{' .. esc(u) .. '}' end
local function fields(...) return table.concat({ ... }, SEP) end

-- A gateway whose lease is gone has been cleaned up by another: nothing it says counts any more.
-- A lease of 0 marks one that is being cleaned up.
local function stale()
  local lease = call('ZSCORE', PRES .. ':gateways', GW)
  return not lease or lease == '0'
end

local function append(key, record)
  return call('XADD', key .. ':log', 'MAXLEN', '~', KEEP, '*', 'e', record)
end
local function emit(key, record)
  local id = append(key, record)
  call('PUBLISH', key, id .. SEP .. record)
  return id
end
local function emit_global(record)
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
  local f = call('HMGET', PRES .. ':user:' .. name, 'nick', 'user', 'host', 'account')
  if not f[1] then return nil end
  return f[1] .. '!' .. f[2] .. '@' .. f[3], f[4] or '', f[1]
end
local function rooms_of(name)
  local rooms = call('SMEMBERS', PRES .. ':rooms:' .. name)
  table.sort(rooms)
  return rooms
end
local function drop_if_empty(room)
  local key = room_key(room)
  if call('EXISTS', key .. ':members') == 0 then
    call('DEL', key)
    call('SREM', PRES .. ':roomlist', room)
    call('EXPIRE', key .. ':log', HISTORY_TTL)
  end
end

-- The user has no session left: off the roster, out of the rooms, one QUIT under one event id.
local function remove_user(name, sid, reason)
  local source, account, nick = identity(name)
  if not source then return end
  local id = emit_global(fields('-', sid, '', name, source, account))
  for _, room in ipairs(rooms_of(name)) do
    local key = room_key(room)
    call('HDEL', key .. ':members', name)
    if call('EXISTS', key .. ':members') == 1 then
      emit(key, fields('Q', sid, id, name, source, account, reason))
    end
    drop_if_empty(room)
  end
  call('DEL', PRES .. ':user:' .. name, PRES .. ':rooms:' .. name, PRES .. ':sessions:' .. name)
  call('SREM', ONLINE, nick)
  call('EXPIRE', user_key(name) .. ':log', HISTORY_TTL)
end
local function end_session(gateway, sid, name, reason)
  call('HDEL', PRES .. ':gateway:' .. gateway, sid)
  local sessions = PRES .. ':sessions:' .. name
  if call('HDEL', sessions, sid) == 1 and call('HLEN', sessions) == 0 then
    remove_user(name, sid, reason)
  end
end
