"""A request of HTTP, as a web page may have any browser send, is carried out in no part.

Issue 8: "An HTTP request (`POST / HTTP/1.1`, body with NICK, USER, JOIN) enters the room and
speaks: an HTTP verb ends the connection."
"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask
from tests.support.irc import IrcClient

HEADERS = "Host: 127.0.0.1:6667\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n"
BODY = "NICK eve\r\nUSER eve 0 * :Eve\r\nJOIN #room\r\nPRIVMSG #room :bought cheaply\r\n"
VERBS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE")


async def nothing_came_of_it(alice: IrcClient, eve: IrcClient) -> None:
    assert [line.raw for line in await eve.expect_closed()] == [
        "ERROR :This is a chat server and does not speak HTTP"
    ]
    assert await ask(alice, "ISON eve") == [":chat.internal 303 alice :"]


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


async def test_a_verb_behind_other_lines(connect: Connect) -> None:
    """A line that comes first does not open the way, nor do small letters."""
    alice, eve = await connect("alice"), await connect.open()
    await eve.send_bytes(f"NICK eve\r\nget / HTTP/1.1\r\n{HEADERS}{BODY}".encode())
    await nothing_came_of_it(alice, eve)


async def test_who_is_registered_gets_the_answer_to_an_unknown_command(connect: Connect) -> None:
    """ "ERR_UNKNOWNCOMMAND (421)": no browser gets so far, a typing error costs nothing."""
    alice = await connect("alice")
    assert await ask(alice, "GET / HTTP/1.1") == [":chat.internal 421 alice GET :Unknown command"]
