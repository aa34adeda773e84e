-- What *playback does not play to an account any more.
-- name: text   who asks, folded
-- Returns: room, or name of somebody, '*' = everything; until when, ms; and so on
-- question
local akey = account_of(name)
if akey == '' then return {} end
local cleared = call('HGETALL', ACCOUNT.cleared(akey))
for i = 1, #cleared, 2 do
  local now = NAMES.had_by(cleared[i], tonumber(cleared[i + 1]))
  if now and call('HEXISTS', ACCOUNT.cleared(akey), now) == 0 then
    cleared[#cleared + 1], cleared[#cleared + 2] = now, cleared[i + 1]
  end
end
return cleared
