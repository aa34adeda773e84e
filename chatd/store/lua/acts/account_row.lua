-- What a list of accounts says of one.
-- name: text   account, folded
-- Returns: name as shown, when it was made, when somebody logged in last, ms, 0 = not known, sessions, '1' = an
--   operator's
-- question
local f = call('HMGET', ACCOUNT.facts(name), 'name', 'created', 'login', 'oper')
return { f[1] or name, f[2] or '0', f[3] or '0', call('HLEN', ACCOUNT.sessions(name)), f[4] or '' }
