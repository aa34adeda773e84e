"""Erasing what one has said, and deleting one's account. docs/extensions.md, docs/operations.md"""

from __future__ import annotations

import re

import pytest
from redis import Redis

from chatd.account import settled, with_store
from chatd.config import Config
from chatd.erasing import erased
from chatd.store.store import Store
from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

CAPS = ("message-tags", "server-time", "batch", "standard-replies", "echo-message",
        "draft/chathistory", "draft/message-redaction", "draft/event-playback", "draft/read-marker",
        "chatd/id")  # fmt: skip
NOBODY = "*deleted*"


@pytest.fixture
def server(shared_gateways: tuple[RedisServer, list[Gateway]]) -> RedisServer:
    return shared_gateways[0]


async def account(connect: Connect, name: str) -> IrcClient:
    """Make an account and log in to it with all capabilities."""
    client = await registered(connect, name)
    await client.send("QUIT")
    await client.expect_closed()
    return await connect(name, CAPS, (name, PASSWORD))


async def history(client: IrcClient, target: str) -> list[str]:
    """What CHATHISTORY has: who has said what."""
    await client.fence()
    await client.send(f"CHATHISTORY LATEST {target} * 50")
    lines = [line for line in await client.fence() if line.command in ("PRIVMSG", "PART", "QUIT")]
    return [f"{line.nick} {line.text}" for line in lines]


async def is_done(client: IrcClient) -> None:
    async def done() -> bool:
        return (await ask(client, "ACCOUNT ERASE STATUS"))[-1].startswith("NOTE ACCOUNT ERASED")

    await wait_until(done, "the erasing is done")


def is_in_redis(server: RedisServer, text: str) -> bool:
    """Whether a text is in any value, also where it was deleted only."""
    with Redis.from_url(server.direct_url) as redis:
        redis.config_set("rdbcompression", "no")
        keys = redis.keys(f"{server.prefix}:*")
        return any(text.encode() in (redis.dump(key) or b"") for key in keys)


async def talk(connect: Connect) -> tuple[IrcClient, IrcClient]:
    """Alice and bob say something in a room and to each other."""
    alice, bob = await account(connect, "alice"), await account(connect, "bob")
    for client in (alice, bob):
        await join(client, "#room")
        await join(client, "#other")
    for client, to, text in ((alice, "bob", "ALICES-words"), (bob, "alice", "BOBS-words")):
        await ask(client, *(f"PRIVMSG {target} :{text}" for target in ("#room", "#other", to)))
    await heard(alice)
    await heard(bob)
    return alice, bob


async def test_what_one_has_said_is_erased(connect: Connect, server: RedisServer) -> None:
    """ "erased means not in Redis" """
    alice, bob = await talk(connect)
    assert is_in_redis(server, "ALICES-words")
    assert await ask(alice, "ACCOUNT ERASE *") == [
        "NOTE ACCOUNT ERASING * :What you have said is being erased;"
        " ACCOUNT ERASE STATUS tells how far it is"
    ]
    await is_done(alice)
    status = (await ask(alice, "ACCOUNT ERASE STATUS"))[-1]
    assert re.search(r" :Done: \d+ entries were looked at, 4 of them erased$", status)
    assert not is_in_redis(server, "ALICES-words")
    assert is_in_redis(server, "BOBS-words")
    [refusal] = await ask(alice, "ACCOUNT ERASE *")
    assert re.fullmatch(r"FAIL ACCOUNT RATE_LIMITED ERASE :Try again in \d+ seconds", refusal)
    for client, other in ((alice, "bob"), (bob, "alice")):
        assert await history(client, "#room") == ["bob BOBS-words"]
        assert await history(client, other) == ["bob BOBS-words"]
    # "no REDACT storm": who is there hears nothing; what is said from now on is kept
    assert await heard(bob) == []
    await ask(alice, "PRIVMSG #room :anew")
    assert await history(bob, "#room") == ["bob BOBS-words", "alice anew"]


async def test_in_one_room_and_since(connect: Connect) -> None:
    alice, bob = await talk(connect)
    await ask(alice, "ACCOUNT ERASE #room")
    await is_done(alice)
    assert await history(bob, "#room") == ["bob BOBS-words"]
    assert "alice ALICES-words" in await history(bob, "#other")
    await ask(alice, "ACCOUNT ERASE * timestamp=2100-01-01T00:00:00.000Z")
    await is_done(alice)
    assert "alice ALICES-words" in await history(bob, "#other")
    assert "alice ALICES-words" in await history(bob, "alice")


