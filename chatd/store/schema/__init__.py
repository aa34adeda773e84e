"""What stands in Redis, said once: Lua, the names in Python and docs/redis.md are made from it."""
