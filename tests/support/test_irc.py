"""The tools that the end-to-end tests stand on, against a small server with a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.support.irc import IrcClient
from tests.support.wait import wait_until

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def client_of(script: Script) -> AsyncIterator[IrcClient]:
    """A client connected to a server that follows ``script``, then closes the connection."""
    done = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except Exception as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, await IrcClient.connect(*server.sockets[0].getsockname()) as client:
        yield client
        await client.close()
        await asyncio.wait_for(done, 10)


def says(*lines: str) -> Script:
    """A server that says these lines and waits until the client leaves."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await reader.read()

    return script


async def heard(reader: asyncio.StreamReader, *lines: str) -> None:
    for line in lines:
        assert await reader.readline() == f"{line}\r\n".encode()


async def test_expect_reads_until_a_line_matches() -> None:
    lines = (":s NOTICE * :hello", "@time=t :alice!u@h PRIVMSG #room :hi", ":s 001 bob :Welcome")
    async with client_of(says(*lines)) as bob:
        line = await bob.expect(r"PRIVMSG #room")
        assert (line.command, line.params, line.nick) == ("PRIVMSG", ["#room", "hi"], "alice")
        assert line.raw == "@time=t :alice!u@h PRIVMSG #room :hi"
        assert line.tags == {"time": "t"}
        assert (await bob.expect(lambda line: line.command == "001")).text == "Welcome"
        assert [line.raw for line in bob.log] == list(lines)


async def test_a_line_that_does_not_come_shows_the_transcript() -> None:
    async with client_of(says(":s NOTICE * :hello")) as bob:
        await bob.send("JOIN #room")
        with pytest.raises(AssertionError) as failure:
            await bob.expect("JOIN", timeout=0.1)
        assert str(failure.value).splitlines() == [
            "No line matched 'JOIN' in 0.1 s (not registered)",
            ">> JOIN #room",
            "<< :s NOTICE * :hello",
        ]


async def test_an_unwanted_line_fails_at_once() -> None:
    async with client_of(says(":s 433 * bob :Nickname is already in use")) as bob:
        with pytest.raises(AssertionError, match=r"433 .* came instead of ' 001 '"):
            await bob.expect(" 001 ", unless=" 433 ")


async def test_a_connection_that_ends_fails_at_once() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ERROR :Closing link\r\n")

    async with client_of(script) as bob:
        with pytest.raises(AssertionError, match="Closed by the server while waiting for 'JOIN'"):
            await bob.expect("JOIN")


async def test_a_fence_returns_what_came_before_its_own_pong() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ping = (await reader.readline()).decode().split()
        assert ping[0] == "PING"
        writer.write(b":a!u@h JOIN #room\r\n:s PONG s :another\r\n")
        writer.write(f":s PONG s :{ping[1]}\r\n:b!u@h JOIN #room\r\n".encode())
        await reader.read()

    async with client_of(script) as bob:
        lines = await bob.fence()
        assert [line.raw for line in lines] == [":a!u@h JOIN #room", ":s PONG s :another"]
        await bob.expect(":b!u@h JOIN")


async def test_two_fences_have_different_tokens() -> None:
    tokens = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            tokens.append((await reader.readline()).split()[1])
            writer.write(b":s PONG s :" + tokens[-1] + b"\r\n")
        await reader.read()

    async with client_of(script) as bob:
        await bob.fence()
        await bob.fence()
    assert len(set(tokens)) == 2


WELCOME = b":s 001 bob :Welcome\r\n:s 005 bob UTF8ONLY :are supported by this server\r\n"


async def answer_fence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    token = (await reader.readline()).split()[1]
    writer.write(b":s PONG s :" + token + b"\r\n")
    await reader.read()


async def test_registration() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader, "NICK bob", "USER bob 0 * :bob")
        writer.write(WELCOME + b":s 422 bob :MOTD File is missing\r\n:s 221 bob +i\r\n")
        await answer_fence(reader, writer)

    async with client_of(script) as bob:
        lines = await bob.register("bob")
        assert [line.command for line in lines] == ["001", "005", "422", "221"]
        assert bob.nick == "bob"


