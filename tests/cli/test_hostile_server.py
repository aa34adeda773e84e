"""What arrives from a server that means harm, or is broken: never a traceback, never a bad line."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chatd.wire.message import ParseError, parse
from cli.client import events as ev
from cli.client.connection import Connection, ConnectionLost, Server
from cli.client.conversation import Conversation
from cli.client.errors import ChatError
from cli.client.gateways import Gateways
from cli.client.handshake import Handshake, Login
from cli.client.session import Session
from cli.render import Renderer
from cli.who import as_json, as_names, as_table, roster
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer
from tests.cli.test_hostile_input import Wire, assert_well_formed

Make = Callable[..., Client]

COMMANDS = [
    "001",
    "005",
    "301",
    "305",
    "311",
    "315",
    "317",
    "318",
    "319",
    "330",
    "332",
    "352",
    "353",
    "366",
    "372",
    "400",
    "401",
    "403",
    "404",
    "421",
    "433",
    "442",
    "461",
    "464",
    "474",
    "900",
    "903",
    "904",
    "ACK",
    "AUTHENTICATE",
    "AWAY",
    "BATCH",
    "CAP",
    "ERROR",
    "FAIL",
    "INVITE",
    "JOIN",
    "KICK",
    "MARKREAD",
    "MODE",
    "NICK",
    "NOTE",
    "NOTICE",
    "PART",
    "PING",
    "PONG",
    "PRIVMSG",
    "QUIT",
    "REDACT",
    "REGISTER",
    "RENAME",
    "TAGMSG",
    "TOPIC",
    "WARN",
    "X",
]

WORDS = [
    "anna",
    "bob",
    "#global",
    "#a,b",
    "#",
    "*",
    "0",
    ":",
    "LS",
    "ACK",
    "NAK",
    "DEL",
    "+a",
    "-a",
    "chathistory",
    "draft/multiline",
    "labeled-response",
    "sasl",
    "GAP",
    "CHATHISTORY",
    "JOIN",
    "AWAY",
    "PING",
    "PASSWD",
    "TEMPORARILY_UNAVAILABLE",
    "CHANGED",
    "ID_REUSED",
    "CHATHISTORY=x",
    "CHATHISTORY=99999999999999999999",
    "99999999999999999999",
    "-1",
    "٥",
    "\x1b[31m",
    "\x01ACTION",
    "\ue000",
    "+",
    "~@",
]

TAGS = (
    "time=9999-12-31T23:59:59.999Z",
    "time=0001-01-01T00:00:00Z",
    "time=0001-01-01T00:00:00",
    "time=x",
    "msgid=a\\sb",
    "msgid=\\r\\nQUIT",
    "msgid=" + "x" * 900,
    "batch=a",
    "label=x",
    "+draft/reply=x",
    "+draft/react=y",
    "+typing=active",
    "draft/multiline-concat",
)


def lines() -> st.SearchStrategy[str]:
    word = st.sampled_from([*WORDS, "9" * 5000, "#" + "x" * 600, "y" * 600])
    return st.builds(
        lambda tags, source, command, middle, last: (
            f"@{';'.join(tags)} " * bool(tags)
            + f":{source} " * bool(source)
            + " ".join([command, *(one for one in middle if one and one[0] != ":")])
            + f" :{last}"
        ),
        st.lists(st.sampled_from(TAGS), max_size=2),
        st.sampled_from(["", "anna!u@h", "bob!u@h", "server"]),
        st.sampled_from(COMMANDS),
        st.lists(word, max_size=5),
        st.lists(word, max_size=2).map(" ".join),
    )


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example([":anna!u@h JOIN :#a b", "@msgid=\\r\\nQUIT :bob!u@h PRIVMSG #global :x"])
@example([":anna!u@h JOIN #x", "@time=9999-12-31T23:59:59.999Z :bob!u@h JOIN #x"])
@example([":s 317 anna bob 1 99999999999999 :idle", ":s 318 anna bob :End"])
@example(["PING :" + "x" * 600])
@given(st.lists(lines(), max_size=12))
def test_any_lines_after_the_login(sent: list[str]) -> None:
    async def run() -> None:
        events: list[ev.Event] = []
        session = Session(Login("anna"), [Server("127.0.0.1")], events.append, rooms=["#global"])
        wire = Wire()
        for again in (False, True):
            session._connection = wire  # type: ignore[assignment]
            session._arrival.begin(wire.send, {"draft/chathistory", "batch"}, 0.0, again=again)
            session.delivery.connected(session._send, {"chatd/id"})
            session.say("bob", "hi")
            try:
                for line in sent:
                    session._handle(parse(line.encode()))
                session._handle(parse(f":s PONG s {session._arrival._fence}".encode()))
                for line in sent:
                    session._handle(parse(line.encode()))
            except (ConnectionLost, ParseError):
                pass
            await session._detach("")
        for out in wire.lines:
            assert_well_formed(out)
        view = Renderer("#global")
        for event in events:
            for shown in view.lines(event):
                assert not set(map(chr, range(32))) & set(str(shown))

    asyncio.run(run())


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@example([":s CAP * LS :sasl batch", f":s CAP * NAK :{'x ' * 300}"])
@given(st.lists(lines(), max_size=12))
def test_any_lines_during_the_login(sent: list[str]) -> None:
    handshake = Handshake(Login("anna", secret="s", claim="s"))
    out = handshake.start()
    try:
        for line in sent:
            out += handshake.receive(parse(line.encode()))
    except (ChatError, ParseError):
        pass
    for line_out in out:
        assert_well_formed(line_out)


@pytest.mark.parametrize(
    "row",
    [
        "ROSTER bob H x :",
        "ROSTER bob H -1 :",
        "ROSTER bob H 99999999999999999999 :",
        f"ROSTER bob G {'9' * 5000} :out",
        "ROSTER bob H 999999999999999 :",
    ],
)
async def test_a_roster_with_impossible_times(server: FakeServer, row: str) -> None:
    asking = asyncio.create_task(roster(Gateways([Server.parse(server.address)]), None, 5))
    peer = await server.accept()
    await peer.expects("ROSTER")
    await peer.sends(row, "ROSTER END 1")
    people = await asking
    assert as_names(people) == "bob"
    assert "1970" in as_json(people)
    assert "1 online" in as_table(people)


async def test_bytes_without_meaning_end_in_a_sentence(server: FakeServer, client: Make) -> None:
    chance = random.Random(8)
    anna = client()
    starting = asyncio.create_task(anna.session.start())
    peer = await server.accept()
    await peer.sends_bytes(b"".join(chance.randbytes(200) + b"\r\n" for _ in range(200)))
    await peer.closes()
    with pytest.raises(ChatError):
        await starting


def test_a_room_that_no_line_can_name_is_not_ours() -> None:
    chat = Conversation("anna")
    for room in ("0", "#a b", "#a,b", "#" + "x" * 300):
        assert chat.receive(parse(f":anna!u@h JOIN :{room}".encode())) == []
    assert chat.rooms == {}


async def test_a_pong_that_nobody_asked_for_asks_for_nothing(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna")
    await anna.session.ready.wait()
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna")
    await peer.sends("PONG :", "PONG :")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a", "PING x")
    await peer.expects("PONG x")


async def test_a_server_that_asks_and_does_not_read_is_left(
    server: FakeServer, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each PING is owed a PONG: they would fill the memory."""
    monkeypatch.setattr("cli.client.connection.MAX_UNSENT", 2**16)
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna")
    await anna.session.ready.wait()
    pings = b"".join(b"PING :%0400d\r\n" % number for number in range(1000))
    with contextlib.suppress(ConnectionError):
        while anna.session.connected:
            await peer.sends_bytes(pings)
            await asyncio.sleep(0)
    lost = await anna.next(ev.Disconnected)
    assert lost.reason == "the server does not read what it asks for"


