"""A request of HTTP, as a web page may have any browser send, is carried out in no part.

Issue 8: "An HTTP request (`POST / HTTP/1.1`, body with NICK, USER, JOIN) enters the room and
speaks: an HTTP verb ends the connection."
"""

from __future__ import annotations

import pytest

from chatd.commands import registry
from chatd.wire.framing import HTTP_VERBS
from tests.e2e.conftest import Connect
from tests.e2e.staff import ask
from tests.support.irc import IrcClient

HEADERS = "Host: 127.0.0.1:6667\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n"
BODY = "NICK eve\r\nUSER eve 0 * :Eve\r\nJOIN #room\r\nPRIVMSG #room :bought cheaply\r\n"
VERBS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE")


async def nothing_came_of_it(alice: IrcClient, eve: IrcClient, nick: str = "alice") -> None:
    assert [line.raw for line in await eve.expect_closed()] == [
        "ERROR :This is a chat server and does not speak HTTP"
    ]
    assert await ask(alice, "ISON eve") == [f":chat.internal 303 {nick} :"]


@pytest.mark.parametrize("verb", VERBS)
async def test_a_request_in_one_packet(connect: Connect, verb: str) -> None:
    alice, eve = await connect("alice"), await connect.open()
    await alice.send("JOIN #room")
    await eve.send_bytes(f"{verb} / HTTP/1.1\r\n{HEADERS}{BODY}".encode())
    await nothing_came_of_it(alice, eve)


async def test_a_request_in_pieces(connect: Connect) -> None:
    alice, eve = await connect("alice"), await connect.open()
    for piece in ("PO", "ST / HTTP", "/1.1\r\nHo", "st: x\r\n\r\nNICK", f" eve\r\n{BODY}"):
        await eve.send_bytes(piece.encode())
    await nothing_came_of_it(alice, eve)


async def test_a_request_with_an_address_that_is_too_long(connect: Connect) -> None:
    """417 for the first line alone would leave the body to be carried out."""
    for size in (600, 20_000):
        alice, eve = await connect(f"alice{size}"), await connect.open()
        await eve.send_bytes(f"POST /{'x' * size} HTTP/1.1\r\n{HEADERS}{BODY}".encode())
        await nothing_came_of_it(alice, eve, f"alice{size}")


@pytest.mark.parametrize("verb", [b"POST ", b"post "])
@pytest.mark.parametrize("address", [b"/\xff", b"/\0"])
async def test_a_request_that_is_no_message(connect: Connect, verb: bytes, address: bytes) -> None:
    alice, eve = await connect("alice"), await connect.open()
    await eve.send_bytes(verb + address + f" HTTP/1.1\r\n{HEADERS}{BODY}".encode())
    await nothing_came_of_it(alice, eve)


def test_the_verbs_that_end_a_connection_are_those_that_are_left_of_a_long_line() -> None:
    handlers = {registry.load()[verb.decode()].handler for verb in HTTP_VERBS}
    assert len(handlers) == 1
    assert set(VERBS) == {verb.decode() for verb in HTTP_VERBS}


async def test_a_verb_behind_other_lines(connect: Connect) -> None:
    """A line that comes first does not open the way, nor do small letters."""
    alice, eve = await connect("alice"), await connect.open()
    await eve.send_bytes(f"NICK eve\r\nget / HTTP/1.1\r\n{HEADERS}{BODY}".encode())
    await nothing_came_of_it(alice, eve)


async def test_who_is_registered_gets_the_answer_to_an_unknown_command(connect: Connect) -> None:
    """ "ERR_UNKNOWNCOMMAND (421)": no browser gets so far, a typing error costs nothing."""
    alice = await connect("alice")
    assert await ask(alice, "GET / HTTP/1.1") == [":chat.internal 421 alice GET :Unknown command"]
