"""draft/event-playback. Sentences are of https://ircv3.net/specs/extensions/chathistory."""

from __future__ import annotations

import re

from tests.e2e.conftest import Connect
from tests.e2e.history import CAPS, over, page, raws, say
from tests.support.irc import IrcClient, Line

EVENTS = (*CAPS, "draft/event-playback", "draft/message-redaction")


def bodies(lines: list[str]) -> list[str]:
    """Lines without their tags."""
    return [re.sub("^@[^ ]* ", "", line) for line in lines]


def told(lines: list[Line]) -> list[Line]:
    """What has happened, of what a client has heard."""
    kinds = {"JOIN", "PART", "QUIT", "KICK", "NICK", "TOPIC", "MODE", "PRIVMSG", "TAGMSG", "NOTICE"}
    return [line for line in lines if line.command in kinds and "msgid" in line.tags]


async def happening(connect: Connect) -> tuple[IrcClient, list[Line]]:
    """Somebody who saw all that can happen in a room, and what was heard of it."""
    alice = await connect("alice", EVENTS)
    await alice.send("JOIN #Room", "JOIN #other")
    await alice.fence()
    bob, carol = await connect("bob", EVENTS), await connect("carol", EVENTS)
    await bob.send("JOIN #room,#other")
    await bob.fence()
    await carol.send("JOIN #room")
    await carol.fence()
    await alice.send(
        "MODE #room +ov bob bob", "TOPIC #room :news", "@+react=x TAGMSG #room",
        "@+typing=active TAGMSG #room", "PRIVMSG #room :hi", "AWAY :out",
    )  # fmt: skip
    await alice.fence()
    await bob.send("NICK rob", "NOTICE #room :I am rob", "KICK #room carol :out", "PART #room :bye")
    await bob.fence()
    await bob.send("JOIN #room")
    await bob.fence()
    await bob.send("QUIT :gone")
    await bob.expect_closed()
    await alice.fence()
    return alice, told(alice.log)


async def test_what_happened_is_replayed_as_it_was_told(connect: Connect) -> None:
    """ "If the client has negotiated draft/event-playback, the server SHOULD send additional lines
    relevant to the chat history, including but not limited to TAGMSG, JOIN, PART, QUIT, MODE,
    TOPIC, and NICK." "The msgid tag that identifies each individual message in a response MUST be
    the msgid tag as originally sent by the IRC server."
    """
    alice, heard = await happening(connect)
    in_room = [
        line for line in heard
        if line.params[0].lower() == "#room" or line.command in ("NICK", "QUIT")
    ]  # fmt: skip
    expected = [line.raw for line in in_room if "+typing" not in line.tags]
    assert await page(alice, "LATEST #room * 100") == expected
    assert [body.partition(" ")[2] for body in bodies(expected)] == [
        "JOIN #Room", "JOIN #Room", "JOIN #Room", "MODE #Room +ov bob bob", "TOPIC #Room :news",
        "TAGMSG #room", "PRIVMSG #room :hi", "NICK rob", "NOTICE #room :I am rob",
        "KICK #Room carol :out", "PART #Room :bye", "JOIN #Room", "QUIT :Quit: gone",
    ]  # fmt: skip


async def test_an_event_of_several_rooms_has_one_msgid_and_is_a_reference(connect: Connect) -> None:
    """ "this will allow BEFORE, AFTER, and BETWEEN queries that use msgids for pagination to
    function as expected"
    """
    alice, _ = await happening(connect)
    for room in "#room", "#other":
        lines = await page(alice, f"LATEST {room} * 100")
        for number, line in enumerate(lines):
            msgid = re.findall("msgid=([^; ]*)", line)[0]
            assert await page(alice, f"BEFORE {room} msgid={msgid} 100") == lines[:number]
            assert await page(alice, f"AFTER {room} msgid={msgid} 100") == lines[number + 1 :]
            assert (await page(alice, f"AROUND {room} msgid={msgid} 1")) == [line]


async def test_without_it_there_are_messages_only(connect: Connect) -> None:
    """ "If the client has not negotiated the draft/event-playback capability, the server MUST NOT
    send any lines other than PRIVMSG and NOTICE in the reply batch"
    """
    _, heard = await happening(connect)
    dave = await connect("dave", CAPS)
    await dave.send("JOIN #room")
    await dave.fence()
    said = [line.raw for line in heard if line.command in ("PRIVMSG", "NOTICE")]
    assert await page(dave, "LATEST #room * 100") == said


