-- Values of METADATA: of who is logged in they are the account's, whatever its nicks, online or not; of a guest they
-- are the user's.
VALUES.most_told = 300 -- records of one call, 2 ms; who is not told asks by SYNC
-- Where those of a user are kept.
function VALUES.key(name)
  local akey = account_of(name)
  return akey ~= '' and ACCOUNT.meta(akey) or USER.meta(name)
end
-- What a guest has set is its account's from its login on, where that has no value of the key, and has room.
function VALUES.take_along(name, akey)
  if akey == '' or call('EXISTS', USER.meta(name)) == 0 then return end
  local mine, values = call('HGETALL', USER.meta(name)), ACCOUNT.meta(akey)
  for i = 1, #mine, 2 do
    if call('HLEN', values) < VALUES.most then call('HSETNX', values, mine[i], mine[i + 1]) end
  end
  call('DEL', USER.meta(name))
end
-- A table of key -> value.
function VALUES.all(key)
  local list, values = call('HGETALL', key), {}
  for i = 1, #list, 2 do values[list[i]] = list[i + 1] end
  return values
end
-- Those whose values change together with a user's: the user, and others of the same account. Each with its rooms.
function VALUES.users(name)
  local akey, users, records = account_of(name), {}, 0
  local names = { name }
  for _, other in ipairs(akey ~= '' and call('SMEMBERS', ACCOUNT.online(akey)) or {}) do
    if other ~= name then names[#names + 1] = other end
  end
  for _, one in ipairs(names) do
    local user = { name = one, nick = call('HGET', USER.facts(one), 'nick'), rooms = rooms_of(one) }
    records = records + #user.rooms + 2
    if #users > 0 and records > VALUES.most_told then break end
    users[#users + 1] = user
  end
  return users, records
end
-- Tell everybody whom it concerns about a value of a user; nil = it is gone.
function VALUES.tell(user, sid, source, account, key, value)
  local id = emit_global(RECORD.metadata(sid, '', user.name, source, account, user.nick, key, value))
  local record = RECORD.metadata(sid, id, user.name, source, account, user.nick, key, value)
  emit(user_key(user.name), record)
  for _, room in ipairs(user.rooms) do emit(room_key(room), record) end
end
-- A user has other values than before: it has another account, or none. Tables of key -> value.
function VALUES.changed(name, before, after)
  local source, account, nick = identity(name)
  local user = { name = name, nick = nick, rooms = rooms_of(name) }
  local left = math.floor(VALUES.most_told / (#user.rooms + 2))
  local function tell(key, value)
    left = left - 1
    if left >= 0 then VALUES.tell(user, '', source, account, key, value) end
  end
  for key in pairs(before) do
    if not after[key] then tell(key, nil) end
  end
  for key, value in pairs(after) do
    if before[key] ~= value then tell(key, value) end
  end
end
