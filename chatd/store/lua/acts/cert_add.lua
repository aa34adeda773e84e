-- A certificate proves from now on that its holder owns an account.
-- name: text          of who asks, folded
-- akey: text          account, folded
-- fingerprint: text   SHA-256 in hex
-- most: int           certificates that an account may have
-- Refuses: stale offline noaccount same exists toomany
-- Returns: ok
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if akey == '' or account_of(name) ~= akey then return REFUSE.noaccount() end
local whose = call('HGET', SERVER.certs, fingerprint)
if whose == akey then return REFUSE.same() end
if whose then return REFUSE.exists() end
local certs = ACCOUNT.certs(akey)
if call('HLEN', certs) >= most then return REFUSE.toomany() end
call('HSET', SERVER.certs, fingerprint, akey)
call('HSET', certs, fingerprint, now_ms())
return { 'ok' }
