"""CHATHISTORY TARGETS. Sentences are of https://ircv3.net/specs/extensions/chathistory."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.history import CAPS, raws, say
from tests.support.irc import IrcClient, Line

ALWAYS = "timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"
EVER = "timestamp=2100-01-01T00:00:00.000Z timestamp=1970-01-01T00:00:00.000Z"


async def targets(client: IrcClient, question: str) -> list[tuple[str, str]]:
    """Names and times of the answer, in its order."""
    await client.send(f"CHATHISTORY TARGETS {question}")
    start = await client.expect(r"BATCH \+", unless="FAIL")
    assert start.params[1:] == ["draft/chathistory-targets"]
    *lines, end = await client.lines_until("BATCH -")
    assert end.params == [f"-{start.params[0][1:]}"]
    assert all(line.tags == {"batch": start.params[0][1:]} for line in lines)
    assert all(line.source == "chat.internal" for line in lines)
    assert all(line.params[0] == "TARGETS" for line in lines)
    return [(line.params[1], line.params[2]) for line in lines]


def listed(*said: tuple[str, Line]) -> list[tuple[str, str]]:
    return [(name, line.tags["time"]) for name, line in said]


async def test_rooms_and_conversations_by_their_latest_message(connect: Connect) -> None:
    """ "it lists channels the user has visible history in, together with users with which the user
    has exchanged direct messages, ordered by the time of the latest message in the channel history
    or direct message conversation (i.e. sent from or to the other user)"
    """
    alice, bob, carol = [await connect(name, CAPS) for name in ("alice", "Bob", "carol")]
    await alice.send("JOIN #Room,#quiet")
    await alice.fence()  # who comes first says how the room is written
    await bob.send("JOIN #room,#other", "PRIVMSG #other :not for alice")
    await bob.fence()
    await say(alice, "bob", "one")
    [in_room] = await say(bob, "#room", "two")
    [to_bob] = await say(alice, "bob", "three")
    [from_carol] = await say(carol, "alice", "four")
    await say(carol, "bob", "not for alice")
    await bob.send("TOPIC #room :news", "@+x=1 TAGMSG #room", "@+x=1 TAGMSG alice", "PART #room")
    await bob.fence()
    await alice.fence()
    said = listed(("#Room", in_room), ("Bob", to_bob), ("carol", from_carol))
    assert await targets(alice, f"{ALWAYS} 10") == said
    assert await targets(alice, f"{EVER} 10") == said


async def test_the_limit_and_from_which_side_it_counts(connect: Connect) -> None:
    """ "The parameters have the same semantics as BETWEEN": "counted starting from and excluding
    the first message selector, while finishing on and excluding the second"
    """
    alice = await connect("alice", CAPS)
    said: list[tuple[str, str]] = []
    for name in "bcde":
        await connect(name)
        [line] = await say(alice, name, "hi")
        said += listed((name, line))
    assert await targets(alice, f"{ALWAYS} 2") == said[:2]
    assert await targets(alice, f"{EVER} 2") == said[2:]
    first, last = (f"timestamp={moment}" for _, moment in (said[0], said[3]))
    assert await targets(alice, f"{first} {last} 10") == said[1:3]
    assert await targets(alice, f"{last} {first} 1") == said[2:3]
    assert await targets(alice, f"{first} {first} 10") == []


async def test_only_the_latest_message_counts(connect: Connect) -> None:
    """ "a target is not returned if its latest message is outside of the selection parameters, even
    if it has other messages inside them"
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await alice.send("JOIN #room")
    [early] = await say(alice, "#room", "one")
    await say(alice, "bob", "two")
    [middle] = await say(alice, "#room", "three")
    [late] = await say(bob, "alice", "four")
    await alice.fence()
    first, last = f"timestamp={early.tags['time']}", f"timestamp={late.tags['time']}"
    assert await targets(alice, f"{first} {last} 10") == listed(("#room", middle))


async def test_the_end_is_marked(connect: Connect) -> None:
    """ "servers SHOULD attach a draft/chathistory-end message tag without a value to the first
    BATCH message in the chathistory or draft/chathistory-targets batch"
    """
    alice, _ = await connect("alice", CAPS), await connect("bob")
    await alice.send("JOIN #room", "PRIVMSG #room :one", "PRIVMSG bob :two")
    await alice.fence()
    for limit, ended in (1, False), (2, True), (3, True):
        await alice.send(f"CHATHISTORY TARGETS {ALWAYS} {limit}")
        assert ("draft/chathistory-end" in (await alice.fence())[0].tags) == ended


