"""The own messages. https://ircv3.net/specs/extensions/echo-message"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
async def test_messages_come_back(connect: Connect, command: str) -> None:
    """ "servers MUST send PRIVMSG and NOTICE messages back to the client that sent them" """
    alice, bob = await connect("alice", ("echo-message",)), await connect("bob")
    await alice.send("JOIN #room", f"{command} #room :to all", f"{command} bob :to you")
    lines = [line for line in await alice.fence() if line.command == command]
    source = ":alice!~alice@127.0.0.1"
    assert [line.raw for line in lines] == [
        f"{source} {command} #room :to all",
        f"{source} {command} bob :to you",
    ]
    assert [line.raw for line in await bob.fence()] == [f"{source} {command} bob :to you"]


async def test_without_the_capability_nothing_comes_back(connect: Connect) -> None:
    """ "If enabled" """
    alice = await connect("alice")
    await connect("bob")
    await alice.send("PRIVMSG bob :hi")
    assert await alice.fence() == []


async def test_tagmsg_comes_back_with_message_tags(connect: Connect) -> None:
    """ "When the message-tags capability has been enabled, the same rules apply to TAGMSG" """
    alice = await connect("alice", ("echo-message", "message-tags"))
    bob = await connect("bob", ("message-tags",))
    await alice.send("@+x=1 TAGMSG bob")
    (echo,) = await alice.fence()
    (heard,) = await bob.fence()
    assert echo.raw == heard.raw


async def test_what_is_refused_is_not_echoed(connect: Connect) -> None:
    """ "receiving a message with themselves as the sender acts as an acknowledgement that the
    message has been delivered" """
    alice, bob = await connect("alice", ("echo-message",)), await connect("bob")
    await bob.send("JOIN #room")
    await bob.fence()
    await alice.send("PRIVMSG #room :from outside", "PRIVMSG nobody :hi")
    assert [line.command for line in await alice.fence()] == ["404", "401"]
