-- One user, closely.
-- name: text     folded
-- asker: text    who asks, folded
-- Returns: nothing when nobody is online under it, else nick, user, host, realname, account, away, since ms,
--   idle ms, user modes, number of sessions, for each of them 'Z' or '-' and its host, how many certificates
--   follow, for the user itself and for operators: those that its sessions have shown, if it is logged in to an
--   account, then room as shown, prefix modes of each room that the asker may see
-- question
local user = USER.facts(name)
local f = call('HMGET', user, 'nick', 'user', 'host', 'realname', 'account', 'away', 'since', 'active', 'modes')
if not f[1] then return {} end
f[8] = math.max(0, now_ms() - tonumber(f[8]))
f[9] = f[9] or ''
local hosts = call('HVALS', USER.hosts(name))
f[10] = #hosts
for _, host in ipairs(hosts) do f[#f + 1] = host end
local all = name == asker or is_staff(asker)
local certificates = {}
for _, sid in ipairs(all and call('HKEYS', USER.sessions(name)) or {}) do
  certificates[#certificates + 1] = call('HGET', SESSION.facts(sid), 'certificate') or nil
end
f[#f + 1] = #certificates
for _, shown in ipairs(certificates) do f[#f + 1] = shown end
local invisible = string.find(f[9], USER_MODE.INVISIBLE, 1, true)
for _, room in ipairs(rooms_of(name)) do
  local key = room_key(room)
  local found = call('HMGET', key, 'name', 'modes')
  local hidden = invisible or not may_see(found[2] or '', false)
  if all or not hidden or call('HEXISTS', ROOM.members(key), asker) == 1 then
    f[#f + 1] = found[1] or room
    f[#f + 1] = string.match(call('HGET', ROOM.members(key), name) or '', '^[^%z]*')
  end
end
return f