async def test_registration_with_capabilities_and_an_account() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader, "CAP LS 302", "NICK bob", "USER bob 0 * :bob")
        writer.write(b":s CAP * LS :batch sasl=PLAIN\r\n")
        await heard(reader, "CAP REQ :batch sasl")
        writer.write(b":s CAP * ACK :batch sasl\r\n")
        await heard(reader, "AUTHENTICATE PLAIN")
        writer.write(b"AUTHENTICATE +\r\n")
        # "jilles\0jilles\0sesame" of https://ircv3.net/specs/extensions/sasl-3.1#example-protocol
        # -exchange, without an authorisation identity
        await heard(reader, "AUTHENTICATE AGppbGxlcwBzZXNhbWU=")
        writer.write(b":s 900 bob bob!u@h jilles :You are now logged in as jilles\r\n")
        writer.write(b":s 903 bob :SASL authentication successful\r\n")
        await heard(reader, "CAP END")
        writer.write(WELCOME + b":s 376 bob :End of /MOTD command.\r\n")
        await answer_fence(reader, writer)

    async with client_of(script) as bob:
        lines = await bob.register("bob", caps=("batch",), sasl=("jilles", "sesame"))
        assert [line.command for line in lines] == ["001", "005", "376"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b":s CAP * NAK :batch\r\n", "NAK"),
        (b":s CAP * ACK :batch\r\n:s 433 * bob :Nickname is already in use\r\n", "433"),
        (b":s CAP * ACK :batch\r\nERROR :Go away\r\n", "ERROR"),
    ],
)
async def test_a_refused_registration_fails_at_once(answer: bytes, why: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()

    async with client_of(script) as bob:
        with pytest.raises(AssertionError, match=f"{why}.* came instead of"):
            await bob.register("bob", caps=("batch",))


async def test_expect_closed_returns_the_last_words() -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ERROR :SendQ exceeded\r\n")

    async with client_of(script) as bob:
        assert [line.raw for line in await bob.expect_closed()] == ["ERROR :SendQ exceeded"]


async def test_expect_closed_fails_when_the_server_stays() -> None:
    async with client_of(says("NOTICE * :still here")) as bob:
        with pytest.raises(AssertionError, match=r"Not closed by the server in 0\.1 s"):
            await bob.expect_closed(timeout=0.1)


async def test_a_ping_is_answered_unless_told_otherwise() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"PING :one\r\n")
        await heard(reader, "PONG :one", "PRIVMSG s :next")
        writer.write(b"PING :two\r\n:s NOTICE bob :last\r\n")
        assert await reader.read() == b""

    async with client_of(script) as bob:
        await bob.expect("PING :one")
        bob.answers_ping = False
        await bob.send("PRIVMSG s :next")
        await bob.expect("last")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("NOTICE bob :" + "x" * 512, "over the limit"),
        ("N0TICE bob :x", "broke the grammar"),
        (":s NOTICE bob :\udcff", "not UTF-8"),
    ],
)
async def test_a_server_that_breaks_the_protocol_fails_the_test(line: str, why: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(line.encode(errors="surrogateescape") + b"\r\n")
        await reader.read()

    async with client_of(script) as bob:
        with pytest.raises(AssertionError, match=why):
            await bob.expect("NOTICE")


async def test_bytes_are_sent_as_they_are() -> None:
    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        assert await reader.read() == b"PRIVMSG \xff\0"

    async with client_of(script) as bob:
        await bob.send_bytes(b"PRIVMSG \xff\0")


async def test_wait_until_returns_when_the_fact_holds() -> None:
    facts = iter([False, False, True])
    await wait_until(lambda: next(facts), "the third look")
    assert list(facts) == []


async def test_wait_until_takes_a_coroutine_function() -> None:
    answers = iter([0, 1])

    async def count() -> int:
        return next(answers)

    await wait_until(count, "one")


async def test_wait_until_says_what_it_waited_for() -> None:
    with pytest.raises(AssertionError, match=r"Not within 0\.05 s: bob is there\. Last seen: \[\]"):
        await wait_until(list, "bob is there", timeout=0.05)
