"""Gateways that hang: the next one is tried beside them, and they are left after seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial

import pytest

from cli.client import events as ev
from cli.client.connection import Server
from cli.client.errors import NotConnected
from cli.client.reach import Try, Unreached, reach, try_all
from cli.client.timing import Timing
from cli.client.watch import Watch
from tests.cli.conftest import QUICK, Client
from tests.cli.fake_server import CAPS, FakeServer
from tests.cli.programs import Programs
from tests.support.wait import PATIENCE_S

Make = Callable[..., Client]
BESIDE = replace(QUICK, beside=0.05, slow=0.05)


@pytest.fixture
async def other() -> AsyncIterator[FakeServer]:
    async with FakeServer() as one:
        yield one


# -- reach ---------------------------------------------------------------------------------------


class Three:
    """Three addresses."""

    def __init__(self) -> None:
        self.all = [Server("a"), Server("b"), Server("c")]
        self._turn = -1

    def next(self) -> Server:
        self._turn += 1
        return self.all[self._turn % 3]


async def tried(answers: str, *, everywhere: bool = False) -> tuple[list[str], str, list[str]]:
    """What is begun, what is reached, what is thrown away.

    ``answers``: of a, b, c: y = welcomes, n = refuses, . = hangs, ; = hangs after a sign of life.
    """
    begun: list[str] = []
    thrown: list[str] = []

    async def attempt(this: Try[str]) -> str:
        begun.append(this.server.host)
        answer = answers[ord(this.server.host) - ord("a")]
        if answer == ";":
            this.heard()
        if answer in ".;":
            await asyncio.get_running_loop().create_future()
        if answer == "n":
            raise NotConnected(f"no {this.server.host}")
        return this.server.host

    three = Three()
    search = partial(reach, three, attempt, thrown.append, Timing(beside=0.02, slow=0.04))
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await (try_all(three, search) if everywhere else search())
    except Unreached as error:
        found = str(error)
    await asyncio.sleep(0)
    return begun, found, thrown


@pytest.mark.parametrize(
    ("answers", "begun", "found"),
    [
        ("y..", "a", "a"),
        (".y.", "ab", "b"),
        (";y.", "ab", "b"),
        ("..y", "abc", "c"),
        (".ny", "abc", "c"),
        ("nyy", "a", "no a"),
    ],
)
async def test_the_next_is_begun_beside_one_that_hangs(
    answers: str, begun: str, found: str
) -> None:
    assert await tried(answers) == (list(begun), found, [])


async def test_all_are_tried_once() -> None:
    assert await tried("nny", everywhere=True) == (["a", "b", "c"], "c", [])
    assert await tried("nnn", everywhere=True) == (["a", "b", "c"], "no a; no b; no c", [])


async def test_what_is_reached_twice_at_once_is_left_once() -> None:
    gate = asyncio.Event()
    thrown: list[str] = []

    async def attempt(this: Try[str]) -> str:
        await gate.wait()
        return this.server.host

    task = asyncio.create_task(reach(Three(), attempt, thrown.append, Timing(beside=0.0)))
    for _ in range(20):
        await asyncio.sleep(0.001)
    gate.set()
    found = await task
    await asyncio.sleep(0)
    assert sorted([found, *thrown]) == ["a", "b", "c"]


# -- in a session --------------------------------------------------------------------------------


async def test_a_login_goes_on_beside_a_gateway_that_hangs(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "the next address is tried when one hangs"; the frozen one has heard no secret."""
    anna = client(servers=(server, other), secret="s3cret", rooms=(), timing=BESIDE)
    anna.run()
    hung = await server.accept()
    await hung.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    peer = await other.accept()
    await peer.welcomes("anna", secret="kept")
    assert (await anna.next(ev.Connected)).server == other.address
    await hung.is_left()
    assert anna.session.server == other.address