def connection(server: str) -> tuple[Connection, asyncio.StreamReader]:
    """A connection of which the test has the other end, to be read only."""
    reader = asyncio.StreamReader()
    return Connection(Server.parse(server), reader, None), reader  # type: ignore[arg-type]


@pytest.mark.parametrize("server", ["a.example", "ircs://a.example"])
async def test_what_somebody_says_is_no_alert_of_tls(server: str) -> None:
    """How the stream is cut into pieces says nothing."""
    one, wire = connection(server)
    wire.feed_data(b":bob!u@h PRIVMSG anna :")
    assert await one.receive() == []
    wire.feed_data(b"\x15\x03\x03 is what I say\r\n")
    assert [message.params[-1] for message in await one.receive()] == ["\x15\x03\x03 is what I say"]


async def test_an_alert_is_the_first_that_comes() -> None:
    one, wire = connection("a.example")
    wire.feed_data(b"\x15\x03\x03\x00\x02\x02\x0a")
    with pytest.raises(ConnectionLost, match=r"write tls://a\.example:6667"):
        await one.receive()


async def test_tls_that_breaks_off_is_no_port_without_tls() -> None:
    one, wire = connection("ircs://a.example")
    wire.set_exception(ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert"))
    with pytest.raises(ConnectionLost, match=r"^TLS broke off$"):
        await one.receive()
