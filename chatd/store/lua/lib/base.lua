-- What everything below is made of: the prefix of all keys, and the text of keys and records.
-- A record is what happened: fields joined by NUL: kind, session id, event id ('' = the stream's own),
-- name (folded), source (nick!user@host), account ('' = none), then what the kind needs.
-- A refusal is an array whose first element is a word in lower case; success begins with 'ok'.
local P, GW, KEEP -- prefix, calling gateway, entries kept per stream: set for each call, see begin.lua
local PRES -- what the keys of presence begin with
local SEP = '\0'
local byte, find, concat -- the functions of these names, which are not there either when this runs
local call -- redis.call, which there is in functions only

local ESC = { ['%'] = '%25', ['{'] = '%7B', ['}'] = '%7D' }
local PLAINTEXT = { ['%25'] = '%', ['%7B'] = '{', ['%7D'] = '}' }
local function esc(s) return (string.gsub(s, '[%%{}]', ESC)) end
-- The folded name in a key or channel of these.
local function name_in(key) return (string.gsub(string.match(key, '{([^{}]*)}$'), '%%%x%x', PLAINTEXT)) end
local function fields(...) return table.concat({ ... }, SEP) end
