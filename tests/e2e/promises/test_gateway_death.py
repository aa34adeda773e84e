"""Promise 4: "After kill -9 of a gateway its users are gone from the roster within a stated bound,
with exactly one QUIT each". The bound for a lease of L seconds is L + 2 L/3 (chatd/state/presence).
"""

from __future__ import annotations

import asyncio

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import (
    GONE_S,
    SHORT_LEASE_S,
    SLACK_S,
    People,
    ask,
    heard,
    join,
    roster,
    said,
    say,
    texts,
    wait_for_roster,
)
from tests.support.servers import Gateway, on_every_engine
from tests.support.wait import wait_until

ROOMS = ("#one", "#two", "#three")
PASSWORD = "open sesame"


@on_every_engine
async def test_users_of_a_dead_gateway_quit_once(mortal: Chat, people: People) -> None:
    doomed = [await people(mortal.g1, f"doomed{i}", *ROOMS) for i in range(5)]
    bob = await people(mortal.g2, "bob", *ROOMS)
    mortal.g1.kill9()
    for client in doomed:
        await client.expect_closed()
    await wait_for_roster(mortal.redis, {"bob"}, GONE_S + SLACK_S)
    await bob.fence()
    quits = heard(bob, "QUIT")
    assert sorted(line.nick for line in quits) == sorted(client.nick for client in doomed)
    await bob.send("NAMES #one")
    names = await bob.lines_until(" 366 ")
    assert [line.text for line in names if line.command == "353"] == ["bob"]
    assert await ask(mortal.redis, "KEYS", f"*gateway:{mortal.g1.id}*") == []


async def test_survivors_race_for_the_cleaning(mortal: Chat, people: People) -> None:
    """ "one of them removes what it left behind": nobody hears a QUIT twice, whoever was first."""
    witnesses = [
        await people(mortal.g1, "near", *ROOMS),
        await people(mortal.g2, "far", *ROOMS),
    ]
    for turn in range(4):
        third = Gateway("--redis", mortal.redis.url, "--lease", str(SHORT_LEASE_S))
        async with third:
            doomed = [await people(third, f"doomed-{turn}-{i}", *ROOMS) for i in range(20)]
            third.kill9()
            for client in doomed:
                await client.expect_closed()
            await wait_for_roster(mortal.redis, {"near", "far"})
        names = sorted(client.nick for client in doomed)
        for witness in witnesses:
            await witness.fence()
            mine = [line for line in heard(witness, "QUIT") if f"-{turn}-" in line.nick]
            assert sorted(line.nick for line in mine) == names
    assert _msgids(witnesses[0]) == _msgids(witnesses[1])


def _msgids(witness: object) -> list[str]:
    return [line.tags["msgid"] for line in heard(witness, "QUIT")]  # type: ignore[arg-type]


async def test_a_user_with_another_session_stays(mortal: Chat, people: People) -> None:
    """ "A user is not a session": who is connected to another gateway too has not left."""
    phone = await people(mortal.g1, "anna", "#one")
    await phone.send(f"REGISTER * * :{PASSWORD}")
    await phone.expect("REGISTER SUCCESS")
    laptop = await people(mortal.g2, "anna", sasl=("anna", PASSWORD))
    guest = await people(mortal.g1, "guest", "#one")
    bob = await people(mortal.g2, "bob", "#one")
    mortal.g1.kill9()
    await phone.expect_closed()
    await guest.expect_closed()
    await wait_for_roster(mortal.redis, {"anna", "bob"})
    await say(laptop, "#one", "still here")
    await bob.expect(r":anna!\S+ PRIVMSG #one :still here")
    assert [line.nick for line in heard(bob, "QUIT")] == ["guest"]


