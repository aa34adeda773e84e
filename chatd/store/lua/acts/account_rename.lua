-- Give an account another name; the person stays who it is, and who is logged in to it stays so, under its nick.
-- old: text       account, folded
-- new: text       its new name, folded
-- written: text   its new name as written
-- looks: text     what that looks like
-- looked: text    what the old name looks like, where the account does not say it
-- Refuses: noaccount same exists taken confusable toomany
-- Returns: ok, old name as shown, then of each user whose rooms are not told yet: name, folded, id of the event
local MOST_USERS, MOST_SESSIONS = 50, 500 -- that one call changes
local MOST_TOLD = 30 -- rooms that it tells
local users
local function refusal()
  local shown = call('HGET', ACCOUNT.facts(old), 'name')
  if not shown then return REFUSE.noaccount() end
  if shown == written then return REFUSE.same() end
  if old ~= new then
    if call('EXISTS', ACCOUNT.facts(new)) == 1 then return REFUSE.exists() end
    if call('EXISTS', USER.facts(new)) == 1 and account_of(new) ~= old then return REFUSE.taken() end
  end
  if looks_like(new, looks, nil, old) then return REFUSE.confusable() end
  if call('SCARD', ACCOUNT.online(old)) > MOST_USERS or call('HLEN', ACCOUNT.sessions(old)) > MOST_SESSIONS then
    return REFUSE.toomany()
  end
end
-- What the name looks like is the account's.
local function change_look()
  for skeleton in string.gmatch(call('HGET', ACCOUNT.facts(old), 'look') or looked, '[^,]+') do
    if call('HGET', SERVER.account_looks, skeleton) == old then call('HDEL', SERVER.account_looks, skeleton) end
  end
  local look = looks ~= new and looks or ''
  for skeleton in string.gmatch(look, '[^,]+') do call('HSET', SERVER.account_looks, skeleton, new) end
  call('HSET', ACCOUNT.facts(old), 'name', written, 'look', look)
end
local function change_words()
  local words = call('SMEMBERS', ACCOUNT.keywords(new))
  for _, user in ipairs(users) do words[#words + 1] = user end
  for _, word in ipairs(words) do
    call('SREM', SERVER.watchers(word), old)
    WORDS.watch(word, new)
  end
  WORDS.watch(new, new)
  WORDS.unwatch(old, new)
end
-- A ban of the account is one of the person.
local function change_ban()
  local ban = call('HGET', SERVER.bans, 'A ' .. old)
  if not ban then return end
  call('HDEL', SERVER.bans, 'A ' .. old)
  call('HSET', SERVER.bans, 'A ' .. new, ban)
  emit_global(RECORD.ban('', '', '', '', '', 'A', new, string.match(ban, '^(%Z*)%z(%Z*)%z(%Z*)%z(.*)$')))
  emit_global(RECORD.unban('', '', '', '', '', 'A', old))
end
local function change_users()
  for _, user in ipairs(users) do call('HSET', USER.facts(user), 'account', written, 'akey', new) end
  for _, sid in ipairs(call('HKEYS', ACCOUNT.sessions(new))) do call('HSET', SESSION.facts(sid), 'akey', new) end
  for _, room in ipairs(call('SMEMBERS', ACCOUNT.rooms(new))) do
    call('HSET', room_key(room), 'founder', new, 'founder_name', written)
  end
  for _, fingerprint in ipairs(call('HKEYS', ACCOUNT.certs(new))) do call('HSET', SERVER.certs, fingerprint, new) end
  ACCESS.forget_account(old, new, written)
end
local function tell_all(reply)
  local left = MOST_TOLD
  for _, user in ipairs(users) do
    local source, uid = identity(user), uid_of(user)
    local id = emit_global(RECORD.account('', '', user, source, written, written, uid))
    emit(user_key(user), RECORD.account('', id, user, source, written, written, uid))
    left = left - call('SCARD', USER.rooms(user))
    if left >= 0 then
      tell_account(user, id)
    else
      reply[#reply + 1], reply[#reply + 2] = user, id
    end
  end
  return reply
end

local refused = refusal()
if refused then return refused end
local uid, shown, born = account_uid(old), unpack(call('HMGET', ACCOUNT.facts(old), 'name', 'born'))
users = {}
for _, user in ipairs(call('SMEMBERS', ACCOUNT.online(old))) do
  if account_of(user) == old then users[#users + 1] = user end
end
change_look()
NAMES.note(uid, old, shown, new, written)
if old ~= new then
  if not born then call('HSET', ACCOUNT.facts(old), 'born', old) end
  call('DEL', unpack(named(FATE.account_moves, new))) -- what is left of an earlier account of that name
  move(FATE.account_moves, old, new)
end
change_users()
if old ~= new then
  change_words()
  change_ban()
  hand_log(uid, old, new) -- with what waits in it; who is online under a name keeps it
end
return tell_all({ 'ok', shown })
