"""REDACT. https://ircv3.net/specs/extensions/message-redaction"""

from __future__ import annotations

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

CAPS = ("message-tags", "echo-message", "batch", "draft/chathistory", "draft/message-redaction")


async def in_room(connect: Connect) -> tuple[IrcClient, IrcClient, IrcClient]:
    """Alice, the operator, and bob know REDACT; carol does not."""
    clients = (
        await connect("alice", CAPS),
        await connect("bob", CAPS),
        await connect("carol", ("message-tags",)),
    )
    for client in clients:
        await client.send("JOIN #room")
        await client.fence()
    for client in clients:
        await client.fence()
    return clients


async def test_the_own_message(connect: Connect) -> None:
    """ "SHOULD forward this REDACT, with an appropriate prefix, to the target recipients that have
    negotiated the draft/message-redaction capability"
    """
    alice, bob, carol = await in_room(connect)
    await bob.send("PRIVMSG #room :oops")
    msgid = (await bob.expect("oops")).tags["msgid"]
    await bob.send(f"REDACT #room {msgid} :wrong room")
    expected = f":bob!~bob@127.0.0.1 REDACT #room {msgid} :wrong room"
    assert (await bob.expect("REDACT")).raw.endswith(expected)
    assert (await alice.expect("REDACT")).raw.endswith(expected)
    # "MUST not forward this REDACT to target recipients that have not negotiated this capability"
    assert [line.command for line in await carol.fence()] == ["PRIVMSG"]


async def test_an_operator_and_others(connect: Connect) -> None:
    """ "Allowing channel moderators or server admins to delete unwelcome messages from others" """
    alice, bob, _ = await in_room(connect)
    await bob.send("PRIVMSG #room :join my network")
    msgid = (await alice.expect("join my network")).tags["msgid"]
    await alice.send(f"REDACT #room {msgid} spam")
    assert (await bob.expect("REDACT")).params == ["#room", msgid, "spam"]
    await alice.send("PRIVMSG #room :from alice")
    msgid = (await bob.expect("from alice")).tags["msgid"]
    await bob.send(f"REDACT #room {msgid}")
    await bob.expect(rf"^:chat.internal FAIL REDACT REDACT_FORBIDDEN #room {msgid} :")


async def test_histories_show_it_no_more(connect: Connect) -> None:
    """ "chathistory responses SHOULD either: exclude it entirely" """
    alice, bob, _ = await in_room(connect)
    await bob.send("PRIVMSG #room :stays", "PRIVMSG #room :goes", "PRIVMSG alice :too")
    msgid = (await bob.expect(":goes")).tags["msgid"]
    direct = (await bob.expect(":too")).tags["msgid"]
    await bob.send(f"REDACT #room {msgid}", f"REDACT alice {direct}")
    await bob.fence()
    for client, target in ((alice, "#room"), (bob, "#room"), (alice, "bob"), (bob, "alice")):
        await client.fence()
        await client.send(f"CHATHISTORY LATEST {target} * 10")
        texts = [line.text for line in await client.fence() if line.command == "PRIVMSG"]
        assert texts == (["stays"] if target == "#room" else [])


async def test_a_direct_message_and_a_tagmsg(connect: Connect) -> None:
    """ "Where <msgid> is the id of the message to be redacted, which MUST be a PRIVMSG, NOTICE, or
    TAGMSG."
    """
    alice, bob, _ = await in_room(connect)
    for line in ("PRIVMSG bob :hi", "NOTICE bob :hi", "@+draft/react=x TAGMSG bob"):
        await alice.send(line)
        msgid = (await bob.expect(r"alice!\S+ (PRIVMSG|NOTICE|TAGMSG) bob")).tags["msgid"]
        await alice.send(f"REDACT bob {msgid}")
        for client in (alice, bob):
            assert (await client.expect("REDACT")).params == ["bob", msgid]
    # who got it may not, and is told no more than that there is nothing
    await alice.send("PRIVMSG bob :mine")
    msgid = (await bob.expect("mine")).tags["msgid"]
    await bob.send(f"REDACT bob {msgid}")
    await bob.expect("FAIL REDACT UNKNOWN_MSGID bob ")


async def test_what_is_refused(connect: Connect) -> None:
    """ "UNKNOWN_MSGID: This message does not exist or is too old", "INVALID_TARGET" """
    alice, bob, _ = await in_room(connect)
    for msgid in ("nonexistent123", "1-1-abcdef"):
        await alice.send(f"REDACT #room {msgid}")
        await alice.expect(rf"^:chat.internal FAIL REDACT UNKNOWN_MSGID #room {msgid} :")
    await alice.send("REDACT #other x", "REDACT nobody x", "REDACT #room")
    await alice.expect("FAIL REDACT INVALID_TARGET #other :")
    await alice.expect("FAIL REDACT INVALID_TARGET nobody :")
    await alice.expect(" 461 alice REDACT ")
    # an id of another room's message
    await bob.send("JOIN #bob", "PRIVMSG #bob :here")
    msgid = (await bob.expect(":here")).tags["msgid"]
    await bob.send(f"REDACT #room {msgid}")
    await bob.expect("FAIL REDACT UNKNOWN_MSGID #room ")
