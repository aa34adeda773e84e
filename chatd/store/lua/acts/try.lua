-- Whether a password may be tried now.
-- network: text   from where
-- name: text      account, folded, there or not
-- trusted: flag   the network is many, of whom some are not kept out for the others
-- Refuses: stale wait(ms)
-- Returns: ok, 1 if the owner was in this network before, how many wrong passwords count for the account from
--   there, how many from the network as a whole
if stale() then return REFUSE.stale() end
local key, field = SERVER.guesses(network), '=' .. name
local known = call('ZSCORE', ACCOUNT.known(name), network)
local limit = (known or trusted) and GUESSES.known or GUESSES.pair
local one = GUESSES.read(key, field, limit)
local ms = one.till - now_ms()
local whole = GUESSES.read(key, GUESSES.WHOLE, GUESSES.network)
-- both are asked before either counts the try
if not (known or trusted) then ms = math.max(ms, whole.till - now_ms()) end
if ms > 0 then
  call('ZADD', SERVER.guessers, now_ms(), network)
  call('ZREMRANGEBYRANK', SERVER.guessers, 0, -1 - GUESSES.MOST_GUESSERS)
  call('EXPIRE', SERVER.guessers, TTL.dedup)
  return REFUSE.wait(ms)
end
GUESSES.begin(key, field, limit)
if not (known or trusted) then GUESSES.begin(key, GUESSES.WHOLE, GUESSES.network) end
return { 'ok', known and 1 or 0, math.ceil(one.n), math.ceil(whole.n) }
