"""Promise 5: "A slow or hostile client hurts only itself. Every buffer is bounded in bytes, every
limit is announced, every bad input gets the error that the specification names."
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS, People, heard, join, mostly, roster, say, texts
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

SENDQ = 131_072
FLOOD_RATE, FLOOD_BURST = 2_000, 200
UNDISTURBED_S = 1.0
"""What a round trip of an innocent client mostly takes at most."""

LIMITS = (
    "--sendq", str(SENDQ), "--flood-rate", str(FLOOD_RATE), "--flood-burst", str(FLOOD_BURST),
)  # fmt: skip
PING_S, SILENT_S = 1, 4
"""When a silent client is asked, and the time it has for its answer: the tests' own clients answer
within that, whatever else the machine is doing."""
TIMES = ("--ping-interval", str(PING_S), "--ping-timeout", str(SILENT_S))


@pytest.fixture
async def strict() -> AsyncIterator[Chat]:
    """A chat whose first gateway has small limits."""
    async with AsyncExitStack() as stack:
        yield await chat_with(stack, *LIMITS)


@pytest.fixture
async def impatient() -> AsyncIterator[Chat]:
    """A chat whose first gateway has small limits and waits for nobody."""
    async with AsyncExitStack() as stack:
        yield await chat_with(stack, *LIMITS, *TIMES)


async def chat_with(stack: AsyncExitStack, *flags: str) -> Chat:
    """Two gateways, the first with these flags."""
    redis = await stack.enter_async_context(RedisServer())
    g1 = await stack.enter_async_context(Gateway("--redis", redis.url, *flags))
    g2 = await stack.enter_async_context(Gateway("--redis", redis.url))
    return Chat(redis, g1, g2)


# -- what the specification has an answer for ------------------------------------------------


async def test_a_line_over_the_limit(shared: Chat, people: People) -> None:
    """ "ERR_INPUTTOOLONG (417)"; the line is dropped whole, the next one works."""
    alice = await people(shared.g1, "alice", "#long")
    bob = await people(shared.g2, "bob", "#long")
    await alice.send("PRIVMSG #long :" + "x" * 498, "PRIVMSG #long :next")
    await alice.expect(" 417 alice :")
    await bob.expect(r":alice!\S+ PRIVMSG #long :next")
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == ["next"]


async def test_a_line_without_end(shared: Chat, people: People) -> None:
    """A megabyte without a line's end is one line too long, and is not kept."""
    alice = await people(shared.g1, "alice", "#long")
    await alice.send_bytes(b"PRIVMSG #long :" + b"y" * 1_000_000 + b"\r\n")
    await alice.send("PRIVMSG #long :next")
    await alice.expect("PRIVMSG #long :next")
    assert len(heard(alice, "417")) == 1


async def test_tags_over_the_limit(shared: Chat, people: People) -> None:
    """ "Servers MUST reject messages with tags over 4094 bytes ... ERR_INPUTTOOLONG (417)" """
    alice = await people(shared.g1, "alice", "#tags")
    bob = await people(shared.g2, "bob", "#tags")
    most = "@+a=" + "t" * (4094 - 3)
    await alice.send(f"{most}t TAGMSG #tags")
    await alice.expect(" 417 alice :")
    await alice.send(f"{most} PRIVMSG #tags :just fits")
    line = await bob.expect("PRIVMSG #tags :just fits")
    assert line.tags["+a"] == "t" * (4094 - 3)


