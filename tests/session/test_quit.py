"""QUIT waits for Redis: "The server acknowledges this by replying with an ERROR message and closing
the connection", https://modern.ircdocs.horse/#quit-message. On fakeredis, no sockets.
"""

from __future__ import annotations

import pytest

from chatd.commands import registration
from tests.support.memory import Client, MemoryGateway, Slow, World
from tests.support.wait import wait_until


@pytest.fixture
def logout(gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch, gateway.store, "logout")


async def leaving(gateway: MemoryGateway, logout: Slow) -> Client:
    """Alice, who has sent QUIT, which Redis has not carried out."""
    alice = await gateway.login("alice")
    assert await alice.says("QUIT :bye") == []
    assert not alice.pipe.closed
    sid = alice.session.sid
    assert [args for _, args, _ in logout.calls] == [(sid, "Quit: bye", "alice", sid)]
    return alice


async def test_error_and_close_come_when_redis_has_carried_it_out(
    world: World, gateway: MemoryGateway, logout: Slow
) -> None:
    alice = await leaving(gateway, logout)
    assert world.client.smembers("chat:online") == {"alice"}
    logout.answer()
    assert world.client.smembers("chat:online") == set()
    assert await alice.hears() == ["ERROR :Quit: bye"]
    assert alice.pipe.closed


async def test_meanwhile_nothing_is_heard_and_nothing_is_done(
    gateway: MemoryGateway, logout: Slow
) -> None:
    """What was said before QUIT in the same turn of the loop is still heard, before the ERROR."""
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.hears()
    bob.sends("PRIVMSG #room :before")
    alice.sends("QUIT", "PRIVMSG #room :after QUIT", "QUIT :again")
    bob.sends("PRIVMSG #room :too late", "PRIVMSG alice :too late")
    alice.sends("PRIVMSG #room :long after QUIT")
    assert await alice.hears() == [":bob!~bob@127.0.0.1 PRIVMSG #room :before"]
    assert await bob.hears() == []
    logout.answer()
    assert await alice.hears() == ["ERROR :Client Quit"]
    assert await bob.hears() == [":alice!~alice@127.0.0.1 QUIT :Quit: "]
    assert logout.calls == []


async def test_what_was_said_before_a_labelled_quit_is_heard(
    gateway: MemoryGateway, logout: Slow
) -> None:
    """What others say "waits behind a labelled answer", which QUIT has none of."""
    alice, bob = await gateway.login("alice", "batch labeled-response"), await gateway.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.hears()
    bob.sends("PRIVMSG #room :before")
    alice.sends("@label=x QUIT :bye")
    logout.answer()
    assert await alice.hears() == [
        ":bob!~bob@127.0.0.1 PRIVMSG #room :before",
        "ERROR :Quit: bye",
    ]


async def test_the_socket_is_lost_meanwhile(gateway: MemoryGateway, logout: Slow) -> None:
    """The session leaves once."""
    alice = await leaving(gateway, logout)
    alice.session.lost("Connection closed")
    logout.answer()
    assert logout.calls == []
    assert await alice.hears() == []


async def test_it_is_closed_by_others_meanwhile(gateway: MemoryGateway, logout: Slow) -> None:
    """One ERROR, and the session leaves once."""
    alice = await leaving(gateway, logout)
    alice.session.give_up("Server is shutting down")
    logout.answer()
    assert logout.calls == []
    assert await alice.hears() == ["ERROR :Server is shutting down"]


async def test_without_redis_it_closes_at_once_and_is_made_up_for(
    world: World, gateway: MemoryGateway
) -> None:
    alice = await gateway.login("alice")
    gateway.relay.cut = True
    assert await alice.says("QUIT") == ["ERROR :Client Quit"]
    assert alice.pipe.closed
    assert world.client.smembers("chat:online") == {"alice"}
    gateway.relay.cut = False
    gateway.presence.on_link_up()
    assert world.client.smembers("chat:online") == set()


async def test_a_redis_that_is_far_behind_is_not_waited_for(
    gateway: MemoryGateway, logout: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it carries out in the end changes nothing more."""
    monkeypatch.setattr(registration, "QUIT_S", 0.0)
    alice = await gateway.login("alice")
    alice.sends("QUIT")
    await wait_until(lambda: alice.pipe.closed, "the socket is closed")
    logout.answer()
    assert await alice.hears() == ["ERROR :Client Quit"]


async def test_before_registration_there_is_nothing_to_wait_for(
    gateway: MemoryGateway, logout: Slow
) -> None:
    stranger = gateway.connect()
    assert await stranger.says("NICK alice", "QUIT :bye") == ["ERROR :Quit: bye"]
    assert stranger.pipe.closed
    assert logout.calls == []


async def test_the_end_of_input_is_a_quit(gateway: MemoryGateway, logout: Slow) -> None:
    """``printf ... | nc`` gets all its answers, and the close that says that it has left."""
    alice = await gateway.login("alice")
    alice.sends("PING x")
    alice.session.finish()
    assert await alice.hears() == [":chat.internal PONG chat.internal x"]
    logout.answer()
    assert await alice.hears() == ["ERROR :Quit: Connection closed"]
