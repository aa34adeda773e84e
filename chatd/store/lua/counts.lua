-- How many users are online, how many rooms there are, how many users there have been at most, how
-- many are invisible (+i) and how many operators (+o).
-- Every login asks this next, so the most is kept here.
local users, peak = call('SCARD', ONLINE), PRES .. ':peak'
local most = tonumber(call('GET', peak) or '0')
if users > most then
  most = users
  call('SET', peak, users)
end
return { users, call('SCARD', PRES .. ':roomlist'), most, call('SCARD', PRES .. ':umode:i'),
  call('SCARD', PRES .. ':umode:o') }
