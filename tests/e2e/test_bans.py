"""Bans of the server: KLINE, DLINE, ABAN; see docs/protocol.md."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, operator, until_gone
from tests.support.irc import IrcClient


async def refused(connect: Connect, nick: str) -> list[str]:
    """Try to register; what the server says before it closes the connection."""
    client = await connect.open()
    await client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return [line.raw for line in await client.expect_closed()]


async def closed(client: IrcClient) -> list[str]:
    return [line.raw for line in await client.expect_closed()]


async def test_a_mask(connect: Connect) -> None:
    """ "effective on every gateway at once, for who is connected already too".

    465 "<client> :You are banned from this server.": "Returned to indicate that the client has been
    banned from this server. This message is typically followed by the server closing the
    connection."
    """
    boss, alice, bob = await operator(connect), await connect("alice"), await connect("bob")
    for client in (alice, bob):
        await ask(client, "JOIN #room")
    await alice.fence()
    assert await ask(boss, "KLINE alice@127.* :go away") == [
        ":chat.internal NOTICE boss :Banned *!alice@127.* until it is lifted: go away"
    ]
    assert await closed(alice) == [
        ":chat.internal 465 alice :You are banned from this server (go away)",
        "ERROR :Closing Link: chat.internal (K-lined: go away)",
    ]
    await bob.expect("^:alice!~alice@127.0.0.1 QUIT :K-lined: go away$")
    assert await refused(connect, "alice") == [
        ":chat.internal 465 alice :You are banned from this server (go away)",
        "ERROR :Closing Link: chat.internal (K-lined: go away)",
    ]
    assert await ask(boss, "STATS k") == [
        ":chat.internal 216 boss K 127.* * *!alice :go away (boss, until it is lifted)",
        ":chat.internal 219 boss k :End of /STATS report",
    ]
    assert await ask(boss, "UNKLINE ALICE@127.*") == [
        ":chat.internal NOTICE boss :The ban of *!alice@127.* is lifted"
    ]
    await connect("alice")
    assert await ask(boss, "UNKLINE alice@127.*") == [
        ":chat.internal NOTICE boss :FAIL UNKLINE NO_SUCH_BAN: There is no such ban: see STATS"
    ]


async def test_a_nick_is_part_of_the_mask(connect: Connect) -> None:
    boss, alice = await operator(connect), await connect("alice")
    await ask(boss, "KLINE evil*!*@* :no such names")
    await alice.send("NICK evil1")  # for who is connected already too
    assert (await closed(alice))[-1] == (
        "ERROR :Closing Link: chat.internal (K-lined: no such names)"
    )
    await ask(boss, "UNKLINE evil*!*@*")


async def test_an_address_and_a_duration(connect: Connect) -> None:
    boss = await operator(connect)
    await ask(boss, "DLINE 5 192.0.2.7/24 :a whole network")
    assert await ask(boss, "STATS d") == [
        ":chat.internal 225 boss D 192.0.2.0/24 :a whole network (boss, 5 minutes left)",
        ":chat.internal 219 boss d :End of /STATS report",
    ]
    await connect("alice")  # is not in it
    await ask(boss, "UNDLINE 192.0.2.0/24")
    assert await ask(boss, "STATS d") == [":chat.internal 219 boss d :End of /STATS report"]


async def test_an_address_of_somebody(connect: Connect) -> None:
    boss, alice = await operator(connect), await connect("alice")
    await ask(boss, "DLINE 127.0.0.0/8 :nobody at all")  # but who has to lift it is spared
    last = "ERROR :Closing Link: chat.internal (D-lined: nobody at all)"
    assert (await closed(alice))[-1] == last
    assert (await refused(connect, "alice"))[-1] == last
    await until_gone(boss, "alice")
    await ask(boss, "UNDLINE 127.0.0.0/8")
    await connect("alice")


async def test_an_account(connect: Connect) -> None:
    boss, alice = await operator(connect), await connect("alice")
    await alice.send("REGISTER * * :secret")
    await alice.expect("REGISTER SUCCESS")
    await alice.fence()  # it is logged in
    bob = await connect("bob", caps=("sasl",))
    await ask(boss, "ABAN Alice :spam")
    assert (await closed(alice))[-1] == "ERROR :Closing Link: chat.internal (Account banned: spam)"
    # an account that is logged in to later
    await bob.send("AUTHENTICATE PLAIN", "AUTHENTICATE AGFsaWNlAHNlY3JldA==")
    assert (await closed(bob))[-1] == "ERROR :Closing Link: chat.internal (Account banned: spam)"
    await ask(boss, "UNABAN alice")
    await connect("alice", sasl=("alice", "secret"))


@pytest.mark.parametrize(
    "line",
    [
        "KLINE * :x",
        "KLINE *@* :x",
        "KLINE *!*@* :x",
        "KLINE *@::/0 :x",
        "DLINE example.org :x",
        "KLINE a@",
    ],
)
async def test_bad_masks(connect: Connect, line: str) -> None:
    boss = await operator(connect, caps=("standard-replies",))
    [answer] = await ask(boss, line)
    assert answer.startswith(
        f":chat.internal FAIL {line.split()[0]} INVALID_MASK {line.split()[1]} "
    )
