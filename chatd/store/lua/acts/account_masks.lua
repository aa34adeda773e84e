-- Masks of rooms that name an account follow it to its new name, in a page of all rooms; the server says it.
-- old: text       account, as masks are folded
-- new: text       its new name, as masks are folded
-- written: text   the same as written
-- server: text    name of the server
-- most: int       about how many rooms make a page
-- start: text     where the page starts, '' = at the beginning
-- Returns: ok, where the next page starts ('' = this is the last)
local page = call('SSCAN', SERVER.roomlist, start == '' and '0' or start, 'COUNT', most)
local function follow(key)
  local f = call('HMGET', key, 'name', 'modes', 'rid')
  local lost, found, params, more = '', '', {}, {}
  for letter in string.gmatch(LISTS, '.') do
    for _, front in ipairs(find(f[2] or '', letter, 1, true) and { 'a:', 'm:a:' } or {}) do
      local was, is_new = ENTRIES.rename(key, letter, front .. old, front .. new, front .. written)
      if was then lost, params[#params + 1] = lost .. letter, was end
      if is_new then found, more[#more + 1] = found .. letter, front .. written end
    end
  end
  if lost == '' then return end
  ENTRIES.note_next(key, f[3])
  for _, param in ipairs(more) do params[#params + 1] = param end
  local changes = '-' .. lost .. (found ~= '' and '+' .. found or '') .. ' ' .. concat(params, ' ')
  emit(key, RECORD.modes('', '', '', server, '', f[1], changes))
end
for _, room in ipairs(page[2]) do follow(room_key(room)) end
return { 'ok', page[1] == '0' and '' or page[1] }
