-- What a call has: its arguments, Redis' clock, the gateway's lease, the way to who listens.

-- What stands behind the named arguments: as a list, or as a list of rows whose fields have names.
local function tail(arguments, from)
  local list = {}
  for i = from, #arguments do list[#list + 1] = arguments[i] end
  return list
end
local function rows(arguments, from, names)
  local list = {}
  for i = from, #arguments, #names do
    local row = {}
    for at, name in ipairs(names) do row[name] = arguments[i + at - 1] end
    list[#list + 1] = row
  end
  return list
end

-- Redis' clock, asked for once in a call.
local clock
local function now_ms()
  if not clock then
    local t = call('TIME')
    clock = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  return clock
end

-- A gateway whose lease is over may have been cleaned up by another: nothing it says counts any more. The
-- lease is a key that Redis' clock ends, because to ask for it costs less than to compare times.
local function stale() return call('EXISTS', GATEWAY.lease(GW)) == 0 end

-- The keys of a list that the schema makes: `of` is a room's key, or a name, or a person's uid and `name`.
local function named(list, of, name)
  local found = {}
  for i, key_of in ipairs(list) do found[i] = key_of(of, name) end
  return found
end
-- A log has another key: who writes logs anew (erasing.lua) may have passed that one.
local function log_moved(key)
  if string.sub(key, -#LOG) ~= LOG and not find(key, ':kept-log:', 1, true) then return end
  call('UNLINK', SERVER.rewriting) -- of a sweep, too: two logs may have an entry of the same id
  if call('EXISTS', SERVER.erasures) == 0 then return end
  call('SADD', SERVER.moved, key)
  call('EXPIRE', SERVER.moved, 86400)
end
local function rename_key(before, after)
  call('RENAME', before, after)
  log_moved(after)
end
local function move(list, before, after)
  for _, key_of in ipairs(list) do
    if call('EXISTS', key_of(before)) == 1 then rename_key(key_of(before), key_of(after)) end
  end
end
-- Keys that are kept when their owner is gone: who comes back has them again, or they run out.
local function keep_on(list, of)
  for _, key_of in ipairs(list) do call('PERSIST', key_of(of)) end
end
local function let_go(list, of, seconds)
  for _, key_of in ipairs(list) do call('EXPIRE', key_of(of), seconds) end
end
