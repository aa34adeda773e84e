-- Whether a mask is for a text as a whole: '*' is any text, '?' one character. What stands between
-- the stars is looked for from the left, once each: no mask can take long.
local ANY = '[^\128-\191][\128-\191]*'
local function fits(mask, text)
  local at, from = 1, 1
  while true do
    local star = string.find(mask, '*', from, true)
    local piece = string.sub(mask, from, (star or 0) - 1)
    local pattern = string.gsub(string.gsub(piece, '[^%w?\128-\255]', '%%%0'), '%?', ANY)
    if from == 1 then pattern = '^' .. pattern end
    if not star then
      return (piece == '' and from > 1) or string.find(text, pattern .. '$', at) ~= nil
    end
    local _, last = string.find(text, pattern, at)
    if not last then return false end
    at, from = last + 1, star + 1
  end
end
-- A folded name as masks are folded, see `fold` in chatd/wire/masks.py: it has one sigma.
local FINAL_SIGMA, SIGMA = '\207\130', '\207\131'
local function one_sigma(name)
  return find(name, FINAL_SIGMA, 1, true) and string.gsub(name, FINAL_SIGMA, SIGMA) or name
end
-- Who somebody is to the masks: name!user@host, as it is shown, folded, NUL, the other hosts that its
-- sessions come from, with spaces between; and account, folded ('' = none).
local function subject(name)
  local f = call('HMGET', USER.facts(name), 'seen', 'akey')
  return one_sigma(name) .. '!' .. (f[1] or '@' .. SEP), one_sigma(f[2] or '')
end
-- The part behind the name. `user`: folded, if it is outside ASCII; `hosts`: all that sessions come from.
local function seen_as(user, host, hosts)
  local others, known = {}, { [host] = true }
  for _, one in ipairs(hosts) do
    if not known[one] then others[#others + 1] = one end
    known[one] = true
  end
  return string.lower(user .. '@' .. host .. SEP .. concat(others, ' '))
end
-- The same in parts: "~" says that nobody but the client vouches for the user, and need not be in a mask.
local function parts_of(who)
  local name, user, shown, from = string.match(who, '^([^!]*)!([^@]*)@(%Z*)%z(.*)$')
  local parts = { name = name, users = { user }, hosts = { shown }, addresses = {} }
  if byte(user) == 126 then parts.users[2] = string.sub(user, 2) end
  for host in string.gmatch(from, '[^ ]+') do parts.hosts[#parts.hosts + 1] = host end
  for _, host in ipairs(parts.hosts) do parts.addresses[#parts.addresses + 1] = address_of(host) end
  return parts
end
local function any_fits(mask, texts)
  if mask == '*' then return true end
  for _, text in ipairs(texts) do
    if fits(mask, text) then return true end
  end
  return false
end
local function any_inside(network, addresses)
  for _, address in ipairs(addresses) do
    if is_inside(address, network) then return true end
  end
  return false
end
-- A mask has one "!" in front of one "@": names, users and hosts have neither.
local function is_for(mask, parts)
  local name, user, host = string.match(mask, '^([^!]*)!(.*)@([^@]*)$')
  if not name then return false end
  if not (any_fits(name, { parts.name }) and any_fits(user, parts.users)) then return false end
  if any_fits(host, parts.hosts) then return true end
  local network = network_of(host) or only_of(host)
  return network and any_inside(network, parts.addresses) or false
end
-- Whether a mask, folded, without 'm:', is for somebody. 'a:' masks are for accounts, 'u:' masks for who has none.
local function mask_fits(mask, account, parts)
  local kind = string.sub(mask, 1, 2)
  if kind == 'a:' then return account ~= '' and fits(string.sub(mask, 3), account) end
  if kind ~= 'u:' then return is_for(mask, parts) end
  return account == '' and is_for(string.sub(mask, 3), parts)
end
-- Whether one of a list's masks is for somebody: nil, 'b', or 'm' where it is one that only mutes, 'm:'. Those
-- count where `mute` says so.
local function listed(list, who, account, mute)
  local parts
  for _, mask in ipairs(call('HKEYS', list)) do
    local muting = string.sub(mask, 1, 2) == 'm:'
    if muting then mask = string.sub(mask, 3) end
    if mute or not muting then
      if string.sub(mask, 1, 2) ~= 'a:' then parts = parts or parts_of(who) end
      if mask_fits(mask, account, parts) then return muting and 'm' or 'b' end
    end
  end
end
local function banned(key, modes, who, account, mute)
  local found = string.find(modes, 'b', 1, true) and listed(ROOM.list(key, 'b'), who, account, mute)
  if not found then return nil end
  return not (string.find(modes, 'e', 1, true) and listed(ROOM.list(key, 'e'), who, account, mute)) and found
end
