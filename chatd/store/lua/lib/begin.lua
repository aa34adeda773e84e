-- ARGV[1] prefix of all keys; ARGV[2] id of the calling gateway; ARGV[3] entries kept per stream.
local function begin(ARGV)
  if ARGV[1] ~= P then
    P = ARGV[1]
    byte, find, concat = string.byte, string.find, table.concat
    PRES = P .. ':{' .. P .. ':online}'
    name_keys()
  end
  GW, KEEP, call, clock = ARGV[2], ARGV[3], redis.call, nil
  if next(marks) then marks = {} end
end
