-- Do a page of a chore in one log.
-- me: text       who does it
-- id: text       of the job of erasing, or sweep
-- most: int      entries
-- first: text    entry before which nothing is kept, '-' = all is
-- stream: key   the log
-- Refuses: held
-- Returns: ok, 1 when this log is done with, else 0
if not ERASING.holds(me) then return REFUSE.held() end
local job = ERASING.job(id)
if not job then return REFUSE.held() end
if call('EXISTS', stream) == 0 then return { 'ok', 1 } end
return { 'ok', ERASING.page(job, stream, most, first) and 1 or 0 }
