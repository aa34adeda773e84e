-- Words that concern somebody: names of accounts, nicks of who is logged in to one, keywords.
local WORDS = { most_due = 10000 }
-- Gateways hear of a word that is new. `tell`: what emits that, nil = at once.
function WORDS.watch(word, akey, tell)
  if word ~= akey then call('SADD', SERVER.watchers(word), akey) end
  if call('SADD', SERVER.words, word) == 1 then
    (tell or emit_global)(RECORD.watched('', '', '', '', '', word))
  end
end
-- Unless it concerns the account for another reason, or somebody else.
function WORDS.unwatch(word, akey)
  if call('SISMEMBER', ACCOUNT.keywords(akey), word) == 1 or call('SISMEMBER', ACCOUNT.online(akey), word) == 1 then
    return
  end
  call('SREM', SERVER.watchers(word), akey)
  if call('EXISTS', SERVER.watchers(word), ACCOUNT.facts(word)) == 0 and call('SREM', SERVER.words, word) == 1 then
    emit_global(RECORD.unwatched('', '', '', '', '', word))
  end
end
-- A message in a room has some of the words: inbox_fill.lua tells those whom they concern.
function WORDS.said(key, id, words)
  local due = fields(call('HGET', key, 'rid') or '', id, '0', words)
  if call('RPUSH', SERVER.due, due) > WORDS.most_due then call('RPOP', SERVER.due) end
end
