-- Erase what an account has said, or what was said in a room, until now: see lib/erasing.lua.
-- name: text     of who asks, folded ('' = from the server's own terminal)
-- akey: text     account, folded ('' = what everybody has said: only in a room, by its founder)
-- how: text      erase or anonymise
-- room: text     folded ('' = in all rooms and conversations)
-- since: int     ms since 1970
-- Refuses: stale offline noaccount noroom notfounder(room) toomany wait(ms)
-- Returns: ok, id of the job
if name ~= '' then
  if stale() then return REFUSE.stale() end
  if not identity(name) then return REFUSE.offline() end
end
if akey ~= '' then
  if name ~= '' and account_of(name) ~= akey then return REFUSE.noaccount() end
  if call('EXISTS', ACCOUNT.facts(akey)) == 0 then return REFUSE.noaccount() end
end
if room ~= '' then
  local shown, founder = unpack(call('HMGET', room_key(room), 'name', 'founder'))
  if not shown then return REFUSE.noroom() end
  if akey == '' and name ~= '' and founder ~= account_of(name) and not is_staff(name) then
    return REFUSE.notfounder(shown)
  end
elseif akey == '' then
  return REFUSE.noroom()
elseif name ~= '' then -- all logs are looked at: not again and again
  local last = call('HGET', ACCOUNT.facts(akey), 'erased') or '0'
  local ms = tonumber(last) + ERASING.pause_ms - now_ms()
  if ms > 0 then return REFUSE.wait(ms) end
end
local id = ERASING.begin(how, akey, room, since)
if not id then return REFUSE.toomany() end
if akey ~= '' and room == '' then call('HSET', ACCOUNT.facts(akey), 'erased', now_ms()) end
return { 'ok', id }
