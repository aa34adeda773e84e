-- The logs are done with: what else has the name of who is erased, and then the end of the job.
-- me: text      who does it
-- id: text      of the job
-- start: int    which of the names that were left comes next
-- most: int     names to look at
-- Refuses: held
-- Returns: ok, which name comes next, -1 = it has ended; then logs that were moved meanwhile and have to be looked at
if not ERASING.holds(me) then return REFUSE.held() end
local job = ERASING.job(id)
if not job then return REFUSE.held() end
if id == ERASING.sweep then
  call('DEL', SERVER.chore)
  return { 'ok', -1 }
end
local moved = {}
if job.room == '' then
  moved = call('SRANDMEMBER', SERVER.moved, most)
elseif call('SISMEMBER', SERVER.moved, ERASING.room_log(job)) == 1 then -- by RENAME
  moved = { ERASING.room_log(job) }
end
if #moved > 0 then
  call('SREM', SERVER.moved, unpack(moved))
  return { 'ok', start, unpack(moved) }
end
local names = job.whole and call('ZRANGE', SERVER.whowas, start, start + most - 1) or {}
for _, name in ipairs(names) do
  for _, row in ipairs(call('LRANGE', SERVER.was(name), 0, -1)) do
    if string.match(row, '%Z*$') == job.uid then call('LREM', SERVER.was(name), 0, row) end
  end
end
if #names == most then return { 'ok', start + most } end
call('HDEL', SERVER.erasures, id)
call('HDEL', SERVER.erasure(id), 'after', 'cursor', 'process')
call('HINCRBY', SERVER.erasure(id), 'looked', 0)
call('EXPIRE', SERVER.erasure(id), 86400)
if call('EXISTS', SERVER.erasures) == 0 then call('DEL', SERVER.moved) end
call('DEL', SERVER.chore)
return { 'ok', -1 }