async def test_a_gateway_that_hangs_after_it_has_spoken_is_not_waited_for_either(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    anna = client(servers=(server, other), secret="s3cret", rooms=(), timing=BESIDE)
    anna.run()
    hung = await server.accept()
    await hung.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await hung.sends(f":server CAP * LS :{CAPS}")
    await (await other.accept()).welcomes("anna", secret="kept")
    await anna.next(ev.Connected)
    await hung.is_left()


async def test_what_a_frozen_gateway_did_not_acknowledge_is_sent_to_the_next_once(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "A frozen gateway is left after seconds" when something is owed, under the same id"""
    caps = "sasl labeled-response echo-message chatd/id"
    anna = client(servers=(server, other), secret="s3cret", rooms=(), timing=BESIDE)
    anna.run()
    frozen = await server.accept()
    await frozen.welcomes("anna", secret="kept", caps=caps)
    await anna.session.ready.wait()
    assert anna.session.lag is not None
    anna.is_to_wait(replace(BESIDE, owed=0.05, answer=0.05))
    anna.session.say("bob", "hi")
    await frozen.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi", "PING <alive>")
    assert (await anna.next(ev.Disconnected)).reason == "it does not answer any more"
    anna.is_to_wait(BESIDE)  # the next one may take its time
    assert anna.session.server == ""
    peer = await other.accept()
    await peer.welcomes("anna", secret="kept", caps=caps)
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
    assert (await anna.next(ev.Said)).msgid == "m1"
    assert anna.session.delivery.pending == 0


# -- when it is asked ----------------------------------------------------------------------------


def test_when_a_silent_server_is_asked() -> None:
    watch = Watch(Timing(), 1000.0)
    assert watch.due == 1060.0  # nobody is there
    watch.attended(1001.0)
    assert watch.due == 1010.0
    watch.attended(1030.0)
    assert watch.due == 1030.0  # at the first key after a silence
    watch.asked(1030.0)
    assert (watch.is_asked, watch.due) == (True, 1035.0)
    watch.heard(1031.0)
    assert (watch.is_asked, watch.due) == (False, 1041.0)
    watch.heard(1330.0)
    assert watch.due == 1390.0


def test_what_is_owed_is_asked_for_after_a_second() -> None:
    """ "while something is pending ... it must notice within" seconds"""
    watch = Watch(Timing(), 1000.0)
    watch.sent(b"PONG x\r\n", 1001.0)
    assert watch.due == 1060.0
    watch.sent(b"PRIVMSG bob hi\r\n", 1010.0)
    watch.sent(b"PRIVMSG bob hi\r\n", 1010.5)
    assert watch.due == 1011.0
    watch.heard(1010.6)
    assert watch.due == 1070.6


def test_a_slow_line_gets_more_time() -> None:
    watch = Watch(Timing(), 1000.0)
    watch.sent(b"PING :tok\r\n", 1000.0)
    watch.answered("other", 1001.0)
    lags = [watch.lag]
    watch.answered("tok", 1003.0)
    assert [*lags, watch.lag] == [None, 3.0]
    watch.asked(1010.0)
    assert watch.due == 1022.0


def test_questions_that_are_never_answered_are_bounded() -> None:
    watch = Watch(Timing(), 1000.0)
    for number in range(1000):
        watch.sent(f"PING {number}\r\n".encode(), 1000.0)
    assert len(watch._pings) < 100


# -- commands ------------------------------------------------------------------------------------


async def test_a_command_goes_on_to_the_next_address_when_one_hangs(
    server: FakeServer, other: FakeServer, chat: Programs
) -> None:
    """ "`chat -s HUNG,GOOD who` exits 6 instead of trying the next" """
    both = f"{other.address},{server.address}"
    began = time.monotonic()
    who = asyncio.create_task(chat.run("-s", both, "who"))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends("ROSTER bob H 0 :", "ROSTER END 1")
    asked = await who
    assert (asked.code, asked.out) == (0, "bob\n")
    assert 1.9 < time.monotonic() - began < Timing().login, "it was not given up, but left waiting"


async def test_who_is_told_at_once_that_a_password_is_wanted(
    server: FakeServer, chat: Programs
) -> None:
    """ "`chat who` on a server with a password waits 10 s" """
    who = asyncio.create_task(chat.run("who", "-s", server.address))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends(":s NOTICE * :FAIL ROSTER NEED_PASSWORD: Give it with PASS first")
    ended = await who
    assert ended.code == 7
    assert "the server wants a password: give it in CHAT_SERVER_PASSWORD" in ended.err


async def test_who_gave_a_wrong_password_of_the_server_is_told_so(
    server: FakeServer, chat: Programs
) -> None:
    """It is not asked for what it has given."""
    chat.environ["CHAT_SERVER_PASSWORD"] = "wrong"
    ending = asyncio.create_task(chat.run("who", "-s", server.address))
    peer = await server.accept()
    await peer.expects("CAP LS 302")
    await peer.sends(":s CAP * LS :labeled-response")
    await peer.expects("PASS wrong")
    await peer.sends(":s 464 * :Password incorrect")
    ended = await ending
    assert ended.code == 7
    assert "that is not the server's password: give the right one" in ended.err
    assert "wrong" not in ended.err
