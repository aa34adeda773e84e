-- Make an account for a name.
-- sid: text        session id, '' = somebody who is not connected yet: nobody may have the name
-- name: text       folded, which the session must have
-- shown: text      name as shown
-- password: text   as argon2id wrote it
-- scram: text      verifier for SCRAM of the same
-- looks: text      what the name looks like
-- network: text    from where, '' = nobody is counted
-- most: int        accounts of one network in an hour, 0 = any number
-- digest: text     of the invitation, which is used up by one, '' = none is needed
-- Refuses: stale offline exists confusable uninvited wait(ms)
-- Returns: ok, uid
if stale() then return REFUSE.stale() end
local key = ACCOUNT.facts(name)
local look
if sid == '' then
  if call('EXISTS', USER.facts(name)) == 1 then return REFUSE.exists() end
  if looks_like(name, looks, nil, '') then return REFUSE.confusable() end
  if looks ~= name then look = looks end
else
  if call('HGET', USER.sessions(name), sid) ~= GW then return REFUSE.offline() end
  look = call('HGET', USER.facts(name), 'look')
end
if call('EXISTS', key) == 1 then return REFUSE.exists() end
local refusal = ADMISSION.refusal(network, most, digest)
if refusal then return refusal end
for skeleton in string.gmatch(look or '', '[^,]+') do call('HSET', SERVER.account_looks, skeleton, name) end
call('HSET', key, 'name', shown, 'password', password, 'scram', scram, 'created', NAMES.made(name), 'look', look or '')
-- what an earlier version has left of an account of that name
for _, fingerprint in ipairs(call('HKEYS', ACCOUNT.certs(name))) do call('HDEL', SERVER.certs, fingerprint) end
call('DEL', ACCOUNT.certs(name))
WORDS.watch(name, name)
ADMISSION.note(network, most, digest)
if network ~= '' then GUESSES.know(name, network) end
return { 'ok', account_uid(name) }
