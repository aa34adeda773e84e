-- Letters of user modes that go with what a user does: B a bot, o an operator. name -> letters, of
-- those about whom `identity` was asked; they stand behind the account of a record, after a byte 1.
local marks = {}
local function marked(record)
  if not next(marks) then return record end
  local head, name = string.match(record, '^([^MS]%z[^%z]+%z[^%z]*%z([^%z]*)%z[^%z]*%z[^%z]*)')
  if not head or not marks[name] then return record end
  return head .. '\1' .. marks[name] .. string.sub(record, #head + 1)
end
