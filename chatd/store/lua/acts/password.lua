-- Change the password of the account that a user is logged in to: it may have been deleted meanwhile, and be
-- somebody else's.
-- name: text       folded
-- akey: text       account, folded
-- password: text   as argon2id wrote it
-- scram: text      verifier for SCRAM of the same
-- Refuses: stale offline noaccount
-- Returns: ok
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if akey == '' or account_of(name) ~= akey then return REFUSE.noaccount() end
call('HSET', ACCOUNT.facts(akey), 'password', password, 'scram', scram)
return { 'ok' }
