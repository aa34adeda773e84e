-- Whether an account may be made: asked before its password is computed.
-- name: text      folded
-- network: text   from where
-- most: int       accounts of one network in an hour, 0 = any number
-- digest: text    of the invitation, '' = none is needed
-- Refuses: exists uninvited wait(ms)
-- Returns: ok
-- question
if call('EXISTS', ACCOUNT.facts(name)) == 1 then return REFUSE.exists() end
return ADMISSION.refusal(network, most, digest) or { 'ok' }