async def test_a_conversation_is_called_as_the_other_is_now(connect: Connect) -> None:
    """ "This allows the client to discover missed direct message conversations with users it is not
    currently aware of": by the name there is history under.
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    [hello] = await say(bob, "alice", "hello")
    await bob.send("NICK rob")
    await bob.fence()
    await alice.fence()
    assert await targets(alice, f"{ALWAYS} 5") == listed(("rob", hello))
    eve = await connect("bob", CAPS)
    assert await targets(alice, f"{ALWAYS} 5") == listed(("rob", hello))
    [other] = await say(eve, "alice", "I am another")
    await alice.fence()
    assert await targets(alice, f"{ALWAYS} 5") == listed(("rob", hello), ("bob", other))


async def test_a_conversation_that_no_name_finds_is_left_out(connect: Connect) -> None:
    """docs/extensions.md: "one with a guest whose name is somebody else's by now" """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    [hello] = await say(bob, "alice", "hello")
    await bob.send("QUIT")
    await bob.expect_closed()
    await alice.fence()
    assert await targets(alice, f"{ALWAYS} 5") == listed(("bob", hello))
    await connect("bob", CAPS)
    assert await targets(alice, f"{ALWAYS} 5") == []


async def test_names_in_any_script(connect: Connect) -> None:
    alice, other = await connect("alice", CAPS), await connect("Аня", CAPS)
    [line] = await say(alice, "аНЯ", "привет")
    await other.fence()
    assert await targets(alice, f"{ALWAYS} 5") == listed(("Аня", line))
    assert await targets(other, f"{ALWAYS} 5") == listed(("alice", line))


async def test_an_account_by_one_name(connect: Connect) -> None:
    """A person has one conversation, under whatever names it was held."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await bob.send("REGISTER * * sesame")
    await bob.expect("REGISTER SUCCESS")
    await bob.fence()  # it is logged in
    await bob.fence()  # from now on bob is the account
    await say(alice, "bob", "to the first")
    second = await connect("bob_", CAPS, sasl=("bob", "sesame"))
    [line] = await say(second, "alice", "from the second")
    for client in (bob, second):
        await client.send("QUIT")
        await client.expect_closed()
    await alice.fence()
    [(name, moment)] = await targets(alice, f"{ALWAYS} 5")
    assert moment == line.tags["time"]
    await alice.send(f"CHATHISTORY LATEST {name} * 10")
    texts = [line.text for line in await alice.fence() if line.command == "PRIVMSG"]
    assert texts == ["to the first", "from the second"]


async def test_what_was_taken_back_counts_no_more(connect: Connect) -> None:
    caps = (*CAPS, "draft/message-redaction")
    alice, bob = await connect("alice", caps), await connect("bob", caps)
    await alice.send("JOIN #room")
    for target in "#room", "bob":
        [line] = await say(alice, target, "kept")
        [gone] = await say(alice, target, "oops")
        await alice.send(f"REDACT {target} {gone.tags['msgid']}")
        await alice.expect("REDACT")
        assert listed((target, line))[0] in await targets(alice, f"{ALWAYS} 5")
    await bob.fence()
    assert len(await targets(bob, f"{ALWAYS} 5")) == 1


async def test_a_room_that_was_left_is_not_told(connect: Connect) -> None:
    """ "Servers MUST ensure that users cannot obtain history they are not authorised to view." """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    for client in (alice, bob):
        await client.send("JOIN #room")
    await say(bob, "#room", "hi")
    await bob.send("KICK #room alice", "MODE #room +o bob")
    await alice.send("PART #room")
    await alice.fence()
    assert await targets(alice, f"{ALWAYS} 5") == []


async def test_without_batch(connect: Connect) -> None:
    alice = await connect("alice", ("draft/chathistory",))
    await alice.send("JOIN #room", "PRIVMSG #room :one")
    await alice.fence()
    await alice.send(f"CHATHISTORY TARGETS {ALWAYS} 5")
    [line] = await alice.fence()
    assert line.raw.startswith(":chat.internal CHATHISTORY TARGETS #room 2")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("", "INVALID_PARAMS TARGETS :Insufficient parameters"),
        ("* * 10 10", "INVALID_PARAMS TARGETS :Too many parameters"),
        ("* * 10", "INVALID_PARAMS TARGETS * :Invalid message reference"),
        (f"{ALWAYS} x", "INVALID_PARAMS TARGETS x :Invalid limit"),
        (f"{ALWAYS} 0", "INVALID_PARAMS TARGETS 0 :Invalid limit"),
        (
            "timestamp=yesterday timestamp=2100-01-01T00:00:00.000Z 1",
            "INVALID_PARAMS TARGETS yesterday :Invalid timestamp",
        ),
        # "they MUST be timestamps and not msgids"
        (
            "msgid=1-1-a timestamp=2100-01-01T00:00:00.000Z 1",
            "INVALID_MSGREFTYPE TARGETS * :msgid-based history requests are not supported",
        ),
    ],
)
async def test_invalid_questions(connect: Connect, question: str, answer: str) -> None:
    alice = await connect("alice", CAPS)
    await alice.send(f"CHATHISTORY TARGETS {question}")
    assert raws(await alice.fence()) == [f":chat.internal FAIL CHATHISTORY {answer}"]
