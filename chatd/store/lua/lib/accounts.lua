-- Accounts that have another name than before. The person is the same: its uid tells under which name the account
-- was made. What others have of it, records and what they have read, has the name that it had then.
local NAMES = { most = 20 } -- earlier names of one account, and holders of one name, that are known

-- The account that a person has, folded, by its uid; nil = it was never renamed, or is no account.
function NAMES.account_of(uid) return byte(uid) == 61 and call('HGET', SERVER.renamed, uid) or nil end -- =
-- When an account of that name is made, ms. Who had the name in the same moment, and has another one now, is another
-- person.
function NAMES.made(name)
  local ms = now_ms()
  while NAMES.account_of('=' .. name .. '@' .. ms) do ms = ms + 1 end
  return ms
end
-- "ms word" of each entry of a list, the oldest first.
local function each_in(list) return string.gmatch(list or '', '(%d+) (%Z+)') end
-- A list with one entry more, or without those of a word.
local function list_with(list, ms, word)
  local all = {}
  for at, other in each_in(list) do
    if ms or other ~= word then all[#all + 1] = at .. ' ' .. other end
  end
  if ms then all[#all + 1] = ms .. ' ' .. word end
  if #all > NAMES.most then table.remove(all, 1) end
  return concat(all, SEP)
end
-- The earlier names of who is called so now, as shown: the oldest first, each with the ms until which it had it.
function NAMES.before(shown)
  local names = {}
  for at, name in each_in(call('HGET', SERVER.renamed, '>' .. shown)) do
    local written, folded = string.match(name, '^([^\1]*)\1(.*)$')
    names[#names + 1] = { name = written, folded = folded, to = tonumber(at) }
  end
  return names
end
-- All names that a person's account has had, each from when until when; nil = it was never renamed.
function NAMES.of(uid)
  local akey = NAMES.account_of(uid)
  if not akey then return nil end
  local shown = call('HGET', ACCOUNT.facts(akey), 'name') or ''
  local names, from = NAMES.before(shown), tonumber(string.match(uid, '@(%d+)$') or '0')
  names[#names + 1] = { name = shown, to = math.huge }
  for _, one in ipairs(names) do
    one.from, from = from, one.to
  end
  return names
end
-- The account, folded, that had a name, folded or as shown, at a time, ms, and has another one now; nil = none.
-- `known`: what has been asked in this call.
function NAMES.had_by(name, ms, known)
  local holders = known and known[name]
  if holders == nil then
    holders = call('HGET', SERVER.renamed, '<' .. name) or false
    if known then known[name] = holders end
  end
  if not holders then return nil end
  for at, uid in each_in(holders) do
    if ms <= tonumber(at) then return NAMES.account_of(uid) end
  end
end
-- The name, as shown, that the account has now which was called so at a time.
function NAMES.now(shown, ms, known)
  local akey = shown ~= '' and NAMES.had_by(shown, ms, known)
  return akey and call('HGET', ACCOUNT.facts(akey), 'name') or shown
end

local function each_spelling(one, change)
  for name in pairs({ [one.name] = true, [one.folded] = true }) do
    local list = change(call('HGET', SERVER.renamed, '<' .. name))
    if list == '' then call('HDEL', SERVER.renamed, '<' .. name) else call('HSET', SERVER.renamed, '<' .. name, list) end
  end
end
-- An account gets another name. `old`, `new`: folded; `shown`, `written`: the same as shown.
function NAMES.note(uid, old, shown, new, written)
  local ms, list = now_ms(), call('HGET', SERVER.renamed, '>' .. shown)
  call('HDEL', SERVER.renamed, '>' .. shown)
  call('HSET', SERVER.renamed, uid, new, '>' .. written, list_with(list, ms, shown .. '\1' .. old))
  each_spelling({ name = shown, folded = old }, function(holders) return list_with(holders, ms, uid) end)
end
-- An account ends.
function NAMES.forget(uid, shown)
  if not NAMES.account_of(uid) then return end
  for _, one in ipairs(NAMES.before(shown)) do
    each_spelling(one, function(holders) return list_with(holders, nil, uid) end)
  end
  call('HDEL', SERVER.renamed, uid, '>' .. shown)
end
