-- How far somebody has read each room and what each person has written: a time, ms, that only goes on.
local READING = { most = 1000 }
-- It is kept with the account, or with a guest as long as that is online.
function READING.key(name)
  local akey = account_of(name)
  return akey ~= '' and ACCOUNT.read(akey) or USER.read(name)
end
-- What a person is called in it: who writes to somebody stands so in the record, account as shown or session.
function READING.called(account, sid) return account ~= '' and 'u:' .. account or 'g:' .. sid end
-- What a target is called in it, a list, and as it is shown (nil = as it was asked for). A room is there for who
-- is in it; its log keeps its id when the room gets another name, or ends and is made anew. `make`: give it one.
function READING.target(name, kind, target, make)
  if kind == 'u' then
    local one = met(target)
    if not one then return {} end
    local called = { READING.called(one.account, one.uid) }
    if one.was ~= '' and byte(one.was) ~= 61 then called[2] = READING.called('', one.was) end -- =
    return called, one.nick
  end
  local key = room_key(target)
  local shown = prefix_of(key, name) and call('HGET', key, 'name')
  if not shown then return {} end
  local log = ROOM.logid(key)
  if make then call('SET', log, call('HGET', key, 'rid'), 'NX') end
  local id = call('GET', log)
  return id and { 'r:' .. id } or {}, shown
end
-- Up to when somebody has read what is called so, ms; 0 = not known. What was read of an account while it had an
-- earlier name stands under that.
function READING.at(key, called)
  local latest = 0
  for _, one in ipairs(called) do
    latest = math.max(latest, tonumber(call('ZSCORE', key, one) or '0'))
    local shown = string.match(one, '^u:(.*)$')
    for _, had in ipairs(shown and NAMES.before(shown) or {}) do
      local read = tonumber(call('ZSCORE', key, READING.called(had.name, '')) or '0')
      latest = math.max(latest, math.min(read, had.to))
    end
  end
  return latest
end
-- What a guest has read is read by the account to which it logs in.
function READING.take_along(name, akey)
  local mine, account = USER.read(name), ACCOUNT.read(akey)
  if call('EXISTS', mine) == 0 then return end
  call('ZUNIONSTORE', account, 2, account, mine, 'AGGREGATE', 'MAX')
  call('ZREMRANGEBYRANK', account, 0, -1 - READING.most)
  call('DEL', mine)
end
-- Whether an id of a stream is before another one.
function READING.before(one, other)
  local ms, number = string.match(one, '^(%d+)-(%d+)$')
  local ms_there, number_there = string.match(other, '^(%d+)-(%d+)$')
  if ms ~= ms_there then return tonumber(ms) < tonumber(ms_there) end
  return tonumber(number) < tonumber(number_there)
end
