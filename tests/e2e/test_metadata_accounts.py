"""METADATA of who is logged in: the values are the account's. See docs/extensions.md."""

from __future__ import annotations

import pytest

from chatd.account import settled, with_store
from chatd.config import Config
from chatd.store.store import Store
from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.e2e.test_metadata import CAPS, inside, raw
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer


async def login(connect: Connect, nick: str, account: str = "alice") -> IrcClient:
    return await connect(nick, CAPS, (account, PASSWORD))


async def quits(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


async def test_values_are_there_at_the_next_login(connect: Connect) -> None:
    """ "clients receive their current metadata (any metadata stored by the server or by services
    [...]) in a metadata batch with their own nick as target" """
    alice = await registered(connect, "alice")
    await ask(alice, "METADATA * SET url :http://a", "METADATA * SET pronouns :she")
    await quits(alice)
    bob = await connect("bob", CAPS)
    # who is offline is asked about by the name of the account
    assert sorted(inside(await raw(bob, "METADATA Alice LIST"))) == [
        "761 bob alice pronouns * :she",
        "761 bob alice url * :http://a",
    ]
    (answer,) = await ask(bob, "METADATA alice SET url :x")
    assert answer.startswith("FAIL METADATA INVALID_TARGET alice :")
    work = await connect.open()
    lines = [line.raw for line in await work.register("work", CAPS, ("alice", PASSWORD))]
    assert any(one.endswith("METADATA work url * :http://a") for one in lines)
    # under all nicks of the account they are the same
    home = await login(connect, "home")
    await ask(home, "METADATA * SET url :http://b", "METADATA * SET pronouns")
    assert inside(await raw(bob, "METADATA work LIST")) == ["761 bob work url * :http://b"]
    await quits(work)
    await quits(home)
    assert inside(await raw(bob, "METADATA alice GET url")) == ["761 bob alice url * :http://b"]


async def test_what_a_guest_has_set_comes_along(connect: Connect) -> None:
    """What the account has of its own wins, and all who have subscribed hear of the change."""
    alice = await registered(connect, "alice")
    await ask(alice, "METADATA * SET url :account", "METADATA * SET lang :de")
    await quits(alice)
    guest, bob = await connect("guest", CAPS), await connect("bob", CAPS)
    await join(guest, "#room")
    await join(bob, "#room")
    await ask(guest, "METADATA * SET url :guest", "METADATA * SET city :here")
    await ask(bob, "METADATA * SUB url city lang")
    await heard(bob)
    await guest.send("CAP REQ sasl", "AUTHENTICATE PLAIN")
    await guest.expect(r"AUTHENTICATE \+")
    await guest.send("AUTHENTICATE AGFsaWNlAHNlc2FtZQ==")
    await guest.expect(" 903 ")
    told = [line for line in await heard(bob) if "METADATA" in line]
    assert sorted(told) == [
        "guest METADATA guest lang * :de",
        "guest METADATA guest url * :account",
    ]
    await quits(guest)
    assert sorted(inside(await raw(bob, "METADATA alice LIST"))) == [
        "761 bob alice city * :here",
        "761 bob alice lang * :de",
        "761 bob alice url * :account",
    ]


async def test_values_of_a_guest_end_with_it(connect: Connect) -> None:
    guest, bob = await connect("guest", CAPS), await connect("bob", CAPS)
    await ask(guest, "METADATA * SET url :x", "NICK other")
    assert inside(await raw(bob, "METADATA other GET url")) == ["761 bob other url * :x"]
    await quits(guest)
    await connect("other", CAPS)
    assert inside(await raw(bob, "METADATA other LIST")) == []


async def test_others_under_the_same_account_change_with_it(connect: Connect) -> None:
    """ "users who have subscribed to the changed key will receive a METADATA message" """
    await quits(await registered(connect, "alice"))
    work, home = await login(connect, "work"), await login(connect, "home")
    bob = await connect("bob", CAPS)
    await join(home, "#room")
    await join(bob, "#room")
    await ask(bob, "METADATA * SUB url")
    await heard(bob)
    await ask(work, "METADATA * SET url :x")
    assert await heard(bob) == ["work METADATA home url * :x"]


async def test_they_are_deleted_with_the_account(
    connect: Connect, shared_gateways: tuple[RedisServer, list[Gateway]]
) -> None:
    redis, _ = shared_gateways
    alice, bob = await registered(connect, "alice"), await connect("bob", CAPS)
    await ask(alice, "METADATA * SET url :x", "JOIN #room")
    await ask(bob, "JOIN #room", "METADATA * SUB url")
    await heard(bob)

    async def work(store: Store) -> None:
        await settled(store.account_delete("alice"))

    await with_store(Config(redis_url=redis.url), work)
    assert "alice METADATA alice url *" in await heard(bob)
    assert inside(await raw(bob, "METADATA alice LIST")) == []


async def test_a_limit_is_the_accounts(connect: Connect) -> None:
    await quits(await registered(connect, "alice"))
    work, home = await login(connect, "work"), await login(connect, "home")
    await ask(work, *(f"METADATA * SET key{number} :x" for number in range(30)))
    (answer,) = await ask(home, "METADATA * SET more :x")
    assert answer.startswith("FAIL METADATA LIMIT_REACHED home :")


@pytest.mark.parametrize("what", ["rename", "nothing"])
async def test_they_go_along_when_the_account_is_renamed(
    connect: Connect, shared_gateways: tuple[RedisServer, list[Gateway]], what: str
) -> None:
    redis, _ = shared_gateways
    alice = await registered(connect, "alice")
    await ask(alice, "METADATA * SET url :x")
    await quits(alice)
    name = "alice"
    if what == "rename":
        name = "alicia"

        async def work(store: Store) -> None:
            await settled(store.account_rename("alice", "alicia", "alicia"))

        await with_store(Config(redis_url=redis.url), work)
    again = await login(connect, "again", name)
    assert inside(await raw(again, "METADATA * LIST")) == ["761 again again url * :x"]
