-- Who had a name before, the latest first.
-- name: text    folded
-- most: int     0 = all
-- Returns: nick, user, host, realname, account, ms since 1970 when the name was left, uid of each
-- question
local reply = {}
for _, entry in ipairs(call('LRANGE', SERVER.was(name), 0, most - 1)) do
  local parts = 0
  for part in string.gmatch(entry .. SEP, '([^%z]*)%z') do
    reply[#reply + 1], parts = part, parts + 1
  end
  if parts == 6 then reply[#reply + 1] = '' end -- an older version did not note the person
end
return reply
