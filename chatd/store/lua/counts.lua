-- How many users, rooms and gateways there are, and how many sessions the calling gateway has.
local leases = PRES .. ':gateways'
return { call('SCARD', ONLINE), call('SCARD', PRES .. ':roomlist'), call('ZCARD', leases),
  call('HLEN', PRES .. ':gateway:' .. GW) }
