-- Who a user is, and what is kept of who was lost.

-- The person behind a name: the account and when it was made, or the session of a guest.
local function uid_of(name) return call('HGET', USER.facts(name), 'uid') or '' end
local function account_uid(akey, created) return '=' .. akey .. '@' .. (created or '0') end

-- A user logs in to an account, or has none any more: it is another person from now on, with the same log.
-- `was` is who it was: what it sent and whom it let write then is still its own.
local function become(name, uid)
  local before = uid_of(name)
  if before == uid then return end
  call('HSET', USER.facts(name), 'uid', uid, 'was', before)
  if call('GET', USER.whose(name)) == before then call('SET', USER.whose(name), uid) end
end

-- A user is logged in to another account than before ('' = none): who is logged in to one is in a set.
local function note_account(name, before, after)
  if before ~= '' then call('SREM', ACCOUNT.names(before), name) end
  if after ~= '' then call('SADD', ACCOUNT.names(after), name) end
end

-- Keep what a user holds. The log stays where it is until somebody else takes the name.
local function keep_all(name, uid, rooms)
  local kept, f = PERSON.kept(uid), call('HMGET', USER.facts(name), 'modes', 'away')
  local row = { 'name', name, 'modes', f[1] or '', 'away', f[2] or '' }
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
  call('DEL', unpack(named(PERSON_ENDS, uid)))
  call('HSET', kept, unpack(row))
  call('EXPIRE', kept, GRACE_TTL)
  for _, part in ipairs({ 'meta', 'accepts' }) do
    if call('EXISTS', USER[part](name)) == 1 then
      call('RENAME', USER[part](name), PERSON[part](uid))
      call('EXPIRE', PERSON[part](uid), GRACE_TTL)
    end
  end
end

-- A person has a name from now on: the log of the name is that of the person, or a new one. That of
-- somebody else is kept for who was lost, and else forgotten. Returns id of the newest entry, and how many
-- there have ever been.
local function take_log(name, uid)
  local whose = call('GET', USER.whose(name))
  if whose == uid then
    keep_on(USER_OUTLASTS, name)
    return position(USER.log(name))
  end
  if whose then
    local kept = call('EXISTS', PERSON.kept(whose)) == 1
    for _, part in ipairs({ 'log', 'redacted' }) do
      if kept and call('EXISTS', USER[part](name)) == 1 then
        call('RENAME', USER[part](name), PERSON[part](whose))
        call('EXPIRE', PERSON[part](whose), GRACE_TTL)
      else
        call('DEL', USER[part](name))
      end
    end
  end
  call('SET', USER.whose(name), uid)
  return '0-0', 0
end
-- The same for a person who was lost: what was moved away comes back.
local function take_log_back(name, uid)
  if call('EXISTS', PERSON.log(uid)) == 1 then
    take_log(name, '') -- what is there now is somebody else's
    for _, part in ipairs({ 'log', 'redacted' }) do
      if call('EXISTS', PERSON[part](uid)) == 1 then
        call('RENAME', PERSON[part](uid), USER[part](name))
        call('PERSIST', USER[part](name))
      end
    end
    call('SET', USER.whose(name), uid)
  end
  return take_log(name, uid)
end
