-- What *playback does not play to an account any more.
-- name: text   who asks, folded
-- Returns: room, or name of somebody, '*' = everything; until when, ms; and so on
-- question
local akey = account_of(name)
if akey == '' then return {} end
return call('HGETALL', ACCOUNT.cleared(akey))
