-- A certificate proves nothing any more.
-- name: text          of who asks, folded
-- akey: text          account, folded
-- fingerprint: text   SHA-256 in hex
-- Refuses: stale offline noaccount nocert
-- Returns: ok
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if akey == '' or account_of(name) ~= akey then return REFUSE.noaccount() end
if call('HDEL', ACCOUNT.certs(akey), fingerprint) == 0 then return REFUSE.nocert() end
call('HDEL', SERVER.certs, fingerprint)
return { 'ok' }
