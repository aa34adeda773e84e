-- Who a user is, and what is kept of who was lost. `uid_of` stands in rooms.lua.
-- The person that an account is: the name under which it was made, and when.
local function account_uid(akey)
  local f = call('HMGET', ACCOUNT.facts(akey), 'created', 'born')
  return '=' .. (f[2] or akey) .. '@' .. (f[1] or '0')
end
-- Who a user is and who it was before, '' = nobody.
local function selves(name)
  local f = call('HMGET', USER.facts(name), 'uid', 'was')
  return f[1] or '', f[2] or ''
end
-- Who is called so, in the words of whom it concerns: who is online under the name, or else the account of
-- that name: uid, nick, account as shown ('' = none), who it was before. nil: there is neither.
local function called(name)
  local f = call('HMGET', USER.facts(name), 'uid', 'nick', 'account', 'was')
  if f[2] then return { uid = f[1] or '', nick = f[2], account = f[3] or '', was = f[4] or '' } end
  local shown = call('HGET', ACCOUNT.facts(name), 'name')
  if shown then return { uid = account_uid(name), nick = shown, account = shown, was = '' } end
end
-- Whether a person has said something, by entry id and record: under its account since that was made, by the name
-- that it had then, or as the guest that it is or was.
local function said_by(one, entry, record)
  local sid, account = string.match(record, '^%Z*%z(%Z*)%z%Z*%z%Z*%z%Z*%z([^%z\1]*)')
  if sid == one.uid or sid == one.was then return true end
  if account == '' or one.account == '' then return false end
  if one.names == nil then one.names = NAMES.of(one.uid) or false end
  local ms, made = tonumber(string.match(entry, '^%d+')), tonumber(string.match(one.uid, '@(%d+)$'))
  for _, had in ipairs(one.names or { { name = one.account, from = made, to = math.huge } }) do
    if account == had.name and made and ms >= had.from and ms <= had.to then return true end
  end
  return false
end
-- The same of whom a conversation was with: if nobody has the name, who had it last. `nick` is nil then.
local function met(name)
  local one = called(name)
  if one then return one end
  local nick, account, uid = string.match(call('LINDEX', SERVER.was(name), 0) or '',
    '^(%Z*)%z%Z*%z%Z*%z%Z*%z(%Z*)%z%Z*%z(%Z+)$')
  return nick and { uid = uid, account = account, was = '' }
end
-- Whether a direct message in somebody's own log passed between them and a person. What they have sent has
-- another's id and says to whom it went; what an older version wrote does not, and goes by the name.
local DIRECT = '^M%z%Z*%z(%Z*)%z(%Z*)%z%Z*%z%Z*%z%Z*%z(%Z*)%z%Z*%z%Z*%z%Z*%z?(%Z*)%z?(%Z*)$'
local function is_with(one, name, entry, record)
  local copy_of, sender, target, peer, named = string.match(record, DIRECT)
  if copy_of == '' or named ~= '' then
    if not one then return sender == name end
    return said_by(one, entry, record)
  end
  if not one or peer == '' then return string.lower(target or '') == name end
  return peer == one.uid or peer == one.was
end

-- A user logs in to an account, or has none any more: it is another person from now on, with the same log.
-- `was` is who it was: what it sent and whom it let write then is still its own.
local function become(name, uid)
  local before = uid_of(name)
  if before == uid then return end
  call('HSET', USER.facts(name), 'uid', uid, 'was', before)
  if call('HEXISTS', SERVER.plain, user_key(name)) == 1 then call('HSET', SERVER.plain, user_key(name), uid) end
  if call('GET', USER.whose(name)) == before then call('SET', USER.whose(name), uid) end
end
-- Where those are online who are logged in to an account. `akey`: '' = no account. `tell`: see WORDS.watch.
local function enter_account(name, akey, tell)
  if akey == '' then return end
  call('SADD', ACCOUNT.online(akey), name)
  WORDS.watch(akey, akey, tell)
  if name ~= akey then WORDS.watch(name, akey, tell) end
end
local function leave_account(name, akey)
  if akey == '' then return end
  call('SREM', ACCOUNT.online(akey), name)
  if name ~= akey then WORDS.unwatch(name, akey) end
end
-- What is done for each session of a user takes 1 ms for so many; to put all names of an account out of a room, 4.
local MOST_SESSIONS, MOST_NAMES = 1000, 200
local function is_everywhere(akey) return call('SCARD', ACCOUNT.online(akey)) >= MOST_NAMES end
local function account_of(name) return call('HGET', USER.facts(name), 'akey') or '' end

