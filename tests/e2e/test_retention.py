"""What is kept, for how long, and who is told. docs/extensions.md"""

from __future__ import annotations

from tests.e2e.asking import PASSWORD, ask, heard, registered
from tests.e2e.conftest import Connect

CAPS = ("standard-replies", "batch", "draft/chathistory", "server-time", "message-tags")


async def test_the_server_tells_what_is_kept(connect: Connect) -> None:
    """ "ISUPPORT: chatd/RETENTION=<events>" """
    alice = await connect("alice", caps=CAPS)
    lines = await ask(alice, "VERSION")
    assert any(" chatd/RETENTION=10000 " in line for line in lines)
    lines = await ask(alice, "INFO")
    assert any("The latest 10000 messages and events of a room are kept" in one for one in lines)


async def test_a_room_keeps_less(connect: Connect) -> None:
    """ "`ROOM SET #room RETENTION` says that less is kept of a registered room" """
    alice, bob = await connect("alice", caps=CAPS), await connect("bob", caps=CAPS)
    await ask(alice, "REGISTER * * secret", "JOIN #room")
    await ask(bob, "JOIN #room")
    asked = "ROOM SET #room RETENTION 100 3"
    assert await ask(alice, asked) == [
        "FAIL ROOM NOT_REGISTERED SET #room :Register the room first"
    ]
    await ask(alice, "ROOM REGISTER #room")
    assert await ask(bob, asked) == [
        "FAIL ROOM NOT_OPERATOR SET #room :Only an operator of the room can do this"
    ]
    kept = "The latest 100 messages and events of a room are kept for 3 days at most"
    assert await ask(alice, asked) == [f"NOTE ROOM RETENTION #room 100 3 :{kept}"]
    assert (await ask(bob, "ROOM INFO #room"))[-1] == f"NOTE ROOM RETENTION #room 100 3 :{kept}"
    await ask(bob, *(f"PRIVMSG #room :{number}" for number in range(1200)))
    await ask(alice, "ROOM SET #room RETENTION 100 DEFAULT")
    texts = [one for one in await ask(alice, "CHATHISTORY LATEST #room * 1000") if "PRIVMSG" in one]
    # "~": streams are cut at a whole node of up to 100 entries
    assert 100 <= len(texts) <= 220
    assert texts[-1].endswith(":1199")


async def test_what_cannot_be_set(connect: Connect) -> None:
    """ "bounded by the server's" """
    alice = await connect("alice", caps=CAPS)
    await ask(alice, "REGISTER * * secret", "JOIN #room", "ROOM REGISTER #room")
    most = "Write 1 to 10000 messages, or DEFAULT"
    for command in ("ROOM SET #room RETENTION", "ACCOUNT SET RETENTION"):
        name = command.split()[0]
        for bad in ("10001", "0", "-1", "x", "9" * 400):
            [line] = await ask(alice, f"{command} {bad} 1")
            assert line.startswith(f"FAIL {name} INVALID_VALUE RETENTION"), line
            assert line.endswith(most)
        [line] = await ask(alice, f"{command} 5 36501")
        assert line.endswith(":Write 1 to 36500 days, or DEFAULT")
        [line] = await ask(alice, f"{command} 5")
        assert line.endswith(":Write how many messages and how many days")
    assert await ask(alice, "ACCOUNT SET RETENTION 50 default") == [
        "NOTE ACCOUNT SET RETENTION 50 DEFAULT :RETENTION is 50 DEFAULT for your account"
    ]


async def test_less_is_kept_than_a_device_has_missed(connect: Connect) -> None:
    """What is not kept any more is not left out in silence."""
    caps = ("batch", "server-time", "message-tags")
    alice, bob = await registered(connect, "alice"), await registered(connect, "bob")
    await ask(alice, "JOIN #room", "ROOM REGISTER #room")
    await ask(bob, "ACCOUNT SET ALWAYS-ON ON", "ACCOUNT SET REPLAY 1000", "JOIN #room")
    await bob.send("QUIT")
    await bob.expect_closed()
    await ask(alice, *(f"PRIVMSG #room :{number}" for number in range(400)))
    bob = await connect("bob", caps, ("bob", PASSWORD))
    await heard(bob)
    assert not any("that you have missed" in line.text for line in bob.log)
    await bob.send("QUIT")
    await bob.expect_closed()
    await ask(alice, *(f"PRIVMSG #room :{number}" for number in range(400, 800)))
    await ask(alice, "ROOM SET #room RETENTION 1 DEFAULT")
    bob = await connect("bob", caps, ("bob", PASSWORD))
    await heard(bob)
    told = [
        line
        for line in bob.log
        if line.command in ("NOTICE", "PRIVMSG") and line.params[0] == "#room"
    ]
    assert told[0].text == "Earlier messages that you have missed are not shown"
    assert len(told) < 200
    await ask(bob, "ACCOUNT SET ALWAYS-ON OFF")
