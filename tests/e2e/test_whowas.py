"""WHOWAS, STATS, LINKS, ADMIN, HELP. Sentences are of https://modern.ircdocs.horse."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, operator
from tests.support.irc import IrcClient


async def leave(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


def numerics(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines]


# -- WHOWAS --------------------------------------------------------------------------------------


async def test_who_had_a_nick(connect: Connect) -> None:
    """ "the server searches through its nickname history, looking for any nicks which are lexically
    the same [...] The history is searched backward, returning the most recent entry first."
    """
    bob = await connect("bob")
    for user in ("first", "second"):
        client = await connect.open()
        await client.send("NICK Alice", f"USER {user} 0 * :Real {user}")
        await client.expect(" 422 ")
        await leave(client)
    lines = await ask(bob, "WHOWAS aLICE")
    assert numerics(lines) == ["314", "312", "314", "312", "369"]
    assert lines[0] == ":chat.internal 314 bob Alice ~second 127.0.0.1 * :Real second"
    assert lines[1].startswith(":chat.internal 312 bob Alice chat.internal :")
    assert lines[2] == ":chat.internal 314 bob Alice ~first 127.0.0.1 * :Real first"
    assert lines[4] == ":chat.internal 369 bob aLICE :End of WHOWAS"
    # "up to <count> replies will be returned"; "Otherwise, a full search is done."
    assert numerics(await ask(bob, "WHOWAS alice 1")) == ["314", "312", "369"]
    for count in ("0", "-1", "x", "99"):
        assert len(await ask(bob, f"WHOWAS alice {count}")) == 5


async def test_a_nick_that_was_changed(connect: Connect) -> None:
    """ "This may either be due to a nickname change or the user leaving IRC." """
    bob, alice = await connect("bob"), await connect("alice")
    await ask(alice, "NICK carol")
    assert numerics(await ask(bob, "WHOWAS alice")) == ["314", "312", "369"]
    assert numerics(await ask(bob, "WHOWAS carol")) == ["406", "369"]


async def test_nobody_had_that_nick(connect: Connect) -> None:
    """ "Servers MUST reply with either ERR_WASNOSUCHNICK or a non-empty list of WHOWAS entries,
    both followed with RPL_ENDOFWHOWAS".
    """
    bob = await connect("bob")
    assert await ask(bob, "WHOWAS nobody") == [
        ":chat.internal 406 bob nobody :There was no such nickname",
        ":chat.internal 369 bob nobody :End of WHOWAS",
    ]
    # "If the <nick> argument is missing, they SHOULD send a single reply"
    assert await ask(bob, "WHOWAS") == [":chat.internal 431 bob :No nickname given"]


async def test_the_history_is_bounded(connect: Connect) -> None:
    bob, alice = await connect("bob"), await connect("alice")
    for _ in range(11):
        await ask(alice, "NICK other", "NICK alice")
    assert numerics(await ask(bob, "WHOWAS other")).count("314") == 10


# -- STATS ---------------------------------------------------------------------------------------


async def test_stats(connect: Connect) -> None:
    """ "u - returns a string showing how long the server has been up". 219 "<stats letter>"."""
    alice = await connect("alice")
    up, end = await ask(alice, "STATS u")
    assert up.startswith(":chat.internal 242 alice :Server Up 0 days 0:")
    assert end == ":chat.internal 219 alice u :End of /STATS report"
    assert await ask(alice, "STATS z") == [":chat.internal 219 alice z :End of /STATS report"]
    assert await ask(alice, "STATS") == [":chat.internal 461 alice STATS :Not enough parameters"]
    assert await ask(alice, "STATS u other.example") == [
        ":chat.internal 402 alice other.example :No such server"
    ]


@pytest.mark.parametrize("letter", ["k", "d", "a", "o", "m"])
async def test_stats_for_operators(connect: Connect, letter: str) -> None:
    alice, boss = await connect("alice"), await operator(connect)
    assert await ask(alice, f"STATS {letter}") == [
        ":chat.internal 481 alice :Permission Denied- You're not an IRC operator",
        f":chat.internal 219 alice {letter} :End of /STATS report",
    ]
    lines = await ask(boss, f"STATS {letter}")
    if letter == "o":
        assert lines[0] == ":chat.internal 243 boss O *@* * operuser"
    if letter == "m":
        assert any(line.startswith(":chat.internal 212 boss OPER ") for line in lines)
    assert lines[-1].split()[1] == "219"


# -- LINKS, ADMIN, HELP --------------------------------------------------------------------------


async def test_links(connect: Connect) -> None:
    """ "zero or more RPL_LINKS messages and mark the end of the list using a RPL_ENDOFLINKS
    message. Servers MAY omit some or all servers on the network, including itself."
    """
    alice = await connect("alice")
    assert await ask(alice, "LINKS") == [":chat.internal 365 alice * :End of /LINKS list"]


async def test_admin(connect: Connect) -> None:
    """ "the given server SHOULD respond with the RPL_ADMINME, RPL_ADMINLOC1, RPL_ADMINLOC2, and
    RPL_ADMINEMAIL replies"; "Wildcards are allowed in the <target> parameter."
    """
    alice = await connect("alice")
    for line in ("ADMIN", "ADMIN chat.internal", "ADMIN *.internal", "ADMIN alice"):
        assert numerics(await ask(alice, line)) == ["256", "257", "258", "259"]
    assert numerics(await ask(alice, "ADMIN other.example")) == ["402"]


async def test_help(connect: Connect) -> None:
    """ "reply with a single RPL_HELPSTART message, then arbitrarily many RPL_HELPTXT messages,
    then a single RPL_ENDOFHELP".
    """
    alice = await connect("alice")
    for verb in ("HELP", "HELPOP"):
        lines = await ask(alice, f"{verb} privmsg")
        assert lines[0] == ":chat.internal 704 alice PRIVMSG :The command PRIVMSG"
        assert lines[1] == ":chat.internal 705 alice PRIVMSG :"
        assert numerics(lines)[-1] == "706"
    lines = await ask(alice, "HELP")
    assert numerics(lines)[0] == "704"
    for name in " ".join(line.split(":")[-1] for line in lines[3:]).split():
        lines = await ask(alice, f"HELP {name}")
        assert numerics(lines)[0] == "704", name
        assert len(lines[2].partition(" :")[2]) > 10, lines  # it says something of each
        assert numerics(lines)[-1] == "706", lines
    assert await ask(alice, "HELP nonsense") == [
        ":chat.internal 524 alice nonsense :No help available on this topic"
    ]
