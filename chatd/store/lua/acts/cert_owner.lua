-- Whose a certificate is.
-- fingerprint: text   SHA-256 in hex
-- Returns: nothing when it is nobody's, else account, folded, its name as shown, and uid
-- question
local akey = call('HGET', SERVER.certs, fingerprint)
local shown = akey and call('HGET', ACCOUNT.facts(akey), 'name')
return shown and { akey, shown, account_uid(akey) } or {}
