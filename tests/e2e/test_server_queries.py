"""The greeting, LUSERS, VERSION, TIME, INFO. Sentences are of https://modern.ircdocs.horse."""

from __future__ import annotations

import re
import time

import pytest

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def ask(client: IrcClient, line: str) -> list[str]:
    await client.send(line)
    return [line.raw for line in await client.fence()]


async def test_the_order_of_the_greeting(connect: Connect) -> None:
    """ "RPL_WELCOME, RPL_YOURHOST, RPL_CREATED, RPL_MYINFO, at least one RPL_ISUPPORT [...] The
    server SHOULD then respond as though the client sent the LUSERS command [...] The server MUST
    then respond as though the client sent it the MOTD command"
    """
    alice = await connect("alice")
    codes = [line.command for line in alice.log if line.command.isdigit()]
    assert list(dict.fromkeys(codes)) == [
        "001", "002", "003", "004", "005", "251", "252", "254", "255", "265", "266", "422",
    ]  # fmt: skip


async def test_lusers(connect: Connect) -> None:
    """ "Servers MUST reply with RPL_LUSERCLIENT and RPL_LUSERME, and SHOULD also include all those
    defined below." All gateways are one server: the numbers are the same everywhere.
    """
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    await bob.send("JOIN #one,#two")
    await bob.fence()
    await carol.send("QUIT")
    await carol.expect_closed()
    for client in (alice, bob):
        await client.fence()
        nick = client.nick
        assert await ask(client, "LUSERS") == [
            f":chat.internal 251 {nick} :There are 2 users and 0 invisible on 1 servers",
            f":chat.internal 252 {nick} 0 :operator(s) online",
            f":chat.internal 254 {nick} 2 :channels formed",
            f":chat.internal 255 {nick} :I have 2 clients and 0 servers",
            # "<m> represents the maximum number of clients that have been connected"
            f":chat.internal 265 {nick} 2 3 :Current local users 2, max 3",
            f":chat.internal 266 {nick} 2 3 :Current global users 2, max 3",
        ]


@pytest.mark.parametrize("target", ["", " chat.internal", " *.Internal", " bob"])
async def test_version(connect: Connect, target: str) -> None:
    """ "the given server SHOULD respond with one RPL_VERSION reply and one or more RPL_ISUPPORT
    replies"; "If <target> is a client, the information for the server that client is connected to
    is requested"; "Wildcards are allowed in the <target> parameter."
    """
    alice = await connect("alice")
    await connect("bob")
    version, *supported = await ask(alice, f"VERSION{target}")
    # "<client> <version> <server> :<comments>"
    assert re.fullmatch(r":chat\.internal 351 alice chatd-\S+ chat\.internal :.+", version)
    greeted = [line.raw for line in alice.log if line.command == "005"]
    assert supported == greeted[: len(supported)] != []


async def test_time(connect: Connect) -> None:
    """ "<client> <server> [<timestamp> [<TS offset>]] :<human-readable time>" """
    alice = await connect("alice")
    [line] = await ask(alice, "TIME")
    found = re.fullmatch(r":chat\.internal 391 alice chat\.internal (\d+) :.+ UTC", line)
    assert found
    assert abs(int(found[1]) - time.time()) < 60


async def test_info(connect: Connect) -> None:
    """ "zero or more RPL_INFO replies, followed by one RPL_ENDOFINFO numeric" """
    alice = await connect("alice")
    *lines, end = await ask(alice, "INFO")
    assert all(line.startswith(":chat.internal 371 alice :") for line in lines)
    assert end == ":chat.internal 374 alice :End of INFO list"


@pytest.mark.parametrize("command", ["VERSION", "TIME"])
@pytest.mark.parametrize("target", ["elsewhere.example", "*.org", "nobody", "☕", ":"])
async def test_no_such_server(connect: Connect, command: str, target: str) -> None:
    """ "If <target> is given and a matching server cannot be found, the server will respond with
    the ERR_NOSUCHSERVER numeric and the command will fail."
    """
    alice = await connect("alice")
    shown = "*" if target == ":" else target
    assert await ask(alice, f"{command} {target}") == [
        f":chat.internal 402 alice {shown} :No such server"
    ]
