-- Keep something about an account's session, for whoever goes on with it; of a guest's nothing is kept.
-- sid: text           session id
-- ...facts: (field, value)   watched, subscriptions, certificate, heard or lags; value '' = it is not so any more
-- Returns: ok
local key = SESSION.facts(sid)
if call('HEXISTS', GATEWAY.sessions(GW), sid) == 0 or call('EXISTS', key) == 0 then return { 'ok' } end
for _, one in ipairs(facts) do
  if one.value == '' then call('HDEL', key, one.field) else call('HSET', key, one.field, one.value) end
end
return { 'ok' }
