-- To cut a stream with each entry costs 1 us an entry. So it is cut in one millisecond of ten, and
-- where more than ten entries came within one (ids end in -10, -20 ...), then. What its owner wants kept is
-- asked in one of a hundred; the sweep does the rest.
local function append(key, record)
  local id = call('XADD', key .. LOG, '*', 'e', record)
  if byte(id, 13) == 48 or (#id > 15 and byte(id, -1) == 48) then
    if byte(id, 12) == 48 then RETENTION.trim(key) else call('XTRIM', key .. LOG, 'MAXLEN', '~', KEEP) end
  end
  return id
end
local function emit(key, record)
  record = marked(record)
  local id = append(key, record)
  call(PUBLISH, key, id .. SEP .. record)
  return id
end
local function emit_global(record)
  record = marked(record)
  local id = append(PRES, record)
  call(PUBLISH, SERVER.channel, id .. SEP .. record)
  return id
end
-- Id of a stream's newest entry, and how many it has ever had.
local function position(log)
  local last, added = '0-0', 0
  if call('EXISTS', log) == 1 then
    local info = call('XINFO', 'STREAM', log)
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then last = info[i + 1] end
      if info[i] == 'entries-added' then added = info[i + 1] end
    end
  end
  return last, added
end
-- Whether a record is something that was said to all who were there: no tags alone.
local function is_said(record)
  local command = string.match(record, '^M%z%Z*%z%Z*%z%Z*%z%Z*%z%Z*%z(%Z*)')
  return command and command ~= 'TAGMSG'
end
