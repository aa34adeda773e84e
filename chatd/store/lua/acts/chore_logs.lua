-- A page of all logs, for who does a chore; an idempotency key of who is erased goes at once.
-- me: text        who does it
-- id: text        of the job of erasing, or sweep
-- cursor: text    of SCAN; a job that is taken on by another begins there again
-- process: text   what the process of Redis is called whose cursor this is
-- count: int      keys to look at
-- Refuses: held
-- Returns: ok, the next cursor (0 = that was all), the logs
if not ERASING.holds(me) then return REFUSE.held() end
local job = ERASING.job(id)
if not job then return REFUSE.held() end
call('HSET', SERVER.erasure(id), 'cursor', cursor, 'process', process)
call('EXPIRE', SERVER.erasure(id), 86400)
local sent = job.whole and PRES .. ':sent:' .. job.uid .. ':'
local page = call('SCAN', cursor, 'MATCH', P .. ':*', 'COUNT', count)
local reply = { 'ok', page[1] }
for _, key in ipairs(page[2]) do
  if sent and string.sub(key, 1, #sent) == sent then
    call('UNLINK', key)
  elseif (string.sub(key, -#LOG) == LOG or find(key, ':kept-log:', 1, true)) and call('TYPE', key).ok == 'stream' then
    reply[#reply + 1] = key
  end
end
return reply
