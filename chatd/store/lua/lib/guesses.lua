-- Wrong passwords from a network, as a whole and for each account. `free` of them cost nothing; each further one
-- makes the next try wait, twice as long as the one before, at most `most` ms. One counts no more after `leak` ms;
-- at most `cap` count. `known`: of an account, from a network in which its owner has been. Of a network so many
-- accounts are counted; one more takes the place of the one with the fewest, and what is not there (OTHERS) counts as
-- many as that had: nobody guesses more by guessing at many.
local GUESSES = {
  pair = { free = 5, leak = 900000, most = 900000, cap = 100 },
  known = { free = 10, leak = 60000, most = 30000, cap = 20 },
  network = { free = 50, leak = 60000, most = 60000, cap = 300 },
  MOST_PAIRS = 64, MOST_KNOWN = 20, MOST_WRONG = 100, MOST_GUESSERS = 1000, WHOLE = '*', OTHERS = '+',
}
function GUESSES.decode(text, limit)
  local n, at, till = string.match(text or '', '^(%S+) (%d+) (%d+)$')
  if not n then return { n = 0, till = 0 } end
  return { n = math.max(0, tonumber(n) - (now_ms() - at) / limit.leak), till = tonumber(till) }
end
-- How many count now, and until when the next try waits.
function GUESSES.read(key, field, limit)
  local found = call('HGET', key, field)
  if not found and field ~= GUESSES.WHOLE then found = call('HGET', key, GUESSES.OTHERS) end
  return GUESSES.decode(found, limit)
end
function GUESSES.wait_after(n, limit)
  local over = math.floor(n - limit.free + 0.999)
  if over <= 0 then return 0 end
  return math.min(limit.most, 1000 * 2 ^ math.min(over - 1, 20))
end
-- One more account is to be counted.
function GUESSES.make_room(key, limit)
  if call('HLEN', key) <= GUESSES.MOST_PAIRS then return end
  local found, least, fewest = call('HGETALL', key)
  for i = 1, #found, 2 do
    if found[i] ~= GUESSES.WHOLE and found[i] ~= GUESSES.OTHERS then
      local one = GUESSES.decode(found[i + 1], limit)
      if not fewest or one.n < fewest.n or (one.n == fewest.n and one.till < fewest.till) then
        least, fewest = found[i], one
      end
    end
  end
  call('HDEL', key, least)
  local others = GUESSES.read(key, GUESSES.OTHERS, limit)
  GUESSES.write(key, GUESSES.OTHERS, { n = math.max(others.n, fewest.n), till = 0 }, limit)
end
function GUESSES.write(key, field, one, limit)
  if byte(field) == 61 and call('HEXISTS', key, field) == 0 then GUESSES.make_room(key, limit) end -- =
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
