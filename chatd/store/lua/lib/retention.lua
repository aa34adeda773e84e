-- What is kept, by count and by age: of the server, and less than that where a room or an account wants it.
-- And which of the messages that are still there are shown: every answer that shows what was said asks SHOWN.
local RETENTION = { age = 0 } -- ms, 0 = no limit by age
local DAY_MS = 86400000
-- `given`: entries of a stream, and behind a colon days, where there is a limit by age; gateways may differ in it.
function RETENTION.of_server(given)
  if given == RETENTION.given then return end
  RETENTION.given = given
  local count, days = string.match(given, '^(%d+):?(%d*)$')
  KEEP, RETENTION.age = count, (tonumber(days) or 0) * DAY_MS
  TTL.history = RETENTION.age > 0 and RETENTION.age / 1000 or TTL.without_limit
end
-- The field in which a room or an account has its own: count and days, a space between, '-' = as the server.
RETENTION.field = 'retention'
local function own_of(owner)
  local kind = string.sub(owner, #P + 1, #P + 7)
  if kind == ':room:{' then return call('HGET', owner, RETENTION.field) end
  if kind ~= ':user:{' then return nil end
  local name = name_in(owner)
  local akey = call('HGET', USER.facts(name), 'akey') or name
  return akey ~= '' and call('HGET', ACCOUNT.facts(akey), RETENTION.field)
end
-- How many entries of a log are kept, and for how long, ms, 0 = without limit. `owner`: its key without its end.
function RETENTION.of(owner)
  local own = own_of(owner)
  if not own then return tonumber(KEEP), RETENTION.age end
  local count, days = string.match(own, '^(%S+) (%S+)$')
  local age = (tonumber(days) or 0) * DAY_MS
  if age == 0 or (RETENTION.age > 0 and age > RETENTION.age) then age = RETENTION.age end
  return math.min(tonumber(count) or KEEP, KEEP), age
end
function RETENTION.trim(owner)
  local count, age = RETENTION.of(owner)
  call('XTRIM', owner .. LOG, 'MAXLEN', '~', count)
  if age > 0 then call('XTRIM', owner .. LOG, 'MINID', '~', now_ms() - age) end
end

local SHOWN = {}
-- What holds for the messages of a log: from when on they are shown, ms; the key of those that were taken back.
function SHOWN.of(owner)
  local _, age = RETENTION.of(owner)
  local redacted = ROOM.redacted(owner)
  return { from = age > 0 and now_ms() - age or 0, redacted = call('EXISTS', redacted) == 1 and redacted }
end
local function ms_of(id) return tonumber(string.match(id, '^%d+')) end
-- Whether a message is shown. `first`: id of the first copy of a direct message, nil or '' = this is it.
function SHOWN.is(holds, id, first)
  if holds.from > 0 and ms_of(id) < holds.from then return false end
  if first == '' then first = nil end
  return not (holds.redacted and call('ZSCORE', holds.redacted, first or id))
end
-- Those of some messages that are: rows of id, record, id of the first copy.
function SHOWN.among(holds, some)
  if #some == 0 or (holds.from == 0 and not holds.redacted) then return some end
  local gone, shown, low, high = {}, {}, nil, nil
  for _, one in ipairs(some) do
    local ms = ms_of(one[3])
    low, high = math.min(low or ms, ms), math.max(high or ms, ms)
  end
  for _, id in ipairs(holds.redacted and call('ZRANGEBYSCORE', holds.redacted, low, high) or {}) do gone[id] = true end
  for _, one in ipairs(some) do
    if not gone[one[3]] and ms_of(one[1]) >= holds.from then shown[#shown + 1] = one end
  end
  return shown
end
