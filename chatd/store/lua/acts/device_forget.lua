-- Forget a device of an account: its next login is that of a new one.
-- name: text     of who asks, folded
-- akey: text     the account, folded
-- device: text   '' = those that do not say what they are called
-- Refuses: stale offline notoper nodevice
-- Returns: ok
if stale() then return REFUSE.stale() end
if not identity(name) then return REFUSE.offline() end
if account_of(name) ~= akey and not is_staff(name) then return REFUSE.notoper() end
if call('HDEL', ACCOUNT.devices(akey), device) == 0 then return REFUSE.nodevice() end
return { 'ok' }
