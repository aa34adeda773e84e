-- IP addresses and networks, for masks such as *!*@192.0.2.0/24. An address is the list of its bytes: four,
-- or sixteen; one of IPv4 that is written as one of IPv6, ::ffff:192.0.2.1, has four.
local function ipv4_of(text)
  local bytes = { string.match(text, '^(%d+)%.(%d+)%.(%d+)%.(%d+)$') }
  for i, part in ipairs(bytes) do
    bytes[i] = tonumber(part)
    if #part > 3 or bytes[i] > 255 then return nil end
  end
  return #bytes == 4 and bytes or nil
end
-- The bytes of groups with ":" between, or nil. The last one may be an address of IPv4.
local function groups_of(text)
  local bytes = {}
  if text == '' then return bytes end
  for group in string.gmatch(text .. ':', '([^:]*):') do
    local last = find(group, '.', 1, true) and ipv4_of(group)
    if last then
      for i = 1, 4 do bytes[#bytes + 1] = last[i] end
    elseif find(group, '^%x%x?%x?%x?$') then
      local number = tonumber(group, 16)
      bytes[#bytes + 1] = math.floor(number / 256)
      bytes[#bytes + 1] = number % 256
    else
      return nil
    end
  end
  return bytes
end
local function ipv6_of(text)
  local head, rest = string.match(text, '^(.-)::(.*)$')
  local bytes = groups_of(head or text)
  if not bytes then return nil end
  if head then
    local after = groups_of(rest)
    if not after or #bytes + #after > 14 then return nil end
    for _ = 1, 16 - #bytes - #after do bytes[#bytes + 1] = 0 end
    for _, one in ipairs(after) do bytes[#bytes + 1] = one end
  end
  return #bytes == 16 and bytes or nil
end
local MAPPED = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255 }
local function is_mapped(bytes)
  for i, one in ipairs(MAPPED) do
    if bytes[i] ~= one then return false end
  end
  return #bytes == 16
end
local function address_of(text)
  local bytes = ipv4_of(text) or ipv6_of(text)
  if bytes and is_mapped(bytes) then return { unpack(bytes, 13) } end
  return bytes
end
-- The network of "address/bits", or nil: then it is a mask like any other.
local function network_of(text)
  local start, bits = string.match(text, '^([%x:.]+)/(%d%d?%d?)$')
  local bytes = start and (ipv4_of(start) or ipv6_of(start))
  bits = tonumber(bits)
  if not bytes or bits > #bytes * 8 then return nil end
  if is_mapped(bytes) and bits >= 96 then bytes, bits = { unpack(bytes, 13) }, bits - 96 end
  return { bytes = bytes, bits = bits }
end
-- The network of one address, however it is written.
local function only_of(text)
  local bytes = address_of(text)
  return bytes and { bytes = bytes, bits = #bytes * 8 }
end
local function is_inside(address, network)
  if #address ~= #network.bytes then return false end
  local whole, rest = math.floor(network.bits / 8), network.bits % 8
  for i = 1, whole do
    if address[i] ~= network.bytes[i] then return false end
  end
  local step = 2 ^ (8 - rest)
  return rest == 0 or math.floor(address[whole + 1] / step) == math.floor(network.bytes[whole + 1] / step)
end
