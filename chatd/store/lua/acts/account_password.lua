-- Replace the password of an account from the server's own terminal: all that was kept of the old one goes.
-- name: text   account, folded
-- ...secret: (field, value)   what is kept of the new one
-- Refuses: noaccount
-- Returns: ok
local key = ACCOUNT.facts(name)
if call('EXISTS', key) == 0 then return REFUSE.noaccount() end
call('HDEL', key, 'password', 'scram')
for _, one in ipairs(secret) do call('HSET', key, one.field, one.value) end
return { 'ok' }