async def test_rubbish(shared: Chat, people: People) -> None:
    """Bytes that are no line at all are left alone or answered; the connection goes on."""
    alice = await people(shared.g1, "alice", "#rubbish")
    stranger = await people.stranger(shared.g1)
    for client in (alice, stranger):
        await client.send_bytes(bytes(range(256)) * 8 + b"\r\n")
        await client.send_bytes(b"\r\n\r\n \r\n:\r\n:x\r\n@\r\n@a\r\n@a :b\r\n:a :b\r\n\0\0\r\n")
        await client.send_bytes(b"PRIVMSG #rubbish :nul \0 in it\r\n")
        await client.send_bytes(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n")  # TLS hello
    # of a stranger that ends the connection, see tests/e2e/test_http.py
    await alice.send_bytes(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await say(alice, "#rubbish", "still here")).command == "PRIVMSG"
    await stranger.send("NICK stranger", "USER s 0 * :s")
    await stranger.expect(" 001 stranger ")


async def test_text_that_is_not_utf8(shared: Chat, people: People) -> None:
    """UTF8ONLY: "FAIL <command> INVALID_UTF8", and nothing is passed on."""
    alice = await people(shared.g1, "alice", "#utf8")
    bob = await people(shared.g2, "bob", "#utf8")
    await alice.send_bytes(b"PRIVMSG #utf8 :caf\xe9\r\nTOPIC #utf8 :\xff\r\nNICK \xff\r\n")
    for command in ("PRIVMSG", "TOPIC", "NICK"):
        await alice.expect(rf"FAIL ({command}|\*) INVALID_UTF8 :")
    await say(alice, "#utf8", "café")
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == ["café"]


async def test_an_unknown_command(shared: Chat, people: People) -> None:
    """ "ERR_UNKNOWNCOMMAND (421)"; before registration "ERR_NOTREGISTERED (451)"."""
    alice = await people(shared.g1, "alice")
    await alice.send("FROBNICATE a b", "PRIVMSG", "JOIN", "PRIVMSG alice")
    for numeric in (" 421 alice FROBNICATE :", " 411 alice :", " 461 alice JOIN :", " 412 alice :"):
        await alice.expect(numeric)
    stranger = await people.stranger(shared.g1)
    await stranger.send("JOIN #room")
    await stranger.expect(" 451 ")


# -- clients that stall ----------------------------------------------------------------------


async def test_who_never_registers_is_closed(people: People) -> None:
    async with AsyncExitStack() as stack:
        chat = await chat_with(stack, "--registration-timeout", "1")
        silent = await people.stranger(chat.g1)
        talkative = await people.stranger(chat.g1)
        await talkative.send("CAP LS 302", "NICK talkative")
        for client in (silent, talkative):
            assert (await client.expect_closed())[-1].raw == "ERROR :Registration timed out"
        assert await roster(chat.redis) == set()


async def test_half_open(impatient: Chat, people: People) -> None:
    """ "half-open sockets (PING, then timeout)" """
    bob = await people(impatient.g2, "bob", "#room")
    dead = await people(impatient.g1, "dead", "#room")
    dead.answers_ping = False
    lines = await dead.expect_closed()
    assert "PING" in [line.command for line in lines]
    assert re.fullmatch(r"ERROR :Ping timeout: \d+ seconds", lines[-1].raw)
    await bob.expect(r":dead!\S+ QUIT :Ping timeout: \d+ seconds")
    await bob.fence()  # who answers PING stays


async def test_who_never_reads_is_closed(strict: Chat, people: People) -> None:
    """ "its queue is bounded, it is closed with ERROR :SendQ exceeded"; nobody else is delayed."""
    alice = await people(strict.g1, "alice", "#room")
    bob = await people(strict.g1, "bob", "#room")
    deaf = await deaf_client(strict.g1)
    await deaf.register("deaf")
    await join(deaf, "#room")
    before, took = memory_bytes(strict.g1), []
    clock = asyncio.get_running_loop().time
    text = "z" * 400
    async with asyncio.timeout(120):
        while not heard(bob, "QUIT"):
            asked = clock()
            await alice.send(*(f"PRIVMSG #room :{text}" for _ in range(100)))
            await alice.fence()
            await bob.fence()
            took.append(clock() - asked)
    assert heard(bob, "QUIT")[0].text == "SendQ exceeded"
    assert mostly(took) < UNDISTURBED_S
    assert memory_bytes(strict.g1) - before < 10 * SENDQ + 8 * 2**20
    assert (await deaf.expect_closed())[-1].raw == "ERROR :SendQ exceeded"
    await deaf.close()


async def deaf_client(gateway: Gateway) -> IrcClient:
    """A client whose kernel takes little on its behalf."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (gateway.host, gateway.port))
    return IrcClient(*await asyncio.open_connection(sock=sock, limit=4096))


def memory_bytes(gateway: Gateway) -> int:
    """Resident memory of the process."""
    status = Path(f"/proc/{gateway.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


async def test_a_flood_is_throttled_and_hurts_nobody(strict: Chat, people: People) -> None:
    """10,000 lines at once: carried out in order at the announced rate, none is lost, and others
    have their round trips meanwhile."""
    lines = 10_000
    flooder = await people(strict.g1, "flooder")
    alice = await people(strict.g1, "alice", "#calm")
    bob = await people(strict.g2, "bob", "#calm")
    clock = asyncio.get_running_loop().time
    started = clock()
    await flooder.send(*(f"PING {number}" for number in range(lines)))
    done = asyncio.create_task(flooder.lines_until(f"PONG .*[ :]{lines - 1}$", 60))
    rounds, took = 0, []
    while not done.done():
        asked = clock()
        await say(alice, "#calm", f"round {rounds}")
        await bob.expect(f"PRIVMSG #calm :round {rounds}$")
        took.append(clock() - asked)
        rounds += 1
    answers = [line.text for line in await done if line.command == "PONG"]
    assert answers == [str(number) for number in range(lines)]
    assert clock() - started > 0.9 * (lines - FLOOD_BURST) / FLOOD_RATE
    assert mostly(took) < UNDISTURBED_S
    assert rounds > 3, "the flood is over in no less than four seconds"


async def test_a_flooder_is_not_taken_for_dead(impatient: Chat, people: People) -> None:
    """Its PONG waits behind its own lines, which the gateway has not read yet."""
    flooder = await people(impatient.g1, "flooder", "#paste", caps=CAPS)
    lines = (PING_S + SILENT_S + 2) * FLOOD_RATE  # so many seconds: longer than one may be silent
    await flooder.send(*(f"PING {number}" for number in range(lines)))
    await flooder.expect(f"PONG .*[ :]{lines - 1}$", 60)
    assert heard(flooder, "ERROR") == []


async def test_a_flooder_who_leaves_is_gone(strict: Chat, people: People) -> None:
    flooder = await people(strict.g1, "flooder")
    await people(strict.g2, "bob")
    await flooder.send(*(f"PING {number}" for number in range(20_000)))
    await flooder.close()

    async def gone() -> bool:
        return await roster(strict.redis) == {"bob"}

    await wait_until(gone, "the flooder is off the roster")


async def test_who_asks_for_much_and_never_reads(strict: Chat, people: People) -> None:
    """Answers count as well as what others say."""
    deaf = await deaf_client(strict.g1)
    await deaf.register("deaf")
    bob = await people(strict.g2, "bob", "#room")
    before = memory_bytes(strict.g1)

    async def ask_on() -> None:
        while True:
            await deaf.send(*("VERSION" for _ in range(100)))
            await asyncio.sleep(0)  # drain() alone lets nobody else run

    asking = asyncio.create_task(ask_on())

    async def gone() -> bool:
        return await roster(strict.redis) == {"bob"}

    await wait_until(gone, "who never reads is gone", 60)
    asking.cancel()
    assert (await deaf.expect_closed())[-1].raw == "ERROR :SendQ exceeded"
    await bob.fence()
    assert memory_bytes(strict.g1) - before < 10 * SENDQ + 8 * 2**20
    await deaf.close()
