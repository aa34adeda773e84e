-- How far the erasing of what somebody said is.
-- id: text     of the job ('' = the latest of the account)
-- akey: text   account, folded
-- Returns: ok, id ('' = there was none, or it is over for long), 1 while it goes on, entries looked at, changed
-- question
if id == '' then id = call('HGET', ACCOUNT.facts(akey), 'erasing') or '' end
local goes_on = call('HEXISTS', SERVER.erasures, id)
local f = call('HMGET', SERVER.erasure(id), 'looked', 'changed')
if goes_on == 0 and not f[1] then id = '' end
return { 'ok', id, goes_on, f[1] or 0, f[2] or 0 }
