"""SESSIONS: "devices and sessions listed and ended by their owner"; docs/extensions.md."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from tests.e2e.asking import PASSWORD, ask, join, registered
from tests.e2e.conftest import Connect
from tests.e2e.staff import operator
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

CAPS = ("standard-replies",)
ROUNDS = 40
"""How often a race is provoked."""
ENDED = "ERROR :This session was ended by another session of your account"


async def device(connect: Connect, name: str, *caps: str) -> IrcClient:
    """One more session of alice."""
    login = f"alice@{name}" if name else "alice"
    return await connect("alice", (*CAPS, *caps), (login, PASSWORD))


async def listed(client: IrcClient, account: str = "") -> list[list[str]]:
    """What SESSIONS LIST answers, without ids, gateways, times."""
    rows = [line.split(" ") for line in await ask(client, f"SESSIONS LIST {account}".strip())]
    assert {tuple(row[:2]) for row in rows} == {("NOTE", "SESSIONS")}
    return [
        [row[4], row[5], row[6], row[10], row[11]] if row[2] == "SESSION" else row[2:4]
        for row in rows
    ]


async def ids(client: IrcClient) -> dict[str, str]:
    """Device -> id of its session."""
    rows = [line.split(" ") for line in await ask(client, "SESSIONS LIST")]
    return {row[4]: row[3] for row in rows if row[2] == "SESSION"}


async def test_sessions_are_listed(connect: Connect) -> None:
    """ "device, session id, gateway, address, since when, last active, connected or waiting, which
    one is this"
    """
    await registered(connect, "alice")
    phone = await device(connect, "phone")
    laptop = await device(connect, "laptop")
    assert await listed(phone) == [
        ["*", "CONNECTED", "alice", "127.0.0.1", "*"],
        ["phone", "CONNECTED", "alice", "127.0.0.1", "THIS"],
        ["laptop", "CONNECTED", "alice", "127.0.0.1", "*"],
        ["LISTED", "3"],
    ]
    [_, row, *_] = await ask(phone, "SESSIONS LIST")
    assert re.fullmatch(
        r"NOTE SESSIONS SESSION \S+ phone CONNECTED alice \S+ \d{10} \d{10} 127\.0\.0\.1 THIS"
        r" :\S+: device phone as alice from 127\.0\.0\.1, since [\d-]{10} [\d:]{5} UTC, last active"
        r" on [\d-]{10} [\d:]{5} UTC, through gateway \S+ \(this one\)",
        row,
    )
    await laptop.send("QUIT")
    await laptop.expect_closed()
    assert [row[0] for row in await listed(phone)] == ["*", "phone", "DEVICE", "LISTED"]


async def test_a_session_is_ended(connect: Connect) -> None:
    """ "on any gateway: the connection gets ERROR with a sentence", and the user stays"""
    first, bob = await registered(connect, "alice"), await connect("bob")
    phone, laptop = await device(connect, "phone"), await device(connect, "laptop")
    await join(bob, "#room")
    await join(first, "#room")
    await bob.fence()
    assert await ask(laptop, "SESSIONS END phone") == [
        "NOTE SESSIONS ENDED phone 1 :1 session has ended"
    ]
    assert (await phone.expect_closed())[-1].raw == ENDED
    own = (await ids(laptop))["*"]
    assert await ask(laptop, f"SESSIONS END {own}") == [
        f"NOTE SESSIONS ENDED {own} 1 :1 session has ended"
    ]
    assert (await first.expect_closed())[-1].raw == ENDED
    assert await ask(bob, "PRIVMSG alice :are you here") == []
    assert await ask(laptop, "SESSIONS END phone") == [
        "FAIL SESSIONS NO_SUCH_SESSION END phone :There is no such session or device"
    ]


async def test_all_others_are_ended(connect: Connect) -> None:
    first = await registered(connect, "alice")
    others = [await device(connect, name) for name in ("", "phone", "laptop", "")]
    assert await ask(others[0], "SESSIONS END ALL") == [
        "NOTE SESSIONS ENDED ALL 4 :4 sessions have ended"
    ]
    for client in (first, *others[1:]):
        assert (await client.expect_closed())[-1].raw == ENDED
    assert await ask(others[0], "SESSIONS END all") == [
        "NOTE SESSIONS ENDED all 0 :0 sessions have ended"
    ]


async def test_this_session_is_ended(connect: Connect) -> None:
    """Others see one QUIT; the answer comes before the end."""
    await registered(connect, "bob")
    alice, bob = await registered(connect, "alice"), await connect("carol")
    await join(bob, "#room")
    await join(alice, "#room")
    await bob.fence()
    own = (await ask(alice, "SESSIONS LIST"))[0]
    assert own.startswith("NOTICE alice :NOTE SESSIONS SESSION: ")
    own = own.split(" ")[5].rstrip(":")
    await alice.send(f"SESSIONS END {own}")
    assert [line.raw for line in await alice.expect_closed()] == [
        ":chat.internal NOTICE alice :NOTE SESSIONS ENDED: 1 session has ended",
        "ERROR :This session was ended by your own command",
    ]
    await bob.expect(r"^:alice!\S+ QUIT :Session ended$")


@pytest.mark.parametrize("nicks", [1, 3])
async def test_who_takes_other_nicks_is_ended_too(connect: Connect, nicks: int) -> None:
    """... "on whatever gateway they are": a session that has just another nick does not come back,
    and all who are in its rooms hear one QUIT."""
    await registered(connect, "alice")
    boss = await connect("boss", CAPS, ("alice", PASSWORD))
    people = [await connect(name) for name in ("bob", "carl")]
    for one in people:
        await join(one, "#room")
    for number in range(ROUNDS // 2):
        thief = await connect(f"thief{number}", CAPS, (f"alice@thief{number}", PASSWORD))
        await join(thief, "#room")
        sid = (await ids(boss))[f"thief{number}"]
        for one in (boss, *people):
            await one.fence()
        taken = [f"NICK thief{number}-{count}" for count in range(nicks)]
        await asyncio.gather(boss.send(f"SESSIONS END {sid}"), thief.send(*taken))
        await thief.expect("^ERROR :")
        await boss.fence()
        told = [[line.command for line in await one.fence()] for one in people]
        assert told[0] == told[1]
        assert [command for command in told[0] if command != "NICK"] == ["QUIT"]
        assert f"thief{number}" not in await ids(boss)


async def test_what_is_refused(connect: Connect) -> None:
    alice = await registered(connect, "alice")
    guest = await connect("guest", CAPS)
    required = "ACCOUNT_REQUIRED"
    for line in ("SESSIONS LIST", "SESSIONS END ALL", "SESSIONS FORGET phone"):
        action = line.split(" ")[1]
        assert await ask(guest, line) == [
            f"FAIL SESSIONS {required} {action} :Log in to your account first"
        ]
    for line in ("SESSIONS LIST alice", "SESSIONS END alice ALL", "SESSIONS FORGET alice phone"):
        action = line.split(" ")[1]
        assert await ask(guest, line) == [
            f"FAIL SESSIONS PRIVS_NEEDED {action} alice :Only operators of the server see and end"
            " sessions of others"
        ]
    assert await ask(guest, "SESSIONS") == ["461 guest SESSIONS :Not enough parameters"]
    assert await ask(guest, "SESSIONS END") == ["461 guest SESSIONS :Not enough parameters"]
    assert await ask(guest, "SESSIONS KILL x") == [
        "FAIL SESSIONS UNKNOWN_ACTION KILL :Write LIST, END or FORGET"
    ]
    assert (await ask(alice, "SESSIONS LIST"))[-1] == (
        "NOTICE alice :NOTE SESSIONS LISTED: Sessions: 1; other devices that are remembered: 0"
    )


async def test_operators_see_and_end_those_of_others(connect: Connect) -> None:
    await registered(connect, "alice")
    phone = await device(connect, "phone")
    boss = await operator(connect, caps=CAPS)
    assert [row[0] for row in await listed(boss, "Alice")] == ["*", "phone", "LISTED"]
    assert await ask(boss, "SESSIONS END alice phone") == [
        "NOTE SESSIONS ENDED phone 1 :1 session has ended"
    ]
    last = (await phone.expect_closed())[-1].raw
    assert last == "ERROR :This session was ended by an operator"
    assert await ask(boss, "SESSIONS END alice ALL") == [
        "NOTE SESSIONS ENDED ALL 1 :1 session has ended"
    ]
    assert await ask(boss, "SESSIONS LIST nobody") == [
        "FAIL SESSIONS NO_SUCH_ACCOUNT LIST nobody :There is no such account"
    ]


async def test_a_device_is_forgotten(connect: Connect) -> None:
    """How far it has heard is forgotten: its next login is that of a new device."""
    laptop = await registered(connect, "alice")
    phone = await device(connect, "phone")
    laptop = await device(connect, "laptop")
    assert await ask(laptop, "SESSIONS FORGET phone") == [
        "FAIL SESSIONS DEVICE_IN_USE FORGET phone :The device has a session; end it first"
    ]
    await ask(laptop, "SESSIONS END phone")
    await phone.expect_closed()
    assert ["DEVICE", "phone"] in await listed(laptop)
    assert await ask(laptop, "SESSIONS FORGET phone") == [
        "NOTE SESSIONS FORGOTTEN phone :It is forgotten what device phone has heard"
    ]
    assert ["DEVICE", "phone"] not in await listed(laptop)
    assert await ask(laptop, "SESSIONS FORGET phone") == [
        "FAIL SESSIONS NO_SUCH_DEVICE FORGET phone :There is no such device"
    ]


async def test_who_changes_the_password_hears_of_other_sessions(connect: Connect) -> None:
    """An intruder whose login has succeeded is not put out by another password."""
    await registered(connect, "bob")
    alice = await registered(connect, "alice")
    assert await ask(alice, "PASSWD :mine") == [
        "NOTICE alice :NOTE PASSWD CHANGED: The password is changed"
    ]
    phone = await connect("alice", CAPS, ("alice@phone", "mine"))
    assert await ask(phone, f"PASSWD :{PASSWORD}") == [
        "NOTE PASSWD CHANGED alice :The password is changed; 1 other session of your account goes"
        " on: SESSIONS END ALL ends what is not this one"
    ]


async def test_the_answer_has_its_label(connect: Connect) -> None:
    """ "If a response consists of more than one message, a batch MUST be used" """
    await registered(connect, "alice")
    phone = await device(connect, "phone", "batch", "labeled-response")
    await phone.send("@label=l1 SESSIONS LIST")
    first, *rows, last = await phone.fence()
    assert re.match(r"@label=l1 \S+ BATCH \+\S+ labeled-response$", first.raw)
    assert [row.tags for row in rows] == [{"batch": first.params[0][1:]}] * 3
    assert (last.command, last.params[0][0]) == ("BATCH", "-")


# -- sessions without a connection, and races -------------------------------------------------


@pytest.fixture
async def waiting() -> AsyncIterator[Connect]:
    """Two gateways on which sessions wait for their connection."""
    async with RedisServer() as redis:
        flags = ("--redis", redis.url, "--flood-rate", "0", "--grace", "60")
        async with Gateway(*flags) as first, Gateway(*flags) as second:
            connect = Connect([first, second])
            yield connect
            for client in connect.clients:
                await client.close()


async def states(client: IrcClient) -> list[str]:
    return [row[1] for row in await listed(client) if len(row) > 2]


async def test_a_session_that_waits_is_ended(waiting: Connect) -> None:
    """ "a detached session ends with one QUIT if the user is gone by that" """
    first, bob = await registered(waiting, "alice"), await waiting("bob")
    await join(bob, "#room")
    await join(first, "#room")
    boss = await device(waiting, "boss")
    first.cut()

    async def waits() -> bool:
        return "WAITING" in await states(boss)

    await wait_until(waits, "the session waits")
    assert await ask(boss, "SESSIONS END ALL") == ["NOTE SESSIONS ENDED ALL 1 :1 session has ended"]
    assert await states(boss) == ["CONNECTED"]
    await bob.fence()
    await boss.send("QUIT :bye")
    await boss.expect_closed()
    assert [line.command for line in await bob.fence()] == ["QUIT"]


async def test_nobody_goes_on_with_a_session_that_was_ended(waiting: Connect) -> None:
    """A login that would go on with it comes at the same time, through another gateway: either it
    came before, and is ended, or it begins a session of its own.
    """
    await registered(waiting, "alice")
    boss = await device(waiting, "boss")
    ended = 0
    for number in range(ROUNDS):
        phone = await device(waiting, "phone")
        old = (await ids(boss))["phone"]
        again = await waiting.open()
        await again.send("CAP REQ :sasl standard-replies", "NICK alice", "USER a 0 * :A")
        await again._authenticate("alice@phone", PASSWORD)
        await _both(again, boss, old, number % 4)
        await phone.expect_closed()
        now = (await ids(boss)).get("phone")
        assert now != old
        if now is None:
            lines = await again.expect_closed()
            assert lines[-1].raw == ENDED
            ended += 1
        else:
            await again.fence()
            await ask(boss, "SESSIONS END phone")
            assert (await again.expect_closed())[-1].raw == ENDED
        assert "phone" not in await ids(boss)
    assert 0 < ended < ROUNDS, "either was first sometimes"


async def _both(again: IrcClient, boss: IrcClient, old: str, how: int) -> None:
    """A login goes on with a session, and it is ended: one before the other, or both at once."""
    end = f"SESSIONS END {old}"
    if how == 0:
        await again.send("CAP END")
        await again.expect(" 001 ")
        await boss.send(end)
    elif how == 1:
        await again.send("CAP END")
        await boss.send(end)
    else:
        await boss.send(end)
    if how == 2:
        await again.send("CAP END")
    await boss.expect("NOTE SESSIONS ENDED")
    if how == 3:
        await again.send("CAP END")
