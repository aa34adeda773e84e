-- ARGV[1] prefix of all keys; ARGV[2] id of the calling gateway; ARGV[3] what is kept: see retention.lua.
local function begin(ARGV)
  if ARGV[1] ~= P then
    P = ARGV[1]
    byte, find, concat = string.byte, string.find, table.concat
    PRES = P .. ':{' .. P .. ':online}'
    name_keys()
  end
  GW, call, clock = ARGV[2], redis.call, nil
  RETENTION.of_server(ARGV[3])
  if next(marks) then marks = {} end
end
