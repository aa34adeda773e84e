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
-- Who somebody is to the masks: name!user@host, folded, and account, folded ('' = none).
local function subject(name)
  local f = call('HMGET', USER.facts(name), 'user', 'host', 'akey')
  return name .. '!' .. string.lower((f[1] or '') .. '@' .. (f[2] or '')), f[3] or ''
end
-- Whether one of a list's masks is for somebody. 'a:' masks are for accounts; those that only mute,
-- 'm:', count where `mute` says so.
local function listed(list, who, account, mute)
  for _, mask in ipairs(call('HKEYS', list)) do
    local muting = string.sub(mask, 1, 2) == 'm:'
    if muting then mask = string.sub(mask, 3) end
    if mute or not muting then
      if string.sub(mask, 1, 2) == 'a:' then
        if account ~= '' and fits(string.sub(mask, 3), account) then return true end
      elseif fits(mask, who) then
        return true
      end
    end
  end
  return false
end
local function banned(key, modes, who, account, mute)
  return string.find(modes, 'b', 1, true) and listed(ROOM.list(key, 'b'), who, account, mute)
    and not (string.find(modes, 'e', 1, true) and listed(ROOM.list(key, 'e'), who, account, mute))
end
