"""MONITOR and extended-monitor. Sentences are of https://ircv3.net/specs/extensions/monitor."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, heard

ALICE = "alice!~alice@127.0.0.1"


async def test_added_targets_are_listed(connect: Connect) -> None:
    """ "If any of the targets being added are online, the server will generate RPL_MONONLINE
    numerics listing those targets that are online. If any [...] are offline, the server will
    generate RPL_MONOFFLINE numerics".
    """
    bob, _ = await connect("bob"), await connect("alice")
    assert any(" MONITOR=100 " in line.raw for line in bob.log if line.command == "005")
    assert await ask(bob, "MONITOR + Alice,Nobody,BOB") == [
        f":chat.internal 730 bob :{ALICE},bob!~bob@127.0.0.1",
        ":chat.internal 731 bob :Nobody",
    ]
    # "Targets already in the list MUST NOT be added again."; who asks anew is told anew
    assert await ask(bob, "MONITOR + ALICE,ALICE") == [f":chat.internal 730 bob :{ALICE}"]
    assert await ask(bob, "MONITOR L") == [
        ":chat.internal 732 bob :Alice,Nobody,BOB",
        ":chat.internal 733 bob :End of MONITOR list",
    ]
    assert await ask(bob, "MONITOR S") == [
        f":chat.internal 730 bob :{ALICE},bob!~bob@127.0.0.1",
        ":chat.internal 731 bob :Nobody",
    ]
    # "Removes the given list of targets [...]. No output will be returned"
    assert await ask(bob, "MONITOR - alice,bob") == []
    assert await ask(bob, "MONITOR S") == [":chat.internal 731 bob :Nobody"]
    # "Clears the list of targets being monitored. No output will be returned"
    assert await ask(bob, "MONITOR C") == []
    assert await ask(bob, "MONITOR L") == [":chat.internal 733 bob :End of MONITOR list"]


async def test_coming_and_going(connect: Connect) -> None:
    """ "a target has just become online [...] a target has just left the irc network"."""
    bob = await connect("bob")
    await ask(bob, "MONITOR + ALICE")
    alice = await connect("alice")
    assert await heard(bob) == [f":chat.internal 730 bob :{ALICE}"]
    await alice.send("QUIT")
    await alice.expect_closed()
    assert await heard(bob) == [":chat.internal 731 bob :alice"]


async def test_a_change_of_nick(connect: Connect) -> None:
    bob, alice = await connect("bob"), await connect("alice")
    await ask(bob, "MONITOR + alice,carol")
    await ask(alice, "NICK carol")
    assert await heard(bob) == [
        ":chat.internal 731 bob :alice",
        ":chat.internal 730 bob :carol!~alice@127.0.0.1",
    ]
    await ask(alice, "NICK CAROL")  # the same name: nobody came, nobody left
    assert await heard(bob) == []
    await ask(alice, "NICK dora")
    assert await heard(bob) == [":chat.internal 731 bob :CAROL"]


async def test_a_second_session_is_no_news(connect: Connect) -> None:
    alice = await connect("alice")
    await alice.send("REGISTER * * :secret")
    await alice.expect("REGISTER SUCCESS")
    await alice.fence()  # it is logged in
    bob = await connect("bob")
    await ask(bob, "MONITOR + alice")
    second = await connect("alice", sasl=("alice", "secret"))
    await alice.send("QUIT")
    await alice.expect_closed()
    assert await heard(bob) == []
    await second.send("QUIT")
    await second.expect_closed()
    assert await heard(bob) == [":chat.internal 731 bob :alice"]


async def test_the_list_is_bounded(connect: Connect) -> None:
    """734 "<limit> <targets> :Monitor list is full.": "the list of targets, as the client sent
    them, that cannot be added".
    """
    bob = await connect("bob")
    for start in range(0, 100, 25):
        await ask(bob, "MONITOR + " + ",".join(f"N{number}" for number in range(start, start + 25)))
    assert await ask(bob, "MONITOR + N99,One,Two") == [
        ":chat.internal 734 bob 100 One,Two :Monitor list is full.",
        ":chat.internal 731 bob :N99",
    ]
    rows = [line for line in await ask(bob, "MONITOR L") if " 732 " in line]
    assert len(rows) > 0
    assert all(len(row) <= 510 for row in rows)
    assert sum(row.count(",") + 1 for row in rows) == 100


@pytest.mark.parametrize("target", ["*!*@*", "#room", "1st"])
async def test_a_target_is_a_nick(connect: Connect, target: str) -> None:
    """ "For this specification, 'target' MUST be a valid nick as determined by the IRC daemon." """
    bob = await connect("bob")
    [answer] = await ask(bob, f"MONITOR + {target}")
    assert answer.startswith(f":chat.internal 432 bob {target} :")
    assert await ask(bob, "MONITOR L") == [":chat.internal 733 bob :End of MONITOR list"]


async def test_too_few_parameters(connect: Connect) -> None:
    bob = await connect("bob")
    for line in ("MONITOR", "MONITOR +", "MONITOR -"):
        assert await ask(bob, line) == [":chat.internal 461 bob MONITOR :Not enough parameters"]


# -- extended-monitor, https://ircv3.net/specs/extensions/extended-monitor -----------------------

NEWS = ("extended-monitor", "away-notify", "account-notify", "setname")


async def test_news_without_a_common_room(connect: Connect) -> None:
    """ "If away-notify is also enabled, the client will get AWAY notifications for monitored
    nicks." And the same for account-notify and setname.
    """
    bob, alice = await connect("bob", caps=NEWS), await connect("alice", caps=("setname",))
    await ask(bob, "MONITOR + alice")
    await ask(alice, "AWAY :lunch", "AWAY", "SETNAME :Alice A.", "REGISTER * * :secret")
    assert await heard(bob) == [
        f":{ALICE} AWAY :lunch",
        f":{ALICE} AWAY",
        f":{ALICE} SETNAME :Alice A.",
        f":{ALICE} ACCOUNT alice",
    ]
    await ask(bob, "MONITOR - alice")
    await ask(alice, "AWAY :again")
    assert await heard(bob) == []


async def test_news_come_once_with_a_common_room(connect: Connect) -> None:
    bob, alice = await connect("bob", caps=NEWS), await connect("alice")
    await ask(bob, "JOIN #a", "JOIN #b", "MONITOR + alice")
    await ask(alice, "JOIN #a", "JOIN #b")
    await bob.fence()
    await ask(alice, "AWAY :lunch")
    assert await heard(bob) == [f":{ALICE} AWAY :lunch"]


@pytest.mark.parametrize("caps", [("away-notify",), ("extended-monitor",)])
async def test_both_capabilities_are_needed(connect: Connect, caps: tuple[str, ...]) -> None:
    bob, alice = await connect("bob", caps=caps), await connect("alice")
    await ask(bob, "MONITOR + alice")
    await ask(alice, "AWAY :lunch")
    assert await heard(bob) == []
