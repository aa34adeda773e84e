-- What has to be done by one gateway at a time: erasing, or a sweep over what is over age.
-- me: text         who asks
-- sweep_ms: int    the next sweep comes so much later; 0 = this one does none
-- Returns: ok, id of a job of erasing, sweep, or '' = nothing, or somebody else does it; the log, '' = all: which
--   page of them has been begun, by the process of Redis that is called so
local jobs = call('HKEYS', SERVER.erasures)
if #jobs == 0 and (sweep_ms == 0 or call('EXISTS', SERVER.swept) == 1) then return { 'ok', '', '', '', '' } end
if not ERASING.holds(me) then return { 'ok', '', '', '', '' } end
if #jobs == 0 then
  call('SET', SERVER.swept, '1', 'PX', sweep_ms)
  return { 'ok', ERASING.sweep, '', '0', '' }
end
table.sort(jobs)
local job, state = ERASING.job(jobs[1]), call('HMGET', SERVER.erasure(jobs[1]), 'cursor', 'process')
return { 'ok', job.id, job.room ~= '' and ERASING.room_log(job) or '', state[1] or '0', state[2] or '' }
