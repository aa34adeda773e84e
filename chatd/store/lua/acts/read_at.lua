-- How far a user has read a room or what a person wrote.
-- name: text     of who asks, folded
-- kind: text     'r' room or 'u' user
-- target: text   folded
-- Refuses: offline
-- Returns: ok, target as shown ('' = there is none for who asks), ms since 1970, 0 = not known
-- question
if call('EXISTS', USER.facts(name)) == 0 then return REFUSE.offline() end
local called, shown = READING.target(name, kind, target)
return { 'ok', shown or '', READING.at(READING.key(name), called) }
