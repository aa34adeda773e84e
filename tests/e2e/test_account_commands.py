"""`chatd account ...` at a server that runs. See docs/operations.md."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import pytest

from tests.e2e.asking import PASSWORD, heard, registered
from tests.e2e.conftest import Connect, spread
from tests.support.servers import Gateway, RedisServer

Run = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def account(shared_gateways: tuple[RedisServer, list[Gateway]]) -> Run:
    """Run a subcommand: exit code, stdout, stderr."""
    redis, _ = shared_gateways

    async def run(*words: str, stdin: str = "") -> tuple[int, str, str]:
        command = ["-m", "chatd", "--redis", redis.url, "account", *words]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=pipe, stdout=pipe, stderr=pipe
        )
        out, err = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), err.decode()

    return run


async def test_an_account_is_made_and_can_log_in(connect: Connect, account: Run) -> None:
    """The password is the first line of stdin, or is made up and printed alone."""
    made = await account("add", "alice", stdin=f"{PASSWORD}\n")
    assert made == (0, "The account alice is made\n", "")
    await connect("alice", (), ("alice", PASSWORD))
    code, password, told = await account("add", "bob", "--generate")
    assert (code, told) == (0, "The account bob is made\n")
    await connect("bob", (), ("bob", password.strip()))
    _, listed, _ = await account("list", "--json")
    rows = [json.loads(line) for line in listed.splitlines()]
    assert [(row["name"], row["sessions"], row["operator"]) for row in rows] == [
        ("alice", 1, False),
        ("bob", 1, False),
    ]
    assert all(row["last_login"] >= row["created"] for row in rows)


@spread
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "alice"), "there is an account of that name already"),
        (("add", "guest"), "somebody is online under that name"),
        (("add", "#room"), "'#room' cannot be a name"),
        (("add", "ChanServ"), "'ChanServ' cannot be a name: it would be taken for a service"),
        (("add", "аlice"), "that name looks like another one"),
        (("rename", "nobody", "any"), "there is no such account"),
        (("rename", "alice", "guest"), "somebody is online under that name"),
        (("rename", "alice", "alice"), "it is called so already"),
        (("passwd", "nobody"), "there is no such account"),
        (("sessions", "nobody"), "there is no such account"),
        (("sessions", "alice", "--end", "x"), "alice has no session x"),
        (("oper", "nobody"), "there is no such account"),
        (("delete", "--yes", "nobody"), "there is no such account"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence_and_exit_1(
    connect: Connect, account: Run, words: tuple[str, ...], sentence: str
) -> None:
    await registered(connect, "alice")
    await connect("guest")
    code, out, err = await account(*words, stdin=f"{PASSWORD}\n")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"chatd: {sentence}")


@spread
async def test_an_empty_password_is_refused(connect: Connect, account: Run) -> None:
    code, out, err = await account("add", "alice", stdin="")
    assert (code, out) == (1, "")
    assert err == "chatd: a password has 1 to 300 bytes: choose another one\n"


async def test_a_lost_password(connect: Connect, account: Run) -> None:
    """The old one is wrong at once; sessions go on, unless they are to end."""
    alice = await registered(connect, "alice")
    code, password, told = await account("passwd", "alice", "--generate")
    assert (code, told) == (0, "The password of alice is changed\n")
    assert await heard(alice) == []
    with pytest.raises(AssertionError, match="904"):
        await connect("other", (), ("alice", PASSWORD))
    await connect("another", (), ("alice", password.strip()))
    code, out, _ = await account("passwd", "alice", "--end-sessions", stdin="new\n")
    assert out == "The password of alice is changed; sessions that were ended: 2\n"
    lines = await alice.expect_closed()
    assert "An administrator has ended this session" in lines[-1].raw


async def test_sessions_are_shown_and_ended(connect: Connect, account: Run) -> None:
    alice = await registered(connect, "alice")
    phone = await connect("alice", (), ("alice@phone", PASSWORD))
    _, out, _ = await account("sessions", "alice")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [(row[1], row[2], row[4]) for row in rows] == [
        ("-", "alice", "127.0.0.1"),
        ("phone", "alice", "127.0.0.1"),
    ]
    assert await account("sessions", "alice", "--end", rows[1][0]) == (
        0,
        "Sessions that were ended: 1\n",
        "",
    )
    await phone.expect_closed()
    assert (await account("sessions", "alice", "--end", "all"))[1] == (
        "Sessions that were ended: 1\n"
    )
    await alice.expect_closed()
    _, out, _ = await account("sessions", "alice")
    assert any("phone" in line and "no session" in line for line in out.splitlines())
