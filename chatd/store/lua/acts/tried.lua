-- A password was tried.
-- network: text   from where
-- name: text      account, folded, there or not
-- trusted: flag   as in `try`
-- right: flag
-- Refuses: stale
-- Returns: ok, ms that the next try waits
if stale() then return REFUSE.stale() end
local key, field = SERVER.guesses(network), '=' .. name
local known = call('ZSCORE', ACCOUNT.known(name), network)
local limit = (known or trusted) and GUESSES.known or GUESSES.pair
local exists = call('EXISTS', ACCOUNT.facts(name)) == 1
if right then
  call('HDEL', key, field)
  if not (known or trusted) then GUESSES.take_back(key, GUESSES.WHOLE, GUESSES.network) end
  if exists then GUESSES.know(name, network) end
  return { 'ok', 0 }
end
if exists then
  local wrong = ACCOUNT.wrong(name)
  local full = call('HLEN', wrong) >= GUESSES.MOST_WRONG and call('HEXISTS', wrong, network) == 0
  call('HINCRBY', wrong, full and '*' or network, 1)
end
if not trusted then GUESSES.count(key, GUESSES.WHOLE, GUESSES.network) end
return { 'ok', GUESSES.count(key, field, limit) }
