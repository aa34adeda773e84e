"""A session that is not let in again: it asks for nothing that could be what somebody is typing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

import pytest

from cli.client import events as ev
from cli.client import halt
from cli.client.errors import ChatError, LoginRefused, Refused
from cli.client.timing import Clock, Timing
from tests.cli.conftest import Client, StoppedClock
from tests.cli.fake_server import FakeServer, Peer
from tests.cli.programs import Programs, keep_secret
from tests.support.wait import PATIENCE_S, wait_until

Make = Callable[..., Client]
CAPS = "echo-message labeled-response sasl chatd/id"


async def lets_in(server: FakeServer) -> Peer:
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=CAPS)
    return peer


async def asks(server: FakeServer, secret: str) -> Peer:
    """Take a login as far as its password, which has to be this one; '' = any."""
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(f":server CAP * LS :{CAPS}", ":server 433 * anna :Nickname is in use")
    await peer.expects(f"CAP REQ :{CAPS}")
    await peer.sends(f":server CAP * ACK :{CAPS}")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    plain = base64.b64encode(f"\0anna\0{secret}".encode()).decode()
    await peer.expects(f"AUTHENTICATE {plain}" if secret else "AUTHENTICATE <any>")
    return peer


async def refuses(server: FakeServer, secret: str) -> None:
    """Turn a login with this secret away."""
    peer = await asks(server, secret)
    await peer.sends(":server 904 anna :SASL authentication failed")


async def goes_on(peer: Peer) -> None:
    """Let it in after all, and take what was typed meanwhile, once."""
    await peer.sends(":server 903 anna :Welcome back")
    await peer.expects("NICK anna", "CAP END")
    await peer.sends("@time=2025-11-22T12:00:00.000Z :server 001 anna :Welcome")
    await peer.passes_the_fence()
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :typed meanwhile")
    await peer.sends("@label=<l>;msgid=m :anna!u@h PRIVMSG bob :typed meanwhile")


async def changed_elsewhere(server: FakeServer, client: Make, **options: object) -> Client:
    """Return a session whose password another device has changed."""
    anna = client(rooms=(), **({"secret": "old"} | options))
    anna.session.stays = True
    anna.run()
    peer = await lets_in(server)
    await anna.session.ready.wait()
    await peer.closes()
    await refuses(server, "old")
    stopped = await anna.next(ev.Stopped)
    assert stopped == ev.Stopped("this is not the password of anna", password=True)
    assert anna.session.stopped == stopped
    anna.session.say("bob", "typed meanwhile")
    return anna


async def test_a_password_that_was_changed_elsewhere_is_asked_for(
    server: FakeServer, client: Make
) -> None:
    """ "the session ... says so and asks in a way that never takes typed text as a password" """
    kept: list[str] = []
    anna = await changed_elsewhere(server, client, keep=kept.append)
    with pytest.raises(ChatError):
        anna.session.give_password("\0")
    assert anna.session.stopped is not None

    anna.session.give_password("wrong")
    await refuses(server, "wrong")
    assert (await anna.next(ev.Stopped)).password
    anna.session.give_password("new")
    await goes_on(await asks(server, "new"))
    await anna.next(ev.SentAs)
    assert (kept, anna.session.delivery.pending) == (["new"], 0)
    with pytest.raises(Refused, match="no password is wanted"):
        anna.session.give_password("again")


async def test_what_another_process_keeps_is_taken_without_asking(
    server: FakeServer, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "any change of the kept secret": also one that comes later"""
    monkeypatch.setattr(halt, "LOOK_S", 0.02)
    kept = ["old"]
    anna = await changed_elsewhere(server, client, kept=lambda: kept)
    kept[:] = ["new"]
    await goes_on(await asks(server, "new"))
    await anna.next(ev.SentAs)


async def test_who_logged_out_while_running_comes_back_with_what_is_known(
    server: FakeServer, client: Make
) -> None:
    """ "logout while running": what is kept is gone, the session has its own"""
    kept = ["old"]
    anna = client(secret="old", kept=lambda: kept, rooms=())
    anna.session.stays = True
    anna.run()
    peer = await lets_in(server)
    await anna.session.ready.wait()
    kept.clear()
    await peer.closes()
    anna.session.say("bob", "typed meanwhile")
    await goes_on(await asks(server, "old"))
    await anna.next(ev.SentAs)


async def test_a_session_that_was_ended_elsewhere_comes_back_when_its_user_says_so(
    server: FakeServer, client: Make
) -> None:
    """ "SESSION_ENDED": "whoever has ended it does not want it to come again by itself" """
    anna = client(secret="old", rooms=())
    anna.session.stays = True
    anna.run()
    peer = await lets_in(server)
    await anna.session.ready.wait()
    await peer.sends("FAIL * SESSION_ENDED :You have ended this session")
    stopped = await anna.next(ev.Stopped)
    assert stopped == ev.Stopped("You have ended this session")
    assert not anna.session.connected
    anna.session.say("bob", "typed meanwhile")
    with pytest.raises(Refused):
        anna.session.give_password("x")
    anna.session.reconnect()
    await goes_on(await asks(server, "old"))
    await anna.next(ev.SentAs)
    assert not [event for event in anna.told() if isinstance(event, ev.Disconnected)]


async def test_a_session_that_nobody_sits_at_ends(server: FakeServer, client: Make) -> None:
    anna = client(secret="old", rooms=())
    anna.run()
    peer = await lets_in(server)
    await anna.session.ready.wait()
    await peer.sends("FAIL * SESSION_ENDED :You have ended this session")
    assert anna.task is not None
    with pytest.raises(LoginRefused, match="You have ended"):
        await anna.task


async def test_the_user_can_have_it_connect_anew(server: FakeServer, client: Make) -> None:
    """``/reconnect``: leaves a connection, and ends a pause."""
    clock = StoppedClock()
    anna = client(secret="old", rooms=(), clock=clock, timing=Timing(retry_first=1e6, goodbye=0))
    anna.run()
    await lets_in(server)
    await anna.session.ready.wait()
    anna.session.reconnect()
    assert (await anna.next(ev.Disconnected)).reason == "you wanted another one"
    await lets_in(server)
    assert clock.slept == []

    anna.session._clock = Clock()
    await server.stops_listening()
    anna.session.reconnect()
    assert (await anna.next(ev.Unreachable)).retry_in > 100
    await server.opens()
    await wait_until(lambda: anna.session._pausing is not None, "it pauses")
    anna.session.reconnect()
    await lets_in(server)


async def test_a_pipe_never_reads_a_password(server: FakeServer, chat: Programs) -> None:
    """ "makes a running session ask for a password ... and eats what is typed" """
    keep_secret(chat, server, "anna", generated=False)
    async with await chat.start("login", "anna", "-s", server.address) as program:
        peer = await server.accept()
        await peer.welcomes("anna", "#global", secret="kept", caps=CAPS)
        await peer.closes()
        await refuses(server, "")
        async with asyncio.timeout(PATIENCE_S):
            await program.process.wait()
        ended = await program.ended()
        assert (ended.code, "log in again" in ended.err) == (7, True)
