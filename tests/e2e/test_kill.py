"""KILL. https://modern.ircdocs.horse/#kill-message"""

from __future__ import annotations

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, heard, operator


async def test_kill(connect: Connect) -> None:
    """ "the client being killed receives the KILL message, and the <source> of the message
    SHOULD be the operator who performed the command. The user being killed and every user
    sharing a channel with them receives a QUIT message [...] "Killed (<killer> (<reason>))"
    [...] The user being killed then receives the ERROR message, typically containing a <reason>
    of "Closing Link: <servername> (Killed (<killer> (<reason>)))". After this, their connection
    is closed."
    """
    boss, alice, bob = await operator(connect), await connect("alice"), await connect("bob")
    for client in (alice, bob):
        await ask(client, "JOIN #room")
    await alice.fence()
    assert await ask(boss, "KILL ALICE :too loud") == []
    assert [line.raw for line in await alice.expect_closed()] == [
        ":boss!~boss@127.0.0.1 KILL alice :too loud",
        ":alice!~alice@127.0.0.1 QUIT :Killed (boss (too loud))",
        "ERROR :Closing Link: chat.internal (Killed (boss (too loud)))",
    ]
    assert await heard(bob) == [":alice!~alice@127.0.0.1 QUIT :Killed (boss (too loud))"]
    assert (await ask(bob, "WHOIS alice"))[0].split()[1] == "401"
    # "Clients can rejoin instantly after this command is performed on them."
    await connect("alice")


async def test_every_session_is_killed(connect: Connect) -> None:
    alice = await connect("alice")
    await alice.send("REGISTER * * :secret")
    await alice.expect("REGISTER SUCCESS")
    await alice.fence()  # it is logged in
    second = await connect("alice", sasl=("alice", "secret"))
    boss = await operator(connect)
    await ask(boss, "KILL alice :bye")
    for client in (alice, second):
        last = (await client.expect_closed())[-1]
        assert last.raw == "ERROR :Closing Link: chat.internal (Killed (boss (bye)))"


async def test_nobody_to_kill(connect: Connect) -> None:
    boss = await operator(connect)
    assert await ask(boss, "KILL nobody :x") == [
        ":chat.internal 401 boss nobody :No such nick/channel"
    ]
    assert await ask(boss, "KILL chat.internal :x") == [
        ":chat.internal 483 boss :You cant kill a server!"
    ]
    assert await ask(boss, "KILL") == [":chat.internal 461 boss KILL :Not enough parameters"]


async def test_an_operator_may_kill_himself(connect: Connect) -> None:
    boss = await operator(connect)
    await boss.send("KILL boss :enough")
    assert (await boss.expect_closed())[-1].raw == (
        "ERROR :Closing Link: chat.internal (Killed (boss (enough)))"
    )
