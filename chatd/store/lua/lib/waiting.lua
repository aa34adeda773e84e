-- What is said to an account whose name nobody has at the moment: it reaches the account under the nicks that it
-- has now, and waits for its next login when it has none.
local WAITING = {}
do -- Lua knows 200 locals at a time
-- Where an account is online, at most so many nicks: 64 messages in a call to all of them take 2 ms.
local MOST_REACHED = 4
function WAITING.nicks(akey)
  local names = {}
  for _, name in ipairs(call('SRANDMEMBER', ACCOUNT.online(akey), MOST_REACHED)) do
    if account_of(name) == akey then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end
-- The same message under a nick that may be longer: a line of it is cut at a character where it does not fit
-- any more. ":source COMMAND target :text" CR LF is 512 bytes at most.
local SAID_TO = '^(M%z%Z*%z)(%Z*)(%z%Z*%z)(%Z*)(%z%Z*%z)(%Z*)%z(%Z*)(%z%Z*%z)(%Z*)(%z%Z*)'
function WAITING.to_nick(record, nick, id)
  local begin, act, name, source, account, command, named, tags, text, number = string.match(record, SAID_TO)
  local room = 505 - #source - #command - #nick
  text = string.gsub(text, '[^\r\n]+', function(line)
    if #line <= room then return nil end
    local size = room
    while size > 0 and byte(line, size + 1) >= 128 and byte(line, size + 1) < 192 do size = size - 1 end
    return string.sub(line, 1, size)
  end)
  return begin .. (id or act) .. name .. source .. account .. command .. SEP .. nick .. tags .. text .. number
    .. SEP .. SEP .. named
end

-- How much may wait for an account: in all, of one who writes, and of all guests together. A message counts
-- once, and once more for each KB.
local MOST_WAITING, MOST_OF_ONE = 500, 100
-- Whether one more may wait, and then does: `who` has said it, uid, '-' = a guest.
function WAITING.may_wait(akey, who, record)
  local key, size = ACCOUNT.waiting(akey), 1 + math.floor(#record / 1024)
  local before = call('HMGET', key, 'all', who)
  local all, of_one = tonumber(before[1] or '0') + size, tonumber(before[2] or '0') + size
  local kept = tonumber(KEEP)
  if all > math.min(MOST_WAITING, kept) or of_one > math.min(MOST_OF_ONE, kept) then return false end
  call('HSET', key, 'all', all, who, of_one)
  return true
end
-- A message waits in the log of the account's name.
function WAITING.note(akey, id)
  call('HSETNX', ACCOUNT.waiting(akey), 'first', id)
  call('EXPIRE', ACCOUNT.waiting(akey), TTL.history)
  let_go(FATE.user_outlasts, akey, TTL.history)
end
local function is_later(id, than)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local than_ms, than_number = string.match(than, '^(%d+)-(%d+)$')
  if ms ~= than_ms then return tonumber(ms) > tonumber(than_ms) end
  return tonumber(number) > tonumber(than_number)
end
-- An account is there again: nothing waits any more. Under another nick it has another log, where what has waited
-- is said again under its id; `aloud`: in any case, for a gateway that has the user already. Whether there was
-- something.
function WAITING.collect(name, akey, aloud)
  local first = akey ~= '' and call('HGET', ACCOUNT.waiting(akey), 'first')
  if not first then return false end
  call('DEL', ACCOUNT.waiting(akey))
  if (name == akey and not aloud) or call('GET', USER.whose(akey)) ~= uid_of(name) then return false end
  local holds = SHOWN.of(user_key(akey))
  local last, nick = position(USER.log(name)), call('HGET', USER.facts(name), 'nick')
  for _, entry in ipairs(call('XRANGE', USER.log(akey), first, '+', 'COUNT', MOST_WAITING)) do
    local id, record = entry[1], entry[2][2]
    local is_said = find(record, '^' .. KIND.message .. '%z')
    if is_said and SHOWN.is(holds, id) then
      if name ~= akey then
        local fits = is_later(id, last)
        record = WAITING.to_nick(record, nick, not fits and id or nil)
        if fits then call('XADD', USER.log(name), id, 'e', record) else id = append(user_key(name), record) end
      end
      call(PUBLISH, user_key(name), id .. SEP .. record)
    end
  end
  return true
end
-- Whether guests may write to an account is known while it is away, too: what it had set last.
function WAITING.note_closed(akey, modes)
  if akey == '' then return end
  if find(modes, USER_MODE.REGISTERED_ONLY, 1, true) then
    call('HSET', ACCOUNT.facts(akey), 'closed', '1')
  else
    call('HDEL', ACCOUNT.facts(akey), 'closed')
  end
end
end
