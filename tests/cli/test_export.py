"""``chat export`` from real gateways: all that one can see, as JSON lines. docs/operations.md"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from tests.cli.programs import Ended, Programs
from tests.cli.test_real import at
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

pytestmark = pytest.mark.slow


async def talk(gateways: tuple[Gateway, Gateway], chat: Programs, bob: IrcClient) -> None:
    """Anna and bob have said something in rooms and to each other; each on another gateway."""
    chat.environ["CHAT_SERVER"] = at(*gateways)
    await bob.register("bob", ("labeled-response", "batch"))
    for room in ("#one", "#two", "#hidden"):
        await bob.send(f"JOIN {room}", *(f"PRIVMSG {room} :{room[1:]} {i}" for i in range(120)))
    await bob.fence()
    for to, text in (("#one", "\x1b[31mred"), ("#two", "x"), ("bob", "to bob")):
        sent = await chat.run("send", "--to", to, "--as", "anna", text)
        assert sent.code == 0, sent
    await bob.send("PRIVMSG anna :\x01ACTION waves\x01", "NOTICE anna :to anna")
    await bob.fence()


def rows(ended: Ended) -> list[dict[str, Any]]:
    assert ended.code == 0, ended
    assert "\x1b" not in ended.out
    return [json.loads(line) for line in ended.out.splitlines()]


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["room"] or f"with {row['with']}", row["from"], row["text"]) for row in found]


PRIVATE = [
    ("with bob", "anna", "to bob"),
    ("with bob", "bob", "waves"),
    ("with bob", "bob", "to anna"),
]


async def test_all_that_one_can_see(two_gateways: tuple[Gateway, Gateway], chat: Programs) -> None:
    """'all rooms one is in (and may see) and all private conversations', 'oldest first'"""
    _, second = two_gateways
    async with await IrcClient.connect(second.host, second.port) as bob:
        await talk(two_gateways, chat, bob)
        ended = await chat.run("export", "--as", "anna")
        assert told(rows(ended)) == PRIVATE
        assert ended.err == "chat: you are in no room: those that you name with --in are entered\n"
        async with await chat.start(
            "tail", "--as", "anna", "--room", "#two", "--room", "#one"
        ) as on:
            await on.line("x")
            ended = await chat.run("export", "--as", "anna")
            found = rows(ended)
            assert ended.err == ""
            assert list(found[0]) == [
                "time", "msgid", "room", "with", "from", "account", "kind", "text",
            ]  # fmt: skip
            expected = [("#one", "bob", f"one {i}") for i in range(120)]
            expected += [("#one", "anna", "\x1b[31mred")]
            expected += [("#two", "bob", f"two {i}") for i in range(120)]
            assert told(found) == [*expected, ("#two", "anna", "x"), *PRIVATE]
            assert [row["kind"] for row in found[-3:]] == ["text", "action", "notice"]
            later = await chat.run("export", "--as", "anna", "--since", found[-1]["time"])
            assert found[-1] in rows(later)
            assert len(rows(later)) < 4


async def test_only_some_of_it(two_gateways: tuple[Gateway, Gateway], chat: Programs) -> None:
    """'`--in TARGET` repeated'; what cannot be had is one sentence"""
    _, second = two_gateways
    async with await IrcClient.connect(second.host, second.port) as bob:
        await talk(two_gateways, chat, bob)
        found = told(rows(await chat.run("export", "--as", "anna", "--in", "bob", "--in", "#One")))
        assert found[:3] == PRIVATE
        assert len(found) == 3 + 121
        await bob.send("MODE #hidden +i")
        await bob.fence()
        for wrong, code in ((["--in", "#hidden"], 5), (["--in", "nobody"], 0), (["--in", "a b"], 2),
                            (["--since", "never"], 2)):  # fmt: skip
            ended = await chat.run("export", "--as", "anna", *wrong)
            assert (ended.code, ended.out) == (code, ""), ended
            assert "Traceback" not in ended.err


async def test_a_full_disk_and_a_closed_pipe(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    _, second = two_gateways
    async with await IrcClient.connect(second.host, second.port) as bob:
        await talk(two_gateways, chat, bob)
        for command in (("export",), ("history", "--all", "--json")):
            where = ("--with", "bob") if command[0] == "history" else ()
            read, write = os.pipe()
            os.close(read)
            full = os.open("/dev/full", os.O_WRONLY)
            for out, code, err in (
                (full, 1, "chat: the system refuses: No space left on device"),
                (write, 141, ""),
            ):
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "cli", *command, *where, "--as", "anna",
                    stdout=out, stderr=asyncio.subprocess.PIPE, env=chat.environment(),
                )  # fmt: skip
                _, said = await process.communicate()
                os.close(out)
                assert process.returncode == code, said
                assert not err or said.decode().splitlines()[-1] == err
                assert b"Traceback" not in said
                assert b"Exception" not in said
