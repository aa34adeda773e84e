"""Nobody leaves because a wire broke.

Issue 10: "A session of an account that loses its socket (network, gateway killed, gateway frozen)
has a grace period: whoever authenticates as the same account and device through any gateway in that
time continues it: no QUIT, no JOIN, no lost prefix modes".
"""

from __future__ import annotations

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import (
    SHORT_LEASE_S,
    SLACK_S,
    People,
    ask,
    heard,
    join,
    numbers,
    say,
)
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway, on_every_engine
from tests.support.wait import wait_until

PASSWORD = "open sesame"
PLAIN = ("away-notify", "extended-join", "account-notify")
"""A client that knows nothing of history."""


@pytest.fixture
async def bob(shared: Chat, people: People) -> IrcClient:
    """Somebody who sees who comes and goes, on the second gateway."""
    return await people(shared.g2, f"bob{next(numbers)}", caps=PLAIN)


async def own(people: People, gateway: Gateway, nick: str, device: str = "") -> IrcClient:
    """Somebody with an account; registered where there is none yet."""
    client = await people.stranger(gateway)
    await client.register(nick, PLAIN)
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect("REGISTER SUCCESS")
    if device:
        await client.send("QUIT")
        await client.expect_closed()
        client = await again(people, gateway, nick, device)
    return client


async def again(
    people: People, gateway: Gateway, nick: str, device: str = "", asked: str = ""
) -> IrcClient:
    """The same account connects; ``asked``: the nick that its client asks for."""
    account = f"{nick}@{device}" if device else nick
    return await people(gateway, asked or nick, caps=PLAIN, sasl=(account, PASSWORD))


def moves(witness: IrcClient, *nicks: str) -> list[str]:
    """What a witness has heard of somebody's coming and going."""
    signs = {"JOIN", "PART", "QUIT", "NICK", "MODE", "AWAY", "ACCOUNT", "CHGHOST"}
    return [line.raw for line in witness.log if line.command in signs and line.nick in nicks]


async def sessions(chat: Chat, nick: str) -> dict[str, str]:
    """The sessions of a user: id -> gateway, * = it has no connection."""
    found = await ask(chat.redis, "HGETALL", f"chat:{{chat:online}}:sessions:{nick}")
    return {_text(sid): _text(gateway) for sid, gateway in found.items()}


def _text(word: bytes | str) -> str:
    return word.decode() if isinstance(word, bytes) else word


async def is_detached(chat: Chat, nick: str) -> bool:
    """Whether the user is there without a connection."""
    return [*(await sessions(chat, nick)).values()] == ["*"]


def names(lines: list[Line]) -> set[str]:
    """The members that 353 lines list."""
    return {nick for line in lines if line.command == "353" for nick in line.text.split()}


@pytest.mark.parametrize("where", ["the same gateway", "another gateway"])
async def test_who_comes_back_never_left(
    shared: Chat, people: People, bob: IrcClient, where: str
) -> None:
    nick = f"anna{next(numbers)}"
    room = f"#{nick}"
    anna = await own(people, shared.g1, nick)
    await join(anna, room)
    await join(bob, room)
    await anna.send(f"MODE {room} +v {bob.nick}", "AWAY :lunch", f"TOPIC {room} :hello")
    await anna.send(f"MODE {nick} +i")
    await anna.fence()
    await bob.fence()
    (sid,) = await sessions(shared, nick)
    before = moves(bob, nick)

    await anna.close()
    await wait_until(lambda: is_detached(shared, nick), "anna has no connection")
    await bob.send(f"NAMES {room}")
    assert names(await bob.lines_until(" 366 ")) == {f"@{nick}", f"+{bob.nick}"}
    await bob.send(f"PRIVMSG {nick} :are you there?")
    assert (await bob.expect(" 301 ")).text == "lunch"

    anna = await again(people, shared.g1 if where == "the same gateway" else shared.g2, nick)
    # the rooms in which the user is are shown to the client, which knows nothing
    shown = await anna.fence()
    shown = [*anna.log, *shown]
    assert [line.params[0] for line in shown if line.command == "JOIN"] == [room]
    assert names(shown) == {f"@{nick}", f"+{bob.nick}"}
    # and so are its user modes, and that it is away
    state = [line.raw for line in shown if line.command in {"MODE", "306"}]
    away = f":chat.internal 306 {nick} :You have been marked as being away"
    assert state == [f":{nick} MODE {nick} +i", away]
    assert list(await sessions(shared, nick)) == [sid], "it is the same session"
    await anna.send(f"MODE {room} -v {bob.nick}")
    await bob.expect(f"MODE {room} -v {bob.nick}")
    assert moves(bob, nick)[len(before) :] == [bob.log[-1].raw], "bob has noticed nothing"
    await anna.send(f"WHOIS {nick}")
    assert (await anna.expect(" 301 ")).text == "lunch"


async def test_who_quits_leaves_at_once(shared: Chat, people: People, bob: IrcClient) -> None:
    """ "A client that says QUIT leaves at once." """
    nick = f"anna{next(numbers)}"
    anna = await own(people, shared.g1, nick)
    await join(anna, f"#{nick}")
    await join(bob, f"#{nick}")
    await anna.send("QUIT :bye")
    await anna.expect_closed()
    await bob.fence()
    assert len(heard(bob, "QUIT")) == 1
    assert await sessions(shared, nick) == {}


async def test_a_guest_leaves_at_once(shared: Chat, people: People, bob: IrcClient) -> None:
    """ "Guests keep today's rules." """
    nick = f"guest{next(numbers)}"
    guest = await people(shared.g1, nick, f"#{nick}")
    await join(bob, f"#{nick}")
    await guest.close()
    assert (await bob.expect(r" QUIT ")).nick == nick


