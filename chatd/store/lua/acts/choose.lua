-- What an account wants for itself.
-- name: text    of its user, folded
-- akey: text    account, folded
-- field: text   'replay', 'always' or 'retention': see docs/redis.md
-- value: text   '' = what the server has chosen for all
-- Refuses: stale offline noaccount
-- Returns: ok, replay and always as they are now
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if akey == '' or account_of(name) ~= akey then return REFUSE.noaccount() end
local facts = ACCOUNT.facts(akey)
if value == '' then call('HDEL', facts, field) else call('HSET', facts, field, value) end
local f = call('HMGET', facts, 'replay', 'always')
return { 'ok', f[1] or '', f[2] or '' }
