-- End a session; the user leaves with the last one.
-- ARGV[4] session id; [5] name, folded; [6] reason of the QUIT.
-- Returns {'ok'}; ending what has ended already changes nothing.
end_session(GW, ARGV[4], ARGV[5], ARGV[6])
return { 'ok' }
