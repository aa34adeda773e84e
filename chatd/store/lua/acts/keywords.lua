-- Change the words that an account wants to hear of.
-- name: text       of who asks, folded
-- add: flag        else they are removed
-- most: int        words that an account may have
-- ...words: text   folded
-- Refuses: stale offline guest toomany
-- Returns: ok, the words for which that was a change
if stale() then return REFUSE.stale() end
if call('EXISTS', USER.facts(name)) == 0 then return REFUSE.offline() end
local akey = account_of(name)
if akey == '' then return REFUSE.guest() end
local mine, changed = ACCOUNT.keywords(akey), { 'ok' }
if add and call('SCARD', mine) + #words > most then return REFUSE.toomany() end
for _, word in ipairs(words) do
  if call(add and 'SADD' or 'SREM', mine, word) == 1 then
    changed[#changed + 1] = word
    if add then WORDS.watch(word, akey) else WORDS.unwatch(word, akey) end
  end
end
return changed
