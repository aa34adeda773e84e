-- Keep a password that was right in another form; nothing is done if it was changed meanwhile.
-- name: text       account, folded
-- checked: text    the hash that it was checked with
-- password: text   as argon2id wrote it now, '' = as it is
-- scram: text      verifier for SCRAM, '' = as it is
-- Refuses: stale
-- Returns: ok
if stale() then return REFUSE.stale() end
local key = ACCOUNT.facts(name)
if call('HGET', key, 'password') == checked then
  if password ~= '' then call('HSET', key, 'password', password) end
  if scram ~= '' then call('HSET', key, 'scram', scram) end
end
return { 'ok' }
