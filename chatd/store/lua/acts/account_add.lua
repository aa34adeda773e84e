-- Make an account from the server's own terminal, for a name that nobody has at the moment.
-- name: text    folded
-- shown: text   as shown
-- looks: text   what it looks like
-- ...secret: (field, value)   what is kept of the password
-- Refuses: exists taken confusable
-- Returns: ok
local key = ACCOUNT.facts(name)
if call('EXISTS', key) == 1 then return REFUSE.exists() end
if call('EXISTS', USER.facts(name)) == 1 then return REFUSE.taken() end
if looks_like(name, looks, nil, '') then return REFUSE.confusable() end
local look = looks ~= name and looks or ''
for skeleton in string.gmatch(look, '[^,]+') do call('HSET', SERVER.account_looks, skeleton, name) end
call('HSET', key, 'name', shown, 'created', NAMES.made(name), 'look', look)
for _, one in ipairs(secret) do call('HSET', key, one.field, one.value) end
WORDS.watch(name, name)
return { 'ok' }
