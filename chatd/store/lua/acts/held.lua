-- A page of the sessions that Redis holds of the calling gateway.
-- start: text   where the page starts, '' = at the beginning
-- most: int     about how many make a page
-- Returns: where the next page starts ('' = this is the last), then session id, name, folded, uid of each
-- Over all pages whatever stays is there, at least once: see who.lua.
-- question
local page = call('HSCAN', GATEWAY.sessions(GW), start == '' and '0' or start, 'COUNT', most)
local reply = { page[1] == '0' and '' or page[1] }
for i = 1, #page[2], 2 do
  for _, word in ipairs({ page[2][i], page[2][i + 1], uid_of(page[2][i + 1]) }) do reply[#reply + 1] = word end
end
return reply