async def test_events_count_for_the_limit(connect: Connect) -> None:
    """ "Request up to limit number of the most recent messages" """
    alice, _ = await happening(connect)
    lines = await page(alice, "LATEST #room * 100")
    assert await page(alice, "LATEST #room * 4") == lines[-4:]
    await alice.send(f"CHATHISTORY LATEST #room * {len(lines)}")
    assert "draft/chathistory-end" in (await alice.fence())[0].tags


async def test_lines_are_for_the_capabilities_of_who_asks(connect: Connect) -> None:
    """ "However, limited functionality is available to clients without support for these CAPs." """
    alice, bob = await connect("alice", EVENTS), await connect("bob")
    await bob.send("AWAY :out", "JOIN #room")
    await bob.fence()
    await alice.send("JOIN #room", "@+x=1 TAGMSG #room")
    await alice.fence()
    dave = await connect("dave", ("draft/chathistory", "draft/event-playback", "away-notify"))
    await dave.send("JOIN #room")
    await dave.fence()
    await dave.send("CHATHISTORY LATEST #room * 10")
    assert raws(await dave.fence()) == [
        f":{name}!~{name}@127.0.0.1 JOIN #room" for name in ("bob", "alice", "dave")
    ]
    erin = await connect("erin", ("draft/chathistory", "draft/event-playback", "extended-join"))
    await erin.send("JOIN #room")
    await erin.fence()
    await erin.send("CHATHISTORY LATEST #room * 10")
    assert raws(await erin.fence())[0] == ":bob!~bob@127.0.0.1 JOIN #room * :bob"


async def test_what_was_for_some_is_not_replayed(connect: Connect) -> None:
    """ "Servers MUST ensure that users cannot obtain history they are not authorised to view." """
    alice, bob = await connect("alice", EVENTS), await connect("bob", EVENTS)
    await connect("eve")
    await alice.send("JOIN #room")
    await alice.fence()
    await bob.send("JOIN #room")
    await bob.fence()
    await alice.send("INVITE eve #room", "PRIVMSG @#room :for operators", "MODE #room +U")
    await alice.fence()
    await bob.send("PRIVMSG #room :for operators too")
    await bob.fence()
    assert [body.split()[1] for body in bodies(await page(bob, "LATEST #room * 10"))] == [
        "JOIN", "JOIN", "MODE",
    ]  # fmt: skip


async def test_what_was_taken_back_is_not_replayed(connect: Connect) -> None:
    alice = await connect("alice", EVENTS)
    await alice.send("JOIN #room")
    [line] = await say(alice, "#room", "oops")
    await alice.send(f"REDACT #room {line.tags['msgid']}")
    await alice.fence()
    [join] = await page(alice, "LATEST #room * 10")
    assert join.endswith(" JOIN #room")


async def test_a_room_made_anew_tells_nothing_of_the_earlier_one(connect: Connect) -> None:
    alice, bob = await connect("alice", EVENTS), await connect("bob", EVENTS)
    await alice.send("JOIN #room", "MODE #room +k secret", "TOPIC #room :secret", "PART #room")
    await over(await alice.expect("PART #room"))
    await bob.send("JOIN #room")
    await bob.fence()
    lines = bodies(await page(bob, "LATEST #room * 10"))
    assert lines == [":bob!~bob@127.0.0.1 JOIN #room"]


async def test_tags_alone_in_conversations(connect: Connect) -> None:
    alice, bob = await connect("alice", EVENTS), await connect("bob", CAPS)
    await alice.send("@+react=x TAGMSG bob", "PRIVMSG bob :hi", "NICK alice2", "AWAY :out")
    heard = [line.raw for line in await alice.fence() if line.command in ("TAGMSG", "PRIVMSG")]
    assert await page(alice, "LATEST bob * 10") == heard
    await bob.fence()
    assert await page(bob, "LATEST alice2 * 10") == heard[1:]


async def test_a_room_that_was_renamed(connect: Connect) -> None:
    """ "unless allowed by a capability negotiated by the client": RENAME is for who knows it."""
    alice = await connect("alice", (*EVENTS, "draft/channel-rename"))
    await alice.send("JOIN #room", "RENAME #room #new :better")
    await alice.fence()
    bob = await connect("bob", EVENTS)
    await bob.send("JOIN #new")
    await bob.fence()
    assert bodies(await page(alice, "LATEST #new * 10"))[1:2] == [
        ":alice!~alice@127.0.0.1 RENAME #room #new :better"
    ]
    assert not any("RENAME" in line for line in await page(bob, "LATEST #new * 10"))