async def test_the_grace_ends_with_one_quit(
    engine_kind: str, people: People, patient: Chat
) -> None:
    """Nobody comes back: all hear one QUIT, when the grace is over, on every gateway."""
    short = Gateway("--redis", patient.redis.url, "--lease", str(SHORT_LEASE_S), "--grace", "1")
    async with short:
        anna = await own(people, short, "anna")
        witnesses = [await people(gateway, f"w{n}", caps=PLAIN)
                     for n, gateway in enumerate((short, patient.g2))]  # fmt: skip
        for client in (anna, *witnesses):
            await join(client, "#room")
        await anna.fence()  # it has read all: else its kernel says that the connection was reset
        await anna.close()
        for witness in witnesses:
            line = await witness.expect(" QUIT ", timeout=1 + SHORT_LEASE_S + SLACK_S)
            assert (line.nick, line.text) == ("anna", "Connection closed")
            await witness.fence()
            assert len(heard(witness, "QUIT")) == 1
        assert await ask(patient.redis, "KEYS", "*session:*") == []
        assert await ask(patient.redis, "ZCARD", "chat:{chat:online}:detached") == 0


@on_every_engine
async def test_a_gateway_is_killed_and_nobody_notices(patient: Chat, people: People) -> None:
    """Its accounts wait for their clients; "WeeChat waits 10 s before it comes back and the lease
    ends after 5"; guests quit."""
    room = "#room"
    accounts = [await own(people, patient.g1, f"a{number}") for number in range(5)]
    guest = await people(patient.g1, "guest", room)
    bob = await people(patient.g2, "bob", room, caps=PLAIN)
    for client in accounts:
        await join(client, room)
    await accounts[0].send("NICK other")
    await accounts[0].fence()
    patient.g1.kill9()
    for client in (*accounts, guest):
        await client.expect_closed()
    await bob.expect(" QUIT ")  # of the guest: the lease is over
    back = [await again(people, patient.g2, f"a{number}") for number in range(5)]
    assert [client.nick for client in back] == ["other", "a1", "a2", "a3", "a4"]
    for client in back:
        await client.fence()
        assert [line.params[0] for line in heard(client, "JOIN")] == [room]
    await bob.fence()
    assert [line.nick for line in heard(bob, "QUIT")] == ["guest"]
    assert moves(bob, *(client.nick for client in back))[6:] == []
    await say(await people(patient.g2, "carl", room), room, "hello")
    for client in back:
        await client.expect(f"PRIVMSG {room} :hello")


async def test_a_gateway_is_frozen(patient: Chat, people: People) -> None:
    """Its client goes to another, and when it wakes up nobody has left: the connection that it
    still has is over."""
    stays, goes = await own(people, patient.g1, "stays"), await own(people, patient.g1, "goes")
    bob = await people(patient.g2, "bob", caps=PLAIN)
    for client in (stays, goes, bob):
        await join(client, "#room")
    patient.g1.pause()
    await wait_until(lambda: is_detached(patient, "goes"), "the lease of the gateway is over")
    back = await again(people, patient.g2, "goes")
    patient.g1.resume()
    assert "goes on with another connection" in (await goes.expect("^ERROR ")).text
    await say(await people(patient.g2, "carl", "#room"), "#room", "hello")
    for client in (stays, back):
        await client.expect("PRIVMSG #room :hello")
    await bob.fence()
    assert moves(bob, "stays", "goes") == []
    assert list((await sessions(patient, "stays")).values()) == [patient.g1.id]


async def test_a_device_with_a_name_takes_over(
    shared: Chat, people: People, bob: IrcClient
) -> None:
    """Its connection is dead and the gateway does not know that yet: `NAME@DEVICE` says that it is
    the same program. Others of the account are left alone."""
    nick = f"anna{next(numbers)}"
    laptop = await own(people, shared.g1, nick, "laptop")
    await join(laptop, f"#{nick}")
    await join(bob, f"#{nick}")
    phone = await again(people, shared.g1, nick, "phone")
    plain = await again(people, shared.g2, nick)
    await laptop.send("MONITOR + bob1,nobody")
    await laptop.fence()
    again_laptop = await again(people, shared.g2, nick, "laptop")
    await laptop.expect("^ERROR :This session goes on with another connection")
    await again_laptop.fence()
    assert heard(again_laptop, "730", "731") == [], (
        "a client that has not asked yet is told nothing"
    )
    await again_laptop.send("MONITOR L")
    assert (await again_laptop.expect(" 732 ")).text == "bob1,nobody"
    await again_laptop.send("MONITOR + nobody")
    await again_laptop.expect(" 731 .*:nobody")
    for client in (phone, plain):
        await client.fence()
        assert heard(client, "ERROR") == []
    assert len(await sessions(shared, nick)) == 3
    await bob.fence()
    assert moves(bob, nick) == []


async def test_many_come_back_at_once(patient: Chat, people: People) -> None:
    """Two programs of one account without names of their own each get one of the two sessions."""
    one = await own(people, patient.g1, "anna")
    two = await again(people, patient.g1, "anna")
    before = await sessions(patient, "anna")
    for client in (one, two):
        await client.close()

    async def both_detached() -> bool:
        return [*(await sessions(patient, "anna")).values()] == ["*", "*"]

    await wait_until(both_detached, "both have no connection")
    for gateway in (patient.g1, patient.g2):
        await again(people, gateway, "anna")
    now = await sessions(patient, "anna")
    assert now.keys() == before.keys()
    assert set(now.values()) == {patient.g1.id, patient.g2.id}
