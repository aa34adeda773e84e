-- A page of the sessions of an account.
-- akey: text    account, folded
-- start: text   where the page starts, '' = at the beginning
-- most: int     about how many make a page
-- Returns: where the next page starts ('' = this is the last), then of each: session id, device, nick, gateway ('*' =
--   it has no connection), since when, ms, when its user was active last or its connection ended, ms ('' = not
--   known), Z (TLS) or - and the host where it really is ('' = none)
-- Over all pages whatever stays is there, at least once: see who.lua.
-- question
local page = call('HSCAN', ACCOUNT.sessions(akey), start == '' and '0' or start, 'COUNT', most)
local reply = { page[1] == '0' and '' or page[1] }
for i = 1, #page[2], 2 do
  local sid = page[2][i]
  local f = call('HMGET', SESSION.facts(sid), 'name', 'device', 'began', 'left')
  local gateway = f[1] and call('HGET', USER.sessions(f[1]), sid)
  if gateway then
    local user = call('HMGET', USER.facts(f[1]), 'nick', 'active')
    local active = gateway == NOBODY and f[4] or gateway ~= NOBODY and user[2]
    local host = call('HGET', USER.hosts(f[1]), sid)
    for _, word in ipairs({ sid, f[2] or '', user[1] or '', gateway, f[3] or '', active or '', host or '' }) do
      reply[#reply + 1] = word
    end
  end
end
return reply
