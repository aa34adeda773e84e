-- Tell how far the connections had heard that a session's client had before: see ASKED and TAKEN_OVER.
-- sid: text     the session that goes on
-- heard: text   how far, '' = not known
-- Returns: ok
call(PUBLISH, SERVER.channel, SEP .. RECORD.left_off(sid, '', '', '', '', heard))
return { 'ok' }
