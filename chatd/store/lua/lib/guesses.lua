-- Wrong passwords from a network, as a whole and for each account. `free` of them cost nothing; each further one
-- makes the next try wait, twice as long as the one before, at most `most` ms. One counts no more after `leak` ms;
-- at most `cap` count. `known`: of an account, from a network in which its owner has been.
local GUESSES = {
  pair = { free = 5, leak = 900000, most = 900000, cap = 100 },
  known = { free = 10, leak = 60000, most = 30000, cap = 20 },
  network = { free = 50, leak = 60000, most = 60000, cap = 300 },
  MOST_PAIRS = 64, MOST_KNOWN = 20, MOST_WRONG = 100, MOST_GUESSERS = 1000, WHOLE = '*',
}
-- How many count now, and until when the next try waits.
function GUESSES.read(key, field, limit)
  local n, at, till = string.match(call('HGET', key, field) or '', '^(%S+) (%d+) (%d+)$')
  if not n then return { n = 0, till = 0 } end
  return { n = math.max(0, tonumber(n) - (now_ms() - at) / limit.leak), till = tonumber(till) }
end
function GUESSES.wait_after(n, limit)
  local over = math.floor(n - limit.free + 0.999)
  if over <= 0 then return 0 end
  return math.min(limit.most, 1000 * 2 ^ math.min(over - 1, 20))
end
function GUESSES.write(key, field, one, limit)
  call('HSET', key, field, string.format('%.3f %d %d', one.n, now_ms(), one.till))
  local needed = math.ceil(math.max(one.n * limit.leak, one.till - now_ms(), 1000))
  if call('PTTL', key) < needed then call('PEXPIRE', key, needed) end
end
-- A try begins. Once there were enough, those that follow each other have to wait, whatever becomes of them.
-- Returns how many count, nil = it may not begin, and ms to wait.
function GUESSES.begin(key, field, limit)
  local one = GUESSES.read(key, field, limit)
  if one.till > now_ms() then return nil, one.till - now_ms() end
  if one.n >= limit.free then
    one.till = now_ms() + GUESSES.wait_after(one.n + 1, limit)
    GUESSES.write(key, field, one, limit)
  end
  return one.n
end
-- It was wrong. Returns ms that the next one waits.
function GUESSES.count(key, field, limit)
  if field ~= GUESSES.WHOLE and call('HEXISTS', key, field) == 0 and call('HLEN', key) > GUESSES.MOST_PAIRS then
    return 0
  end
  local one = GUESSES.read(key, field, limit)
  one.n = math.min(one.n + 1, limit.cap)
  one.till = math.max(one.till, now_ms() + GUESSES.wait_after(one.n, limit))
  GUESSES.write(key, field, one, limit)
  return math.max(0, one.till - now_ms())
end
-- It was right: who comes next need not wait for this one.
function GUESSES.take_back(key, field, limit)
  local one = GUESSES.read(key, field, limit)
  if one.till <= now_ms() then return end
  one.till = 0
  GUESSES.write(key, field, one, limit)
end
-- An account has been logged in to from a network.
function GUESSES.know(name, network)
  call('ZADD', ACCOUNT.known(name), now_ms(), network)
  call('ZREMRANGEBYRANK', ACCOUNT.known(name), 0, -1 - GUESSES.MOST_KNOWN)
end
