"""Who holds a prefix in a room is an index; so is who is logged in to an account. A real server."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from chatd.store.packing import Packed
from chatd.store.pending import Pending, settled
from chatd.store.rooms import Change, Entrant
from chatd.store.store import Store
from chatd.wire.modes import PREFIX_MODES
from tests.store.conftest import Gateway
from tests.support.servers import RedisServer


async def come(store: Store, *names: str, account: str = "") -> None:
    for name in names:
        await settled(store.login(name, name, name, "~u", "h", "r", (account, account)))


async def enter(store: Store, *names: str) -> None:
    entrants = [Entrant(name, name, "#room", "") for name in names]
    await settled(store.join("#room", entrants, most=9, new=("nt", "o"), server="s"))


async def mode(store: Store, by: str, *changes: tuple[str, str]) -> None:
    wanted = [Change(sign[0], sign[1], nick, nick) for sign, nick in changes]
    refused = await settled(
        store.mode(by, by, "#room", wanted, line_bytes=400, line_params=12, masks=9)
    )
    assert not refused


async def indexed(client: Any, room: str) -> dict[str, set[str]]:
    """name -> its prefix modes, as the index has them; it is what members say."""
    members = await client.hgetall(f"{room}:members")
    said = {name: set(value.partition("\0")[0]) for name, value in members.items()}
    found: dict[str, set[str]] = {}
    for letter in PREFIX_MODES:
        for name in await client.smembers(f"{room}:holders:{letter}"):
            found.setdefault(name, set()).add(letter)
    assert found == {name: letters for name, letters in said.items() if letters}
    return found


async def test_the_index_says_what_the_members_say(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """ "holders of a prefix", after every act that changes members or their modes."""
    store = await gateway("g1")
    room, new = store.keys.room("#room"), store.keys.room("#new")
    for account in ("anna", "heir"):
        await settled(store.register("", account, account, "secret"))
    await come(store, "anna", account="anna")
    await come(store, "bob", "carl", "dora", "eve")
    await enter(store, "anna", "bob", "carl", "dora", "eve")
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        assert await indexed(client, room) == {"anna": {"o"}}
        await mode(store, "anna", ("+v", "bob"), ("+v", "carl"), ("+h", "carl"), ("+v", "dora"))
        assert (await indexed(client, room))["carl"] == {"v", "h"}
        await mode(store, "anna", ("-v", "carl"))
        await settled(store.nick("bob", "bob", "robert", "robert"))
        assert (await indexed(client, room))["robert"] == {"v"}
        await settled(store.kick("anna", "anna", "#room", "robert", "x"))
        await settled(store.part("dora", "dora", "#room", ""))
        assert await indexed(client, room) == {"anna": {"o"}, "carl": {"h"}}
        await settled(store.register_room("anna", "#room", 9, "s"))
        assert (await indexed(client, room))["anna"] == {"q", "o"}
        await settled(store.set_account("eve", "eve", ("heir", "heir")))
        await settled(store.transfer_room("anna", "#room", "heir", 9, "s"))
        assert await indexed(client, room) == {"anna": {"o"}, "carl": {"h"}, "eve": {"q"}}
        await settled(store.rename_room("eve", "eve", "#room", "#new", "#new", ""))
        assert not await indexed(client, room)
        assert (await indexed(client, new))["eve"] == {"q"}
        await settled(store.logout("carl", "bye"))
        assert set(await indexed(client, new)) == {"anna", "eve"}


async def test_who_is_logged_in_to_an_account_is_known_by_every_name(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    store = await gateway("g1")
    await settled(store.register("", "anna", "anna", "secret"))
    key = redis_server.key("chat:account:{anna}:online")
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        await come(store, "one", account="anna")
        await come(store, "two")
        await settled(store.set_account("two", "two", ("anna", "anna")))
        await settled(store.nick("one", "one", "other", "other"))
        assert await client.smembers(key) == {"other", "two"}
        await settled(store.set_account("two", "two", ("", "")))
        assert await client.smembers(key) == {"other"}
        await settled(store.logout("one", "bye"))
        assert not await client.exists(key)


async def say(store: Store, prefixes: str) -> object:
    pending: Pending[object] = Pending()
    record = b"M\0bob\0\0bob\0bob!~u@h\0\0PRIVMSG\0@#room\0\0hi\x001"
    to = Packed((f"r{prefixes}", store.keys.room("#room"), "bob"))
    store.relay.act_batched(store.post_head, to, record, pending)
    return await settled(pending)


async def test_a_message_names_no_more_holders_than_it_can(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """Whoever is not among the many is reached as before."""
    store = await gateway("g1")
    await come(store, "anna", "bob")
    await enter(store, "anna", "bob")
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        room = store.keys.room("#room")
        await client.sadd(f"{room}:holders:v", *(f"u{number}" for number in range(4_000)))
        assert await say(store, "qaohv") == [b"manyholders", b"#room"]
        assert isinstance(await say(store, "qaoh"), bytes)
        found: Any = await client.xrevrange(f"{room}:log", count=1)
        assert found[0][1]["e"].rpartition("\0")[2] == "anna bob"


@pytest.mark.parametrize(("masks", "entered"), [(0, 100), (25, 50), (100, 20)])
async def test_who_enters_at_once_is_bounded_by_the_masks_of_the_room(
    gateway: Gateway, redis_server: RedisServer, masks: int, entered: int
) -> None:
    """ "no call of any line keeps Redis for more than 5 ms": the others have to come again."""
    store = await gateway("g1")
    names = [f"u{number}" for number in range(100)]
    await come(store, "anna", *names)
    await enter(store, "anna")
    for number in range(masks):
        mask = f"*x{number}!*@*"
        change = [Change("+", "b", mask, mask)]
        await settled(
            store.mode("anna", "anna", "#room", change, line_bytes=400, line_params=12, masks=100)
        )
    entrants = [Entrant(name, name, "#room", "") for name in names]
    asked = store.join("#room", entrants, most=9, new=("nt", "o"), server="s")
    assert await settled(asked) == [None] * entered
