"""Promise 4, "presence does not lie", as Redis has it: what each key says agrees with the rest."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from chatd.store.keys import Keys
from chatd.store.schema.keys import NOBODY, Owner
from chatd.wire.modes import PREFIX_MODES
from tests.support.servers import RedisServer
from tests.support.wait import PATIENCE_S, wait_until

_OF_A_USER = ("sessions", "rooms", "hosts", "invites", "accepts")


async def wait_until_consistent(redis: RedisServer, timeout_s: float = PATIENCE_S) -> None:
    """Wait until nothing contradicts anything: acts under way are one act each."""
    found: list[str] = []

    async def agrees() -> bool:
        found[:] = await contradictions(redis)
        return not found

    try:
        await wait_until(agrees, "Redis is consistent", timeout_s)
    except AssertionError as error:
        raise AssertionError("\n".join([str(error), *found])) from None


async def contradictions(redis: RedisServer) -> list[str]:
    """Sentences about what does not fit together."""
    client: Any = Redis.from_url(redis.direct_url, decode_responses=True)
    try:
        keys = redis.keys
        found = await _users(client, keys) + await _rooms(client, keys)
        return found + await _access(client, keys) + await _bans_that_end(client, keys)
    finally:
        await client.aclose()


async def _named(client: Any, keys: Keys, kind: str) -> set[str]:
    head = f"{keys.presence}:{kind}:"
    return {key.removeprefix(head) for key in await client.keys(f"{head}*")}


async def _users(client: Any, keys: Keys) -> list[str]:
    found = []
    users = await _named(client, keys, "user")
    nicks = {await client.hget(f"{keys.presence}:user:{name}", "nick") for name in users}
    online = await client.smembers(keys.online)
    if nicks != online:
        found.append(f"{keys.online} differs from the users by {nicks ^ online}")
    held: dict[tuple[str, str], str] = {}
    for gateway in await _named(client, keys, "gateway"):
        lease = await client.zscore(f"{keys.presence}:gateways", gateway)
        if lease is None and gateway != NOBODY:
            found.append(f"gateway {gateway} has sessions and no lease")
        for sid, name in (await client.hgetall(f"{keys.presence}:gateway:{gateway}")).items():
            held[gateway, sid] = name
    for name in users:
        sessions = await client.hgetall(f"{keys.presence}:sessions:{name}")
        if not sessions:
            found.append(f"{name} is online without a session")
        for sid, gateway in sessions.items():
            if held.pop((gateway, sid), None) != name:
                found.append(f"session {sid} of {name} is not one of gateway {gateway}")
    found += [f"session {sid} of {name}: nobody's" for (_, sid), name in held.items()]
    waiting = set(await client.hkeys(f"{keys.presence}:gateway:{NOBODY}"))
    timed = set(await client.zrange(f"{keys.presence}:detached", 0, -1))
    if waiting != timed:
        found.append(f"sessions without a connection and those that end differ: {waiting ^ timed}")
    plain = {
        keys.user(name): await client.hget(f"{keys.presence}:user:{name}", "uid")
        for name in users
        if await _is_plain(client, keys, name)
    }
    noted = await client.hgetall(f"{keys.presence}:receivers")
    noted.pop("*", None)
    if plain != noted:
        others = plain.items() ^ noted.items()
        found.append(f"who is neither away nor +R: noted are others, {others}")
    for name in users:
        account = await client.hget(f"{keys.presence}:user:{name}", "akey")
        logged_in = keys.of(Owner.ACCOUNT, "online", account or "")
        if account and not await client.sismember(logged_in, name):
            found.append(f"the account {account} does not know of {name}")
    for kind in _OF_A_USER:
        strays = await _named(client, keys, kind) - users
        found += [f"{kind}:{name} is left of somebody who has gone" for name in strays]
    return found


async def _is_plain(client: Any, keys: Keys, name: str) -> bool:
    away, modes = await client.hmget(f"{keys.presence}:user:{name}", "away", "modes")
    return not away and "R" not in (modes or "")


async def _rooms(client: Any, keys: Keys) -> list[str]:
    found = []
    users = await _named(client, keys, "user")
    listed = await client.smembers(f"{keys.presence}:roomlist")
    inside: dict[str, set[str]] = {room: set() for room in listed}
    for name in users:
        for rid in await client.smembers(f"{keys.presence}:rooms:{name}"):
            room = await client.get(f"{keys.presence}:room:{rid}")  # None: it is nowhere
            inside.setdefault(room or rid, set()).add(name)
    for room, names in inside.items():
        key = keys.room(room)
        members = set(await client.hkeys(f"{key}:members"))
        if members != names:
            found.append(f"members of {room} and rooms of users differ by {members ^ names}")
        # "kept for a grace time": a room whose last member was lost
        if not members and not any(await client.hmget(key, "registered", "lost_until")):
            found.append(f"{room} is empty and still there")
        if room not in listed:
            found.append(f"{room} is not listed")
        found += await _holders(client, key)
    return found


async def _holders(client: Any, key: str) -> list[str]:
    """The index of who has which prefix mode says what the members say."""
    found = []
    members = await client.hgetall(f"{key}:members")
    for letter in PREFIX_MODES:
        have = {name for name, value in members.items() if letter in value.partition("\0")[0]}
        noted = await client.smembers(f"{key}:holders:{letter}")
        if have != noted:
            found.append(f"who has +{letter} in {key} and who is noted differ by {have ^ noted}")
    return found


async def _access(client: Any, keys: Keys) -> list[str]:
    """Access lists and the index of the rooms in whose list an account is say the same."""
    listed, noted = set(), set()
    for room in await client.smembers(f"{keys.presence}:roomlist"):
        key = keys.room(room)
        listed |= {(account, room) for account in await client.hkeys(f"{key}:access")}
    head, tail = keys.account("").removesuffix("}"), "}:access"
    for index in await client.keys(f"{head}*{tail}"):
        account = index.removeprefix(head).removesuffix(tail)
        for rid in await client.smembers(index):
            noted.add((account, await client.get(f"{keys.presence}:room:{rid}") or rid))
    return [f"{who}: in a list and not in the index, or not both" for who in listed ^ noted]


async def _bans_that_end(client: Any, keys: Keys) -> list[str]:
    """What ends is in a list, and the next end of each room is known to all gateways."""
    found = []
    for room in await client.smembers(f"{keys.presence}:roomlist"):
        key = keys.room(room)
        ends = dict(await client.zrange(f"{key}:ends", 0, -1, withscores=True))
        if strays := ends.keys() - set(await client.hkeys(f"{key}:b")):
            found.append(f"{strays} end in {room} and are not banned")
        due = await client.zscore(f"{keys.presence}:timed", await client.hget(key, "rid"))
        if ends and (due is None or due > min(ends.values())):
            found.append(f"nobody lifts the next ban of {room}: {due}")
    return found
