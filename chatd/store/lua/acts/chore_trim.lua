-- Cut logs by count and by age, as far as that frees whole nodes: the rest has to be written anew, see chore_page.
-- me: text      who does it
-- most: int     entries to cut in this act, about
-- slack: int    ms for which what is over age may stay in Redis
-- ...logs: text   keys
-- Refuses: held
-- Returns: ok, how many of the logs were looked at, then of each that has to be written anew its number among them
--   and the entry before which nothing is kept
if not ERASING.holds(me) then return REFUSE.held() end
local reply, cut = { 'ok', 0 }, 0
for number, log in ipairs(logs) do
  if cut >= most then break end
  local owner = string.sub(log, 1, -1 - #LOG)
  local count, age = RETENTION.of(owner)
  cut = cut + call('XTRIM', log, 'MAXLEN', '~', count) + 1
  if age > 0 then
    local from = now_ms() - age
    cut = cut + call('XTRIM', log, 'MINID', '~', from)
    local first = call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    if first and tonumber(string.match(first[1], '^%d+')) < from - math.max(slack, math.floor(age / 10)) then
      if call('XREVRANGE', log, '+', from .. '-0', 'COUNT', 1)[1] then
        reply[#reply + 1] = number
        reply[#reply + 1] = from .. '-0'
      else
        call('XTRIM', log, 'MINID', from)
      end
    end
  end
  reply[2] = number
end
return reply
