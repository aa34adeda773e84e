-- Who of some names is online; or a page of who is in a room, or of everybody online.
-- kind: text     'names', 'room' or 'all'
-- most: int      about how many users make a page
-- asker: text    who asks, folded ('' = sees everybody)
-- start: text    where the page starts, '' = at the beginning; of names there is but one page
-- ...about: text   the room or the names, folded
-- Of a room and of all the asker sees who is not invisible (+i) or shares a room; an operator everybody. A
-- name is always found.
-- Returns: where the next page starts ('' = this is the last), room as shown ('' = none), then of each:
--   name, nick, user, host, realname, account, away, since ms, user modes, idle ms, prefix modes; names in
--   the order of the question, else sorted within the page
-- Over all pages who stays under one name is there, at least once: HSCAN: "A full iteration always
-- retrieves all the elements that were present in the collection from the start to the end".
-- question
local names, prefixes, shown, following = {}, {}, '', ''
local all = asker == '' or kind == 'names' or is_staff(asker)
if kind == 'room' then
  local key = room_key(about[1])
  local found = call('HMGET', key, 'name', 'modes')
  shown = found[1] or ''
  local inside = all or call('HEXISTS', ROOM.members(key), asker) == 1
  if may_see(found[2] or '', inside) then
    local page = call('HSCAN', ROOM.members(key), start == '' and '0' or start, 'COUNT', most)
    following = page[1] == '0' and '' or page[1]
    for i = 1, #page[2], 2 do
      names[#names + 1] = page[2][i]
      prefixes[page[2][i]] = string.match(page[2][i + 1], '^[^%z]*')
    end
  end
  all = inside
elseif kind == 'names' then
  names = about
else
  -- the sessions of one gateway after the other, by their ids: "cursor gateway"
  local seen, cursor, from = {}, string.match(start, '^(%d+) (.*)$')
  local gateways = call('ZRANGE', SERVER.gateways, 0, -1)
  gateways[#gateways + 1] = NOBODY
  table.sort(gateways)
  for _, gateway in ipairs(gateways) do
    if #names >= most and following == '' then following = '0 ' .. gateway end
    if following == '' and (not from or gateway >= from) then
      local at = gateway == from and cursor or '0'
      repeat
        local page = call('HSCAN', GATEWAY.sessions(gateway), at, 'COUNT', most)
        at = page[1]
        for i = 2, #page[2], 2 do
          local name = page[2][i]
          if not seen[name] then
            seen[name] = true
            names[#names + 1] = name
          end
        end
      until at == '0' or #names >= most
      if at ~= '0' then following = at .. ' ' .. gateway end
    end
  end
end
if kind ~= 'names' then table.sort(names) end
local function visible(name, modes)
  return all or name == asker or not string.find(modes, USER_MODE.INVISIBLE, 1, true)
    or #call('SINTER', USER.rooms(asker), USER.rooms(name)) > 0
end
local reply, now = { following, shown }, now_ms()
for _, name in ipairs(names) do
  local f = call('HMGET', USER.facts(name), 'nick', 'user', 'host', 'realname', 'account', 'away',
    'since', 'modes', 'active')
  if f[1] and visible(name, f[8] or '') then
    f[8], f[9] = f[8] or '', math.max(0, now - tonumber(f[9] or now))
    reply[#reply + 1] = name
    for part = 1, 9 do reply[#reply + 1] = f[part] or '' end
    reply[#reply + 1] = prefixes[name] or ''
  end
end
return reply