async def test_a_frozen_gateway_comes_back(mortal: Chat, people: People) -> None:
    """A gateway that slept longer than its lease: its users quit once, and come back by JOIN."""
    alice = await people(mortal.g1, "alice", *ROOMS)
    amy = await people(mortal.g1, "amy", *ROOMS)
    bob = await people(mortal.g2, "bob", *ROOMS)
    mortal.g1.pause()
    await wait_for_roster(mortal.redis, {"bob"})
    await say(bob, "#one", "are you asleep?")
    mortal.g1.resume()
    await wait_for_roster(mortal.redis, {"alice", "amy", "bob"})

    async def all_in() -> bool:
        sizes = [await ask(mortal.redis, "HLEN", f"chat:room:{{{room}}}:members") for room in ROOMS]
        return sizes == [3, 3, 3]

    await wait_until(all_in, "all are in their rooms again")
    await bob.fence()
    assert sorted(line.nick for line in heard(bob, "QUIT")) == ["alice", "amy"]
    for nick in ("alice", "amy"):
        joins = [line.params[0] for line in heard(bob, "JOIN") if line.nick == nick]
        assert sorted(joins) == sorted(ROOMS), "once for each room, after the QUIT"
    await say(alice, "#two", "good morning")
    for other in (amy, bob):
        await other.expect(r":alice!\S+ PRIVMSG #two :good morning")
    await say(bob, "alice", "hello again")
    await alice.expect(r":bob!\S+ PRIVMSG alice :hello again")
    for client in (alice, amy):  # "pub/sub is the wake-up, the stream is the truth"
        await client.fence()
        assert texts(heard(client, "PRIVMSG", "#one")) == ["are you asleep?"]
        assert client.nick not in [line.nick for line in heard(client, "QUIT")]


async def test_a_name_taken_meanwhile(mortal: Chat, people: People) -> None:
    """Who sleeps on a frozen gateway may lose a guest's name: that session is told and closed."""
    alice = await people(mortal.g1, "alice", "#one")
    bob = await people(mortal.g2, "bob", "#one")
    mortal.g1.pause()
    await wait_for_roster(mortal.redis, {"bob"})
    await people(mortal.g2, "alice", "#one")
    mortal.g1.resume()
    lines = await alice.expect_closed()
    assert lines[-1].raw.startswith("ERROR :Your name was taken")
    await bob.fence()
    assert [line.nick for line in heard(bob, "QUIT")] == ["alice"]
    assert await roster(mortal.redis) == {"alice", "bob"}


async def test_when_all_gateways_slept_nobody_quits(mortal: Chat, people: People) -> None:
    """A suspended machine is no death: whoever wakes first gives the others time to renew."""
    alice = await people(mortal.g1, "alice", "#one")
    bob = await people(mortal.g2, "bob", "#one")
    mortal.g1.pause()
    mortal.g2.pause()

    async def lapsed() -> bool:
        leases = await ask(
            mortal.redis, "ZRANGE", "chat:{chat:online}:gateways", 0, -1, "WITHSCORES"
        )
        seconds, _ = await ask(mortal.redis, "TIME")
        return all(float(score) / 1000 < int(seconds) - SHORT_LEASE_S for score in _scores(leases))

    await wait_until(lapsed, "both leases are over")
    mortal.g2.resume()
    await bob.fence()
    await say(bob, "#one", "first")
    await asyncio.to_thread(mortal.g1.resume)
    await say(alice, "#one", "second")
    for client in (alice, bob):
        await client.fence()
        assert texts(heard(client, "PRIVMSG")) == ["first", "second"]
        assert heard(client, "QUIT") == []


def _scores(leases: list[object]) -> list[float]:
    flat = [item for row in leases for item in (row if isinstance(row, list) else [row])]
    return [float(str(score)) for score in flat[1::2]]


async def test_an_acknowledged_message_survives_its_gateway(own: Chat, people: People) -> None:
    """Promise 2: "from then on no crash of any gateway loses it"."""
    bob = await people(own.g2, "bob", "#one")
    for turn in range(3):
        gateway = Gateway("--redis", own.redis.url)
        async with gateway:
            alice = await people(gateway, f"alice{turn}")
            await join(alice, "#one")
            await say(alice, "#one", f"last words {turn}")
            gateway.kill9()
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == [f"last words {turn}" for turn in range(3)]
    assert [text for _, text in await said(own.redis, "#one")] == texts(heard(bob, "PRIVMSG"))
