"""The room where one begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.wire.message import parse
from cli.client.beginning import Beginning
from tests.cli.programs import Programs
from tests.support.servers import Gateway

OURS = {"chatd/id"}


def begins(*lines: str, caps: set[str] | None = None) -> tuple[str, bool, list[bytes]]:
    """The room, whether that is decided, and what was asked."""
    beginning, asked = Beginning("#global"), list[bytes]()
    for line in lines:
        if not beginning.over:
            asked += beginning.take(parse(line.encode()), caps or set())
    return beginning.room, beginning.over, asked


def test_the_server_names_it() -> None:
    said = ":s 005 anna CHANTYPES=# chatd/ROOM=#lobby :are supported"
    assert begins(said) == ("#lobby", True, [])
    assert begins(":s 005 anna chatd/ROOM=lobby chatd/ROOM=#a,b :x") == ("", False, [])


def test_one_of_ours_that_names_none_has_the_usual_one() -> None:
    assert begins(":s 422 anna :No MOTD", caps=OURS) == ("#global", True, [])


@pytest.mark.parametrize(
    ("lines", "room"),
    [
        ((":s 323 anna :End",), ""),
        ((":s 322 anna #other 1 :", ":s 323 anna :End"), ""),
        ((":s 322 anna #GLOBAL 5 :all", ":s 323 anna :End"), "#global"),
        ((":anna!u@h JOIN #put", ":s 322 anna #global 5 :all", ":s 323 anna :End"), "#put"),
        ((":s 421 anna LIST :Unknown command",), ""),
    ],
)
def test_another_server_is_asked_whether_it_knows_the_usual_one(
    lines: tuple[str, ...], room: str
) -> None:
    """ "only enter #global when the server gives none and knows it" """
    assert begins(":s 376 anna :End of MOTD", *lines) == (room, True, [b"LIST #global\r\n"])


@pytest.mark.slow
async def test_the_default_room_of_a_gateway(chat: Programs, tmp_path: Path) -> None:
    """ "`chat login` ignores the server's default room" """
    flags = ("--data-dir", str(tmp_path / "data"), "--default-room", "#lobby")
    async with Gateway(*flags) as gateway:
        server = f"127.0.0.1:{gateway.port}"
        ended = await chat.run("login", "anna", "-s", server, stdin="hello\n")
        assert (ended.code, "you are in #lobby" in ended.out) == (0, True)
        assert "anna: hello" in ended.out
        assert "#global" not in ended.out
        ended = await chat.run("tail", "--no-follow", "--as", "anna", "-s", server)
        assert "-> #lobby" in ended.out or "#lobby anna: hello" in ended.out
        for command in (("history",), ("search", "hello")):
            ended = await chat.run(*command, "--as", "anna", "-s", server)
            assert (ended.code, ended.out.count("hello")) == (0, 1)
        ended = await chat.run("history", "--as", "anna", "-s", server, "--room", "#global")
        assert (ended.code, "there is no room #global" in ended.err) == (3, True)
