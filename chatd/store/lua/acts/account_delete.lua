-- Delete an account: its name and its rooms are nobody's; who is logged in to it stays, as a guest.
-- name: text    account, folded
-- looks: text   what the name looks like, where the account does not say it
-- how: text     what becomes of what it said: keep, anonymise, erase
-- user: text    name, folded, of who asks, who has to be logged in to it ('' = from the server's own terminal)
-- Refuses: stale noaccount toomany
-- Returns: ok, id of the job that does this ('' = it is kept)
local key = ACCOUNT.facts(name)
if call('EXISTS', key) == 0 then return REFUSE.noaccount() end
if user ~= '' and stale() then return REFUSE.stale() end
if user ~= '' and account_of(user) ~= name then return REFUSE.noaccount() end
local job = ''
if how ~= 'keep' then
  job = ERASING.begin(how, name, '', 0)
  if not job then return REFUSE.toomany() end
end
for _, room in ipairs(call('SMEMBERS', ACCOUNT.rooms(name))) do
  ACCESS.forget(room_key(room))
  call('HDEL', room_key(room), 'founder', 'founder_name', 'registered')
  drop_if_empty(room)
end
-- What it was in rooms of others its users are no more.
local function take_levels(user)
  for _, rid in ipairs(call('SINTER', USER.rooms(user), ACCOUNT.access(name))) do
    local key = room_key(call('GET', ROOM.by_id(rid)))
    local f = call('HMGET', key, 'name', 'founder')
    ACCESS.give(key, user, identity(user), f[1], ACCESS.prefix(ACCESS.level(key, f[2], name)) or '', '')
  end
end
for _, user in ipairs(call('SMEMBERS', ACCOUNT.online(name))) do
  if account_of(user) == name then take_levels(user) end
end
ACCESS.forget_account(name)
local f = call('HMGET', key, 'look', 'name')
local uid = account_uid(name)
for skeleton in string.gmatch(f[1] or looks, '[^,]+') do
  if call('HGET', SERVER.account_looks, skeleton) == name then call('HDEL', SERVER.account_looks, skeleton) end
end
SESSIONS.forget_all(name)
local holders_of, values = call('SMEMBERS', ACCOUNT.online(name)), VALUES.all(ACCOUNT.meta(name))
forget_all_kept(uid)
NAMES.forget(uid, f[2] or '')
if #holders_of == 0 and call('GET', USER.whose(name)) == uid then
  call('DEL', unpack(named(FATE.user_outlasts, name)))
end
for _, fingerprint in ipairs(call('HKEYS', ACCOUNT.certs(name))) do call('HDEL', SERVER.certs, fingerprint) end
local keywords = call('SMEMBERS', ACCOUNT.keywords(name))
call('DEL', unpack(named(FATE.account_ends, name)))
for _, list in ipairs({ { name }, keywords, holders_of }) do
  for _, word in ipairs(list) do WORDS.unwatch(word, name) end
end

local function make_guest(user)
  change_modes(user, '', '', 'o')
  call('HSET', USER.facts(user), 'account', '', 'akey', '')
  become(user, call('HKEYS', USER.sessions(user))[1] or '')
  local source, guest = identity(user), uid_of(user)
  local id = emit_global(RECORD.account('', '', user, source, '', '', guest))
  emit(user_key(user), RECORD.account('', id, user, source, '', '', guest))
  tell_account(user, id)
  VALUES.changed(user, values, {})
end
-- a guest has no session without a connection
local function end_detached(user)
  local sessions = call('HGETALL', USER.sessions(user))
  for i = 1, #sessions, 2 do
    if sessions[i + 1] == NOBODY then end_session(NOBODY, sessions[i], user, 'Account deleted') end
  end
end
for _, user in ipairs(holders_of) do
  if account_of(user) == name then end_detached(user) end
  if account_of(user) == name then make_guest(user) end
end
return { 'ok', job }
