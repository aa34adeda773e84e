-- Tell a gateway that it shall take no new clients, and let those go that it has.
-- gateway: text   its id
-- Refuses: nogateway
-- Returns: ok
if call('EXISTS', GATEWAY.lease(gateway)) == 0 then return REFUSE.nogateway() end
emit_global(RECORD.drain('', '', '', '', '', gateway))
return { 'ok' }
