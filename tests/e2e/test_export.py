"""`chatd export`: what was said, as JSON lines. docs/operations.md"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.asking import PASSWORD, ask, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

CAPS = ("message-tags", "server-time", "batch", "standard-replies", "echo-message",
        "draft/multiline", "draft/message-redaction")  # fmt: skip


@pytest.fixture
def server(shared_gateways: tuple[RedisServer, list[Gateway]]) -> RedisServer:
    return shared_gateways[0]


def command(server: RedisServer, *args: str) -> list[str]:
    where = ["--redis", server.url]
    return [sys.executable, "-m", "chatd", "export", *where, *args]


def run(
    server: RedisServer, *args: str, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(server, *args), stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )


def export(server: RedisServer, *args: str) -> list[dict[str, Any]]:
    found = run(server, *args)
    assert (found.returncode, found.stderr) == (0, ""), found
    return [json.loads(line) for line in found.stdout.splitlines()]


def said(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["room"] or f"to {row['with']}", row["from"], row["text"]) for row in rows]


async def talk(connect: Connect) -> tuple[IrcClient, IrcClient]:
    client = await registered(connect, "anna")
    await client.send("QUIT")
    await client.expect_closed()
    anna, bob = await connect("anna", CAPS, ("anna", PASSWORD)), await connect("bob", CAPS)
    for one in (anna, bob):
        await join(one, "#Room")
    await ask(anna, "PRIVMSG #Room :one", "NOTICE bob :two", "PRIVMSG bob :\x01ACTION waves\x01")
    await ask(bob, "PRIVMSG #Room :three", "PRIVMSG anna :four")
    await bob.send("PRIVMSG #Room :taken back")
    msgid = (await bob.expect("taken back")).tags["msgid"]
    await ask(bob, f"REDACT #Room {msgid}")
    await ask(bob, "BATCH +1 draft/multiline #Room", "@batch=1 PRIVMSG #Room :five",
              "@batch=1 PRIVMSG #Room :", "@batch=1 PRIVMSG #Room :six", "BATCH -1")  # fmt: skip
    return anna, bob


async def test_everything(connect: Connect, server: RedisServer) -> None:
    """ "the fields of `chat history --json`" """
    await talk(connect)
    rows = export(server)
    assert sorted(said(rows)) == sorted(
        [
            ("#Room", "anna", "one"),
            ("#Room", "bob", "three"),
            ("#Room", "bob", "five\n\nsix"),
            ("to bob", "anna", "two"),
            ("to bob", "anna", "waves"),
            ("to anna", "bob", "four"),
        ]
    )
    assert list(rows[0]) == ["time", "msgid", "room", "with", "from", "account", "kind", "text"]
    kinds = {row["text"]: (row["kind"], row["account"]) for row in rows}
    assert (kinds["one"], kinds["two"], kinds["waves"]) == (
        ("text", "anna"),
        ("notice", "anna"),
        ("action", "anna"),
    )
    assert kinds["four"] == ("text", None)


async def test_of_an_account_of_a_room_and_since(connect: Connect, server: RedisServer) -> None:
    await talk(connect)
    assert sorted(said(export(server, "--account", "Anna"))) == [
        ("#Room", "anna", "one"),
        ("to bob", "anna", "two"),
        ("to bob", "anna", "waves"),
        ("to bob", "bob", "four"),
    ]
    rows = export(server, "--room", "#room")
    assert [row["text"] for row in rows] == ["one", "three", "five\n\nsix"]
    later = export(server, "--room", "#room", "--since", rows[-1]["time"])
    assert rows[-1] in later
    assert export(server, "--since", "2100-01-01T00:00:00.000Z") == []


async def test_what_cannot_be_done(connect: Connect, server: RedisServer) -> None:
    """ "stdout may be a pipe/closed/full disk" """
    await talk(connect)
    for args, error in (
        (["--account", "nobody"], "there is no such account"),
        (["--since", "yesterday"], "is no time"),
    ):
        found = run(server, *args)
        assert (found.returncode, found.stdout) == (1, "")
        assert error in found.stderr
    full = os.open("/dev/full", os.O_WRONLY)
    found = run(server, stdout=full)
    os.close(full)
    assert found.returncode == 1
    assert found.stderr == "chatd: cannot write all of it: No space left on device\n"
    read, write = os.pipe()
    os.close(read)
    found = run(server, stdout=write)
    os.close(write)
    assert (found.returncode, found.stderr) == (141, "")
