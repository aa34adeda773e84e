-- A page of the sessions that have no connection.
-- start: text   where the page starts, '' = at the beginning
-- most: int     about how many make a page
-- Returns: where the next page starts ('' = this is the last), then session id, nick, user, host as others see it,
--   the host where it really was, account, folded, of each
-- Over all pages whatever stays is there, at least once: see who.lua.
-- question
local page = call('HSCAN', GATEWAY.sessions(NOBODY), start == '' and '0' or start, 'COUNT', most)
local reply = { page[1] == '0' and '' or page[1] }
for i = 1, #page[2], 2 do
  local sid, name = page[2][i], page[2][i + 1]
  local f = call('HMGET', USER.facts(name), 'nick', 'user', 'host', 'akey')
  local real = string.sub(call('HGET', USER.hosts(name), sid) or '', 2)
  for _, word in ipairs({ sid, f[1] or '', f[2] or '', f[3] or '', real, f[4] or '' }) do
    reply[#reply + 1] = word
  end
end
return reply
