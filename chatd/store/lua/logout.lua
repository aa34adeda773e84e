-- End a session; the user leaves with the last one.
-- ARGV[4] session id; [5] reason of the QUIT.
-- Returns {'ok'}; ending what has ended already changes nothing.
local name = call('HGET', PRES .. ':gateway:' .. GW, ARGV[4])
if name then end_session(GW, ARGV[4], name, ARGV[5]) end
return { 'ok' }
