-- What a name looks like, in one or two ways: "Names that look the same have the same skeleton".
-- An ASCII name is its own skeleton and is kept nowhere. Returns whom a name looks like, or nil;
-- one's own other names, and what belongs to one's account, do not count.
local function looks_like(name, skeletons, mine, akey)
  if akey == name then return nil end
  local function another(other)
    return other and other ~= name and other ~= mine
      and (akey == '' or (other ~= akey and call('HGET', USER.facts(other), 'akey') ~= akey))
  end
  for skeleton in string.gmatch(skeletons, '[^,]+') do
    local user = call('HGET', SERVER.looks, skeleton)
    if another(user) then return user end
    local account = call('HGET', SERVER.account_looks, skeleton)
    if another(account) then return account end
    if skeleton ~= name and another(skeleton) and (call('EXISTS', USER.facts(skeleton)) == 1
      or call('EXISTS', ACCOUNT.facts(skeleton)) == 1) then
      return skeleton
    end
  end
end
local function forget_look(name)
  local user = USER.facts(name)
  for skeleton in string.gmatch(call('HGET', user, 'look') or '', '[^,]+') do
    if call('HGET', SERVER.looks, skeleton) == name then call('HDEL', SERVER.looks, skeleton) end
  end
  call('HDEL', user, 'look')
end
local function remember_look(name, skeletons)
  if skeletons == name then return end
  for skeleton in string.gmatch(skeletons, '[^,]+') do call('HSET', SERVER.looks, skeleton, name) end
  call('HSET', USER.facts(name), 'look', skeletons)
end

