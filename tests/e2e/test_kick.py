"""KICK. Sentences are of https://modern.ircdocs.horse/#kick-message unless said."""

from __future__ import annotations

import pytest

from tests.e2e.asking import ask, heard, join
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def crowd(connect: Connect, *names: str) -> list[IrcClient]:
    """Members of #room, the first of them its operator."""
    clients = [await connect(name) for name in names]
    for client in clients:
        await join(client, "#room")
    for client in clients:
        await client.fence()
    return clients


async def test_kick(connect: Connect) -> None:
    """ "It causes the <user> to be removed from the <channel> by force." """
    alice, bob, carol = await crowd(connect, "alice", "bob", "carol")
    expected = ["alice KICK #room bob :too loud"]
    assert await ask(alice, "KICK #Room BOB :too loud") == expected
    assert await heard(bob) == expected
    assert await heard(carol) == expected
    await ask(alice, "PRIVMSG #room :gone")
    assert await heard(bob) == []
    assert await ask(bob, "PART #room") == ["442 bob #room :You're not on that channel"]
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"


async def test_without_a_reason(connect: Connect) -> None:
    """ "If no comment is given, the server SHOULD use a default message instead." """
    alice, bob, carol = await crowd(connect, "alice", "bob", "carol")
    await ask(alice, "KICK #room bob", "KICK #room carol :")
    # "the default message, the nickname of the user issuing the KICK", RFC 2812, section 3.2.8
    assert await heard(bob) == ["alice KICK #room bob :alice"]
    assert (await heard(carol))[-1] == "alice KICK #room carol :alice"


@pytest.mark.parametrize("line", ["KICK #room bob,carol :bye", "KICK #room,#room bob,carol :bye"])
async def test_several_at_once(connect: Connect, line: str) -> None:
    """ "Servers MUST NOT send multiple users in this message to clients, and MUST distribute these
    multiple-user KICK messages as a series of messages with a single user name on each." """
    alice, bob, _, dora = await crowd(connect, "alice", "bob", "carol", "dora")
    both = ["alice KICK #room bob :bye", "alice KICK #room carol :bye"]
    assert await ask(alice, line) == both
    assert await heard(dora) == both
    assert await heard(bob) == both[:1]


async def test_more_than_targmax_are_dropped(connect: Connect) -> None:
    """ "Servers MAY limit the number of target users per KICK command via the TARGMAX parameter,
    and silently drop targets if the number of targets exceeds the limit." """
    alice, *_ = await crowd(connect, "alice", "bob", "carol", "dora", "erik", "fred")
    lines = await ask(alice, "KICK #room bob,carol,dora,erik,fred")
    assert lines == [f"alice KICK #room {who} :alice" for who in ("bob", "carol", "dora", "erik")]


async def test_errors(connect: Connect) -> None:
    alice, bob = await crowd(connect, "alice", "bob")
    carol = await connect("carol")
    assert await ask(alice, "KICK #none bob") == ["403 alice #none :No such channel"]
    assert await ask(alice, "KICK none bob") == ["403 alice none :No such channel"]
    # "<client> <nick> <channel> :They aren't on that channel"
    not_there = "#room :They aren't on that channel"
    assert await ask(alice, "KICK #Room CAROL") == [f"441 alice carol {not_there}"]
    assert await ask(alice, "KICK #room nobody") == [f"441 alice nobody {not_there}"]
    assert await ask(carol, "KICK #room bob") == ["442 carol #room :You're not on that channel"]
    assert await ask(bob, "KICK #room alice") == ["482 bob #room :You're not channel operator"]
    assert await ask(alice, "KICK #room") == ["461 alice KICK :Not enough parameters"]
    assert await ask(alice, "KICK #a,#b bob") == ["461 alice KICK :Not enough parameters"]


async def test_a_long_reason_fits_the_line(connect: Connect) -> None:
    """KICKLEN: "it may be silently truncated by the server" """
    alice, bob = await crowd(connect, "alice", "bob")
    await ask(alice, f"KICK #room bob :{'ä' * 220}")
    [line] = await bob.fence()
    assert line.text == "ä" * 150


@pytest.mark.parametrize(
    ("kicker", "kicked", "allowed"),
    [
        ("o", "", True),
        ("o", "v", True),
        ("o", "o", True),
        ("h", "v", True),
        ("h", "h", False),
        ("h", "o", False),
        ("v", "", False),
    ],
)
async def test_ranks(connect: Connect, kicker: str, kicked: str, allowed: bool) -> None:
    """ "Clients with this mode may perform channel moderation tasks, but at a lower privilege level
    than operators" """
    alice, bob, carol = await crowd(connect, "alice", "bob", "carol")
    await ask(alice, f"MODE #room +{kicker} bob")
    if kicked:
        await ask(alice, f"MODE #room +{kicked} carol")
    await bob.fence()
    [line] = await ask(bob, "KICK #room carol :out")
    if allowed:
        assert line == "bob KICK #room carol :out"
    else:
        assert line.startswith("482 bob #room :")
        assert "KICK" not in " ".join(await heard(carol))


async def test_the_last_one_kicks_himself(connect: Connect) -> None:
    [alice] = await crowd(connect, "alice")
    assert await ask(alice, "KICK #room alice :enough") == ["alice KICK #room alice :enough"]
    assert await ask(alice, "MODE #room") == ["403 alice #room :No such channel"]


async def test_both_sessions_of_a_user_are_out(connect: Connect) -> None:
    alice = await connect("alice")
    await join(alice, "#room")
    bob = await connect("bob")
    await bob.send("REGISTER * * :sesame")
    await bob.expect("REGISTER SUCCESS")
    await bob.fence()  # it is logged in
    second = await connect("bob", sasl=("bob", "sesame"))
    await join(bob, "#room")
    await second.fence()
    await ask(alice, "KICK #room bob :both")
    for session in (bob, second):
        assert (await heard(session))[-1] == "alice KICK #room bob :both"
    await ask(alice, "PRIVMSG #room :alone")
    for session in (bob, second):
        assert await heard(session) == []
