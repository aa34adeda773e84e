"""The ERROR that answers QUIT acknowledges it: it has happened then, on every gateway.

Sentences are of https://modern.ircdocs.horse/#quit-message.
"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, heard

ROUNDS = 50


async def test_the_name_is_free_when_the_connection_closes(connect: Connect) -> None:
    """ "The server acknowledges this by replying with an ERROR message and closing the connection":
    whoever sees that can count on it, also at another gateway.
    """
    for _ in range(ROUNDS):
        one, next_one = await connect("phoenix"), await connect.open()
        await next_one.send("USER u 0 * :u")
        await one.send("QUIT :bye")
        assert [line.raw for line in await one.expect_closed()] == ["ERROR :Quit: bye"]
        await next_one.send("NICK phoenix")
        await next_one.expect(" 001 phoenix ", unless=" 433 ")
        await next_one.send("QUIT")
        await next_one.expect_closed()


async def test_others_know_when_the_connection_closes(connect: Connect) -> None:
    """ "to show that a client has exited from the network": before the next fence of anybody."""
    bob, carol = await connect("bob"), await connect("carol")
    await ask(bob, "MONITOR + alice", "JOIN #room")
    await ask(carol, "MONITOR + alice", "JOIN #room")
    await bob.fence()
    for _ in range(ROUNDS // 2):
        alice = await connect("alice")
        await ask(alice, "JOIN #room")
        for other in (bob, carol):
            await other.fence()
        await alice.send("QUIT")
        await alice.expect_closed()
        for other in (bob, carol):
            assert sorted(await heard(other)) == [
                ":alice!~alice@127.0.0.1 QUIT :Quit: ",
                f":chat.internal 731 {other.nick} :alice",
            ]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("QUIT", "ERROR :Client Quit"),
        ("QUIT :", "ERROR :Client Quit"),
        ("QUIT :gone to have lunch", "ERROR :Quit: gone to have lunch"),
        ("@label=x QUIT :bye", "ERROR :Quit: bye"),
    ],
)
async def test_nothing_comes_after_it(connect: Connect, line: str, error: str) -> None:
    """ERROR is the last line, and what the client sends after QUIT is not carried out."""
    alice = await connect("alice", caps=("batch", "labeled-response"))
    bob = await connect("bob")
    await alice.send(line, "PRIVMSG bob :after", "NICK carol", "QUIT :again")
    assert [line.raw for line in await alice.expect_closed()] == [error]
    assert await heard(bob) == []


async def test_before_registration(connect: Connect) -> None:
    stranger = await connect.open()
    await stranger.send("NICK alice", "QUIT :never mind")
    lines = await stranger.expect_closed()
    assert [line.raw for line in lines] == ["ERROR :Quit: never mind"]
