-- What is told to the owner of an account: how many wrong passwords there were since it was told last.
-- name: text   account, folded
-- Returns: ok, how many, from how many networks, 1 if from more than are counted
local found, sum, networks, more = call('HGETALL', ACCOUNT.wrong(name)), 0, 0, 0
for i = 1, #found, 2 do
  sum = sum + tonumber(found[i + 1])
  if found[i] == '*' then more = 1 else networks = networks + 1 end
end
if sum > 0 then call('DEL', ACCOUNT.wrong(name)) end
return { 'ok', sum, networks, more }
