-- Who may make an account: who has an invitation, or so many of one network in an hour.
local ADMISSION = { HOUR_S = 3600, MOST = 1000 }
-- How often an invitation may still be used, and until when, ms; nil = it does not count any more.
function ADMISSION.left(digest)
  local left, till = string.match(call('HGET', SERVER.invitations, digest) or '', '^(%d+) (%d+) ')
  if left and tonumber(till) > now_ms() then return tonumber(left), tonumber(till) end
end
-- Why not; nil = it may be made. `digest`: of the invitation, '' = none is needed. `most`: 0 = any number.
function ADMISSION.refusal(network, most, digest)
  if digest ~= '' then return not ADMISSION.left(digest) and REFUSE.uninvited() or nil end
  local made = SERVER.made(network)
  if most > 0 and tonumber(call('GET', made) or 0) >= most then
    return REFUSE.wait(math.max(call('PTTL', made), 1000))
  end
end
-- It is made.
function ADMISSION.note(network, most, digest)
  if digest ~= '' then
    local left = ADMISSION.left(digest)
    if left == 1 then
      call('HDEL', SERVER.invitations, digest)
    else
      local text = string.gsub(call('HGET', SERVER.invitations, digest), '^%d+', left - 1)
      call('HSET', SERVER.invitations, digest, text)
    end
  elseif most > 0 then
    if call('INCR', SERVER.made(network)) == 1 then call('EXPIRE', SERVER.made(network), ADMISSION.HOUR_S) end
  end
end
