"""WebSockets. https://ircv3.net/specs/extensions/websocket"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.support.irc import IrcClient
from tests.support.servers import Gateway

TEXT, BINARY = Subprotocol("text.ircv3.net"), Subprotocol("binary.ircv3.net")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    folder = tmp_path_factory.mktemp("data")
    flags = ("--data-dir", str(folder), "--listen-ws", "127.0.0.1:0", "--flood-rate", "0")
    async with Gateway(*flags) as gateway:
        yield gateway


@asynccontextmanager
async def web(gateway: Gateway, *names: Subprotocol) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket; the gateway's second address is the one for them."""
    async with connect(f"ws://{gateway.addresses[1]}", subprotocols=names or None) as socket:
        yield socket


async def until(socket: ClientConnection, part: str) -> str | bytes:
    """Read until a message holds ``part``."""
    while True:
        message = await socket.recv()
        text = message if isinstance(message, str) else message.decode()
        if part in text:
            return message


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([TEXT], TEXT),
        ([BINARY], BINARY),
        ([TEXT, BINARY], TEXT),
        ([BINARY, TEXT], BINARY),
        ([Subprotocol("other"), BINARY], BINARY),
        ([Subprotocol("other")], None),
        ([], None),
    ],
)
async def test_the_subprotocol_is_the_clients_choice(
    gateway: Gateway, names: Sequence[Subprotocol], chosen: Subprotocol | None
) -> None:
    """ "The server MUST accept any subprotocol it supports, respecting the client's order of
    preference." "If no subprotocol can be agreed on, the server MAY continue".
    """
    async with web(gateway, *names) as socket:
        assert socket.subprotocol == chosen
        await socket.send("PING x")
        # "If binary.ircv3.net is negotiated, then client and server will exchange binary messages"
        answer = await socket.recv()
        assert answer == (
            b":chat.internal PONG chat.internal x"
            if chosen == BINARY
            else ":chat.internal PONG chat.internal x"
        )


async def test_web_and_other_clients_are_in_one_room(gateway: Gateway) -> None:
    """ "each message MUST consist of a single IRC line, except that servers and clients MUST NOT
    include trailing \\r or \\n characters in the message"
    """
    async with (
        await IrcClient.connect(gateway.host, gateway.port) as alice,
        web(gateway, TEXT) as socket,
    ):
        await alice.register("alice")
        await alice.send("JOIN #room")
        await alice.fence()
        for line in ("NICK web", "USER web 0 * :Web", "JOIN #room"):
            await socket.send(line)
        await until(socket, " 366 ")
        await alice.send("PRIVMSG #room :hello ☕")
        assert await until(socket, "PRIVMSG") == ":alice!~alice@127.0.0.1 PRIVMSG #room :hello ☕"
        await socket.send("PRIVMSG #room :hi ☕")
        await alice.expect(r"^:web!~web@127.0.0.1 PRIVMSG #room :hi ☕$")
        await socket.close()
        await alice.expect(r"^:web!~web@127.0.0.1 QUIT :")


async def test_what_is_too_long_or_not_utf8(gateway: Gateway) -> None:
    """ "Maximum message size is reduced by two bytes accordingly (ie. to 510 bytes by default)",
    "Servers MUST NOT relay non-UTF-8 content to clients using text messages".
    """
    async with web(gateway, BINARY) as socket:
        await socket.send(b"PING " + b"x" * 505)
        assert (await socket.recv())[-3:] == b"xxx"
        await socket.send(b"PING " + b"x" * 506)
        assert await socket.recv() == b":chat.internal 417 * :Input line was too long"
        await socket.send(b"USER u s e :caf\xe9")
        assert b" FAIL USER INVALID_UTF8 :" in await socket.recv()
        await socket.send([b"PI", b"NG frag", b"ments"])
        assert await socket.recv() == b":chat.internal PONG chat.internal fragments"
        # "servers SHOULD impose limits on the maximum size of messages they will accept"
        await socket.send(b"x" * 20_000)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_the_last_line_is_error(gateway: Gateway) -> None:
    """ "Servers MUST send an ERROR [...] before closing", https://modern.ircdocs.horse/#error-message"""
    async with web(gateway, TEXT) as socket:
        await socket.send("QUIT :bye")
        assert await socket.recv() == "ERROR :Quit: bye"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000


async def test_a_gateway_that_ends_is_no_fatal_error(tmp_path: Path) -> None:
    """ERROR "MUST only be used to report fatal errors", https://modern.ircdocs.horse/#error-message:
    gamja does not connect again after one. "1001 indicates that an endpoint is "going away", such
    as a server going down", https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
    """
    flags = ("--data-dir", str(tmp_path), "--listen-ws", "127.0.0.1:0")
    async with Gateway(*flags) as gateway, web(gateway, TEXT) as socket:
        await socket.send("NICK alice")
        await socket.send("USER alice 0 * :Alice")
        await until(socket, " 422 ")
        ended = asyncio.create_task(gateway.terminate())
        assert await until(socket, "NOTICE") == ":chat.internal NOTICE * :Server is shutting down"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        await ended


async def test_what_is_no_websocket_is_told_so(gateway: Gateway) -> None:
    """An answer of HTTP, and the end of the connection."""
    client = await IrcClient.connect(str(gateway.addresses[1].host), gateway.addresses[1].port)
    async with client:
        reader, writer = client._reader, client._writer
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 426 ")
