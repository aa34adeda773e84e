-- What somebody said is erased, or said by nobody: the log is written anew with the same ids, and takes the place
-- of the old one in one act. An entry that is deleted leaves its text in Redis, and who is told last of one that is
-- not there takes the log for rolled back; here each entry is still there.
-- A job is a row of SERVER.erasures; how far it is stands in SERVER.erasure, so that anybody goes on with it.
local ERASING = { most = 100, most_of_one = 3, pause_ms = 300000, nobody = '*deleted*' }
ERASING.nobody_source = ERASING.nobody .. '!deleted@deleted.invalid'
local DAY = 86400
local JOB = '^(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)$'
-- The names that an account has had, as text: each from when until when.
local function names_of(uid, shown)
  local rows = {}
  for _, one in ipairs(NAMES.of(uid) or { { name = shown, from = string.match(uid, '@(%d+)$'), to = math.huge } }) do
    rows[#rows + 1] = one.name .. '\1' .. one.from .. '\1' .. (one.to == math.huge and '' or one.to)
  end
  return concat(rows, '\2')
end
-- Begin with something. `how`: erase, anonymise; `akey`: whose account, '' = what everybody has said; `room`:
-- folded, '' = in all rooms and conversations; `since`: ms. The id of the job, nil = there are too many.
function ERASING.begin(how, akey, room, since)
  local rid, same = room ~= '' and call('HGET', room_key(room), 'rid') or '', 0
  for _, row in ipairs(call('HVALS', SERVER.erasures)) do
    local _, whose, _, _, where = string.match(row, JOB)
    if whose == akey and (akey ~= '' or where == room) then same = same + 1 end
  end
  local count = call('HLEN', SERVER.erasures)
  local id = now_ms() .. '.' .. count
  if same >= ERASING.most_of_one or count >= ERASING.most or call('HEXISTS', SERVER.erasures, id) == 1 then
    return nil
  end
  local uid, names = '', ''
  if akey ~= '' then
    uid = account_uid(akey)
    names = names_of(uid, call('HGET', ACCOUNT.facts(akey), 'name'))
    call('HSET', ACCOUNT.facts(akey), 'erasing', id)
  end
  call('HSET', SERVER.erasures, id, fields(how, akey, uid, names, room, rid, since, now_ms()))
  return id
end
-- The job, nil = it has ended. The sweep drops what is over age, and nobody's words.
ERASING.sweep = 'sweep'
function ERASING.job(id)
  if id == ERASING.sweep then return { how = id, room = '', since = 0, before = 0 } end
  local row = call('HGET', SERVER.erasures, id)
  if not row then return nil end
  local how, akey, uid, packed, room, rid, since, before = string.match(row, JOB)
  local job = { id = id, how = how, akey = akey, uid = uid, room = room, rid = rid, since = tonumber(since),
    before = tonumber(before) }
  for name, from, to in string.gmatch(packed, '([^\1\2]*)\1(%d*)\1(%d*)') do
    job.names = job.names or {}
    job.names[#job.names + 1] = { name = name, from = tonumber(from) or 0, to = tonumber(to) or math.huge }
  end
  job.whole = akey ~= '' and room == '' and job.since == 0
  if job.names then job.since = math.max(job.since, job.names[1].from) end
  return job
end
-- The log of a job's only room, whatever that is called now.
function ERASING.room_log(job) return ROOM.log(room_key(call('GET', ROOM.by_id(job.rid)) or job.room)) end
-- Who works keeps the chore for so long.
local HOLDS_MS = 10000
function ERASING.holds(me)
  local holder = call('GET', SERVER.chore)
  if holder and holder ~= me then return false end
  call('SET', SERVER.chore, me, 'PX', HOLDS_MS)
  return true
end

local SPOKEN = '^([' .. SAID .. '])%z%Z*%z(%Z*)%z%Z*%z%Z*%z([^%z\1]*)%Z*(.*)$'
local LEFT = '^([' .. KIND.part .. KIND.quit .. '])%z(%Z*%z%Z*%z%Z*%z%Z*)%z([^%z\1]*)(%Z*)%z(.*)$'
-- Whether a job is for who is called so in an entry of that time.
local function is_of(job, account, ms)
  if not job.names then return true end
  for _, one in ipairs(job.names) do
    if one.name == account and ms >= one.from and ms <= one.to then return true end
  end
  return false
end
local function has_a_name(job, record)
  for _, one in ipairs(job.names or {}) do
    if find(record, one.name, 1, true) then return true end
  end
  return not job.names
end
-- What becomes of an entry; nil = it stays. Reasons of PART and QUIT are words, too.
function ERASING.anew(job, id, record)
  if job.before == 0 or not has_a_name(job, record) then return nil end
  local ms = tonumber(string.match(id, '^%d+'))
  if ms < job.since or ms > job.before then return nil end
  local kind, act, account, rest = string.match(record, SPOKEN)
  if kind then
    if not is_of(job, account, ms) then return nil end
    if job.how == 'erase' then return RECORD.erased('', '', '', '', '') end
    if account == '' then return nil end -- of a guest, or done already
    return fields(kind, '', act, ERASING.nobody, ERASING.nobody_source, '') .. rest
  end
  local head, marks
  kind, head, account, marks, rest = string.match(record, LEFT)
  if job.how ~= 'erase' or not kind or not is_of(job, account, ms) then return nil end
  local room, reason, behind = '', string.match(rest, '^(%Z*)(.*)$')
  if kind == KIND.part then room, reason, behind = string.match(rest, '^(%Z*%z)(%Z*)(.*)$') end
  if (reason or '') == '' then return nil end
  return fields(kind, head, account .. marks, room .. behind)
end

local STEP, BYTES = 50, 200000 -- entries read at a time; what is copied at most in one act
local function last_of(stream)
  local entry = call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  return entry and entry[1]
end
-- The new log takes the place of the old one: same newest id, same count of all that were ever added.
local function put(stream)
  local temp, last, added = SERVER.rewriting, position(stream)
  local lasts = call('PTTL', stream)
  call('XSETID', temp, last, 'ENTRIESADDED', added, 'MAXDELETEDID', '0-0')
  call('UNLINK', stream)
  call('RENAME', temp, stream)
  if lasts > 0 then call('PEXPIRE', stream, lasts) else call('PERSIST', stream) end
end
-- A page of copying; whether that was all, entries, changed ones.
local function copy(job, stream, most, from)
  local temp, looked, changed, size = SERVER.rewriting, 0, 0, 0
  local after = last_of(temp)
  while looked < most and size < BYTES do
    local entries = call('XRANGE', stream, after and '(' .. after or from, '+', 'COUNT', STEP)
    for _, entry in ipairs(entries) do
      local anew = ERASING.anew(job, entry[1], entry[2][2])
      local record = anew or entry[2][2]
      call('XADD', temp, entry[1], 'e', record)
      if anew then changed = changed + 1 end
      after, looked, size = entry[1], looked + 1, size + #record
    end
    if #entries < STEP then
      if after then put(stream) end
      return true, looked, changed
    end
  end
  call('EXPIRE', temp, DAY / 24)
  return false, looked, changed
end
-- A page of looking: whether there is something to do; where to go on, nil = that was all.
local function look(job, stream, after, most)
  local looked, size = 0, 0
  while looked < most and size < BYTES do
    local entries = call('XRANGE', stream, after and '(' .. after or job.since .. '-0', '+', 'COUNT', STEP)
    for _, entry in ipairs(entries) do
      if ERASING.anew(job, entry[1], entry[2][2]) then return true, nil, looked end
      after, looked, size = entry[1], looked + 1, size + #entry[2][2]
    end
    if #entries < STEP or tonumber(string.match(after, '^%d+')) > job.before then return false, nil, looked end
  end
  return false, after, looked
end
-- How much of somebody waits for an account is not kept either.
local function uncount(job, stream)
  local owner = string.sub(stream, 1, -1 - #LOG)
  if string.sub(owner, 1, #P + 7) ~= P .. ':user:{' then return end
  call('HDEL', ACCOUNT.waiting(name_in(owner)), job.uid)
end
-- A page of a log: whether it is done with. `from`: entry before which nothing is kept, '-' = all is.
function ERASING.page(job, stream, most, from)
  local state, mine = SERVER.erasure(job.id or job.how), fields(job.id or job.how, stream)
  local after, looked, changed, done = call('HGET', state, 'after'), 0, 0, false
  local copied = after == '' and last_of(SERVER.rewriting)
  if call('GET', SERVER.rewritten) ~= mine or (copied and #call('XRANGE', stream, copied, copied) == 0) then
    call('UNLINK', SERVER.rewriting) -- it is of another log, or this one was moved, or cut, meanwhile
    after = from ~= '-' and ''
    call('HDEL', state, 'written')
  end
  call('SET', SERVER.rewritten, mine, 'EX', DAY)
  if after == '' then
    done, looked, changed = copy(job, stream, most, from)
    changed = call('HINCRBY', state, 'written', changed)
    if done and job.whole then uncount(job, stream) end
  else
    local found
    found, after, looked = look(job, stream, after, most)
    done = not found and not after
    if found then after = '' end
  end
  if done then
    call('DEL', SERVER.rewritten)
    call('HINCRBY', state, 'changed', changed)
    call('HDEL', state, 'written')
  end
  if done or not after then call('HDEL', state, 'after') else call('HSET', state, 'after', after) end
  call('HINCRBY', state, 'looked', looked)
  call('EXPIRE', state, DAY)
  return done
end