-- Nothing is kept any more of a person who was lost under a name.
local function forget_kept(uid, name)
  call('DEL', unpack(named(FATE.person_ends, uid, name)))
  call('SREM', PERSON.lost(uid), name)
end
-- The same of all names of a person.
local function forget_all_kept(uid)
  for _, name in ipairs(call('SMEMBERS', PERSON.lost(uid))) do forget_kept(uid, name) end
end
-- Keep what a user holds. The log stays where it is until somebody else takes the name.
local function keep_all(name, uid, rooms)
  local kept, f = PERSON.kept(uid, name), call('HMGET', USER.facts(name), 'modes', 'away')
  local row = { 'modes', f[1] or '', 'away', f[2] or '' }
  for _, room in ipairs(rooms) do
    local key = room_key(room)
    row[#row + 1] = 'r:' .. (call('HGET', key, 'rid') or '')
    row[#row + 1] = prefix_of(key, name) or ''
  end
  local invites = call('HGETALL', USER.invites(name))
  for i = 1, #invites, 2 do
    row[#row + 1] = 'i:' .. invites[i]
    row[#row + 1] = invites[i + 1]
  end
  forget_kept(uid, name)
  for i = 1, #row, 2 do call('HSET', kept, row[i], row[i + 1]) end -- they may be too many for one call
  call('EXPIRE', kept, TTL.grace)
  call('SADD', PERSON.lost(uid), name)
  call('EXPIRE', PERSON.lost(uid), TTL.grace)
  for _, part in ipairs({ 'meta', 'accepts' }) do
    if call('EXISTS', USER[part](name)) == 1 then
      call('RENAME', USER[part](name), PERSON[part](uid, name))
      call('EXPIRE', PERSON[part](uid, name), TTL.grace)
    end
  end
end

-- A person has a name from now on: the log of the name is that of the person, or a new one. That of
-- somebody else is kept for who was lost, and else forgotten. Returns id of the newest entry, and how many
-- there have ever been.
local function take_log(name, uid)
  local whose = call('SET', USER.whose(name), uid, 'GET')
  if not whose and find(uid, '=' .. name .. '@', 1, true) == 1 then whose = uid end
  if whose == uid then
    keep_on(FATE.user_outlasts, name)
    return position(USER.log(name))
  end
  if not whose then
    call('DEL', USER.log(name), USER.redacted(name)) -- an older version did not note whose they are
  else
    local kept = call('EXISTS', PERSON.kept(whose, name)) == 1
    for _, part in ipairs({ 'log', 'redacted' }) do
      if kept and call('EXISTS', USER[part](name)) == 1 then
        rename_key(USER[part](name), PERSON[part](whose, name))
        call('EXPIRE', PERSON[part](whose, name), TTL.grace)
      else
        call('DEL', USER[part](name))
      end
    end
  end
  return '0-0', 0
end
-- The same for a person who was lost: what was moved away comes back.
local function take_log_back(name, uid)
  if call('EXISTS', PERSON.log(uid, name)) == 1 then
    take_log(name, '') -- what is there now is somebody else's
    for _, part in ipairs({ 'log', 'redacted' }) do
      if call('EXISTS', PERSON[part](uid, name)) == 1 then
        rename_key(PERSON[part](uid, name), USER[part](name))
        call('PERSIST', USER[part](name))
      end
    end
    call('SET', USER.whose(name), uid)
  end
  return take_log(name, uid)
end
-- Nobody is online under either name: the log of the one, which is a person's, is that of the other from now on.
local function hand_log(uid, from, to)
  if call('EXISTS', USER.facts(from), USER.facts(to)) > 0 or call('GET', USER.whose(from)) ~= uid then return end
  take_log(to, uid)
  call('DEL', unpack(named(FATE.user_outlasts, to)))
  move(FATE.user_outlasts, from, to)
  let_go(FATE.user_outlasts, to, TTL.history)
end
-- Who was online while its account got another name has left: its log goes to where it will look for it. One that the
-- account has already under the new name stays.
local function follow_account(uid, name, akey, shown)
  if akey == name or NAMES.account_of(uid) ~= akey or call('GET', USER.whose(akey)) == uid then return end
  for _, one in ipairs(NAMES.before(shown)) do
    if one.folded == name then return hand_log(uid, name, akey) end
  end
end
