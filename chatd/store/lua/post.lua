-- Say something: check, append, publish, all in one act per message; the messages of one turn of a
-- gateway's loop share a call.
-- ARGV[4...] six per message:
--   target kind 'r' room or 'u' user; target, folded; sender, folded;
--   idempotency key ('' = none); flags: 'e' the sender wants an echo, 's' not worth storing;
--   record ('M', session id, '', sender, source, account, command, target as shown, tags, text, sequence number)
-- Returns one array per message: {'ok', id, away text of a user} or {'dup', id} (sent before under this
-- key) or {'stale'}, {'noroom'}, {'cannot', room as shown}, {'nouser'}.
local DEDUP_TTL = 86400 -- seconds for which a retry is the same message
local gone = stale()
local replies = {}

local function kept(key, record, flags)
  if not string.find(flags, 's', 1, true) then return emit(key, record) end
  call('PUBLISH', key, SEP .. record)
  return ''
end

local function to_room(key, sender, record, flags)
  local room = call('HMGET', key, 'name', 'modes')
  if not room[1] then return { 'noroom' } end
  if string.find(room[2], 'n', 1, true) and call('HEXISTS', key .. ':members', sender) == 0 then
    return { 'cannot', room[1] }
  end
  return { 'ok', kept(key, record, flags), '' }
end

local function to_user(target, sender, record, flags)
  local away = call('HGET', PRES .. ':user:' .. target, 'away')
  if not away then return { 'nouser' } end
  local id = kept(user_key(target), record, flags)
  if target ~= sender then
    -- the sender's own copy, under the same event id, for the other sessions
    local mine = user_key(sender)
    local copy = string.gsub(record, '^(M%z[^%z]*%z)', '%1' .. id, 1)
    local loud = string.find(flags, 'e', 1, true) or call('HLEN', PRES .. ':sessions:' .. sender) > 1
    local stored = ''
    if id ~= '' then stored = append(mine, copy) end
    if loud then call('PUBLISH', mine, stored .. SEP .. copy) end
  end
  return { 'ok', id, away }
end

for i = 4, #ARGV, 6 do
  local kind, target, sender, dedup, flags, record =
    ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local reply
  if gone then
    reply = { 'stale' }
  else
    local key, sent = kind == 'r' and room_key(target) or user_key(sender), nil
    if dedup ~= '' then
      sent = key .. ':sent:' .. (kind == 'r' and sender or target) .. ':' .. dedup
      local before = call('GET', sent)
      if before then reply = { 'dup', before } end
    end
    if not reply then
      if kind == 'r' then
        reply = to_room(key, sender, record, flags)
      else
        reply = to_user(target, sender, record, flags)
      end
      if sent and reply[1] == 'ok' then call('SET', sent, reply[2], 'EX', DEDUP_TTL) end
    end
  end
  replies[#replies + 1] = reply
end
return replies
