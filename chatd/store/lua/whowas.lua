-- Who had a name before, the latest first.
-- ARGV[4] name, folded; [5] how many at most (0 = all).
-- Returns rows of six, flat: nick, user, host, realname, account, ms since 1970 when the name was left.
-- question
local reply = {}
for _, entry in ipairs(call('LRANGE', WAS .. ':' .. ARGV[4], 0, ARGV[5] - 1)) do
  for part in string.gmatch(entry .. SEP, '([^%z]*)%z') do reply[#reply + 1] = part end
end
return reply