async def test_the_founder_erases_a_room(connect: Connect, server: RedisServer) -> None:
    alice, bob = await talk(connect)
    asked = "ROOM ERASE #room"
    text = "The room does not belong to your account"
    assert await ask(alice, asked) == [f"FAIL ROOM NOT_FOUNDER ERASE #room :{text}"]
    await ask(alice, "ROOM REGISTER #room")
    assert await ask(bob, asked) == [f"FAIL ROOM NOT_FOUNDER ERASE #room :{text}"]
    await ask(bob, "PART #room :BOBS-reason")
    assert await ask(alice, asked) == [
        "NOTE ROOM ERASING #room :What was said in the room is being erased"
    ]
    await wait_until(lambda: not is_in_redis(server, "BOBS-reason"), "it is erased")
    assert await history(alice, "#room") == ["bob #room"]  # he has left
    assert await history(alice, "#other") == ["alice ALICES-words", "bob BOBS-words"]


async def test_an_account_is_deleted_by_its_owner(connect: Connect, server: RedisServer) -> None:
    """ "the password check must go through the same place as logins" """
    alice, bob = await talk(connect)
    assert await ask(alice, "ACCOUNT DELETE wrong") == [
        "FAIL ACCOUNT WRONG_PASSWORD DELETE :That is not the password of your account"
    ]
    lines = await ask(alice, f"ACCOUNT DELETE {PASSWORD} ERASE")
    assert (
        "NOTE ACCOUNT DELETED alice ERASE"
        " :The account alice is deleted; what it said is being erased"
    ) in lines
    await wait_until(lambda: not is_in_redis(server, "ALICES-words"), "it is erased")
    assert await history(bob, "#room") == ["bob BOBS-words"]
    assert await ask(alice, "ACCOUNT ERASE *") == [
        "FAIL ACCOUNT ACCOUNT_REQUIRED :Log in to an account first"
    ]


async def test_what_a_deleted_account_said_has_no_name(connect: Connect) -> None:
    """ "--on-delete WHAT": anonymise is the default"""
    alice, bob = await talk(connect)
    await ask(alice, f"ACCOUNT DELETE {PASSWORD}")

    async def anonymous() -> bool:
        return await history(bob, "#room") == [f"{NOBODY} ALICES-words", "bob BOBS-words"]

    await wait_until(anonymous, "its name is gone")


async def test_from_the_terminal(connect: Connect, server: RedisServer) -> None:
    """ "chatd account erase NAME", "chatd account delete NAME --erase" """
    alice, bob = await talk(connect)
    await alice.send("QUIT :ALICES-words")
    await alice.expect_closed()

    async def erase(store: Store) -> int:
        return await erased(store, await settled(store.erase("", "alice", "erase", "", 0)))

    async def delete(store: Store) -> int:
        return await erased(store, await settled(store.account_delete("bob", "erase")))

    config = Config(redis_url=server.url)
    # three messages, her own copy, and her reason in two rooms
    assert await with_store(config, erase) == 6
    assert not is_in_redis(server, "ALICES-words")
    await with_store(config, delete)
    assert not is_in_redis(server, "BOBS-words")
    assert await history(bob, "#room") == ["alice "]


async def test_an_idempotency_key_goes_too(connect: Connect, server: RedisServer) -> None:
    alice, _ = await talk(connect)
    await ask(alice, "@chatd/id=SOMEKEY PRIVMSG #room :hello")
    with Redis.from_url(server.direct_url) as redis:
        assert redis.keys("*:SOMEKEY")
        await ask(alice, "ACCOUNT ERASE *")
        await is_done(alice)
        assert not redis.keys("*:SOMEKEY")


async def test_what_cannot_be_asked(connect: Connect) -> None:
    alice = await account(connect, "alice")
    for line, answer in (
        ("ACCOUNT ERASE", "INVALID_VALUE ERASE :Write ERASE and *, a room, or STATUS"),
        ("ACCOUNT ERASE #none", "NO_SUCH_ROOM ERASE :There is no such room"),
        ("ACCOUNT ERASE #,", "NO_SUCH_ROOM ERASE #, :There is no such room"),
        ("ACCOUNT ERASE * then", "INVALID_VALUE ERASE then :Write timestamp="),
        ("ACCOUNT DELETE", "INVALID_VALUE DELETE :Write DELETE, your password"),
        (f"ACCOUNT DELETE {PASSWORD} BURN", "INVALID_VALUE DELETE :Write DELETE, your password"),
        ("ACCOUNT BURN", "UNKNOWN_ACTION BURN :Write INFO, SET, ERASE or DELETE"),
    ):
        [said] = await ask(alice, line)
        assert said.startswith(f"FAIL ACCOUNT {answer}"), said
