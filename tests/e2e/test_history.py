"""CHATHISTORY. Sentences are of https://ircv3.net/specs/extensions/chathistory."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.history import CAPS, in_a_room, page, raws, references, say
from tests.support.irc import IrcClient, Line

# -- a room --------------------------------------------------------------------------------------


async def test_the_batch(connect: Connect) -> None:
    """ "the batch MUST have type chathistory and take a single additional parameter, the canonical
    name of the target being queried." "The msgid tag [...] MUST be the msgid tag as originally sent
    by the IRC server."
    """
    alice, bob = await in_a_room(connect)
    await alice.send("@+note=x PRIVMSG #Room :one", "NOTICE #Room :two")
    live = [line for line in await bob.lines_until("two") if line.command != "JOIN"]
    await bob.send("CHATHISTORY LATEST #ROOM * 10")
    start = await bob.expect("BATCH")
    reference = start.params[0][1:]
    assert start.raw.endswith(f" :chat.internal BATCH +{reference} chathistory #Room")
    assert live[0].tags["+note"] == "x"
    assert raws(await bob.fence()) == [
        *(f"@batch={reference};{line.raw[1:]}" for line in live),
        f":chat.internal BATCH -{reference}",
    ]


async def test_latest(connect: Connect) -> None:
    """ "Request up to limit number of the most recent messages that have been sent. If a timestamp
    or msgid is given, the returned messages are restricted to those sent after and excluding"
    """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdefgh")
    assert await page(bob, "LATEST #room * 20") == raws(said)
    assert await page(bob, "LATEST #room * 5") == raws(said[-5:])
    assert await page(bob, "LATEST #room * 1") == raws(said[-1:])
    for reference in references(said[4]):
        assert await page(bob, f"LATEST #room {reference} 20") == raws(said[5:])
        assert await page(bob, f"LATEST #room {reference} 2") == raws(said[-2:])


async def test_before(connect: Connect) -> None:
    """ "up to limit number of messages before and excluding the given timestamp or msgid" """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdefgh")
    for reference in references(said[6]):
        assert await page(bob, f"BEFORE #room {reference} 20") == raws(said[:6])
        assert await page(bob, f"BEFORE #room {reference} 2") == raws(said[4:6])


async def test_after(connect: Connect) -> None:
    """ "up to limit number of messages after and excluding the given timestamp or msgid" """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdefgh")
    for reference in references(said[3]):
        assert await page(bob, f"AFTER #room {reference} 20") == raws(said[4:])
        assert await page(bob, f"AFTER #room {reference} 3") == raws(said[4:7])


async def test_between(connect: Connect) -> None:
    """ "counted starting from and excluding the first message selector, while finishing on and
    excluding the second. This may be forwards or backwards in time."
    """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdefgh")
    for first, last in zip(references(said[0]), references(said[-1]), strict=True):
        assert await page(bob, f"BETWEEN #room {first} {last} 20") == raws(said[1:-1])
        assert await page(bob, f"BETWEEN #room {last} {first} 20") == raws(said[1:-1])
        assert await page(bob, f"BETWEEN #room {first} {last} 3") == raws(said[1:4])
        assert await page(bob, f"BETWEEN #room {last} {first} 3") == raws(said[-4:-1])
        assert await page(bob, f"BETWEEN #room {first} {first} 3") == []


async def test_around(connect: Connect) -> None:
    """ "a number of messages before and after the timestamp or msgid with the total number of
    returned messages not exceeding limit"
    """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdefgh")
    for reference in references(said[4]):
        assert await page(bob, f"AROUND #room {reference} 1") == raws([said[4]])
        assert await page(bob, f"AROUND #room {reference} 3") == raws(said[3:6])
        assert await page(bob, f"AROUND #room {reference} 50") == raws(said)


async def test_paging_through_what_was_said_in_one_millisecond(connect: Connect) -> None:
    """ "a consistent message order [...] which determinately orders any two messages (even if they
    share a timestamp); this will allow BEFORE, AFTER, and BETWEEN queries that use msgids for
    pagination to function as expected"
    """
    alice, bob = await in_a_room(connect)
    await alice.send(*(f"PRIVMSG #Room :{number}" for number in range(50)))
    said = [line.raw for line in await alice.fence()]
    assert len(said) == 50
    found = await page(bob, "LATEST #room * 7")
    while True:
        oldest = found[0].partition("msgid=")[2].partition(";")[0].partition(" ")[0]
        earlier = await page(bob, f"BEFORE #room msgid={oldest} 7")
        if not earlier:
            break
        found = earlier + found
    assert found == said


async def test_the_end_is_marked(connect: Connect) -> None:
    """ "To signal that no more messages are available, servers SHOULD attach a
    draft/chathistory-end message tag without a value to the first BATCH message"
    """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcd")
    first, last = (references(line)[0] for line in (said[0], said[3]))
    for question, ended in (
        ("LATEST #room * 3", False), ("LATEST #room * 4", True),
        (f"LATEST #room {first} 2", False), (f"LATEST #room {first} 3", True),
        (f"BEFORE #room {last} 2", False), (f"BEFORE #room {last} 3", True),
        (f"AFTER #room {first} 2", False), (f"AFTER #room {first} 3", True),
        (f"BETWEEN #room {first} {last} 1", False), (f"BETWEEN #room {last} {first} 2", True),
        (f"AROUND #room {last} 3", False), (f"AROUND #room {last} 8", True),
        (f"BEFORE #room {first} 5", True),
    ):  # fmt: skip
        await bob.send(f"CHATHISTORY {question}")
        start = await bob.expect(r"BATCH \+")
        assert ("draft/chathistory-end" in start.tags) == ended, question
        assert start.tags.get("draft/chathistory-end", "") == ""


async def test_only_messages_are_replayed(connect: Connect) -> None:
    """ "the server MUST NOT send any lines other than PRIVMSG and NOTICE in the reply batch" """
    alice, bob = await in_a_room(connect)
    await alice.send(
        "TOPIC #room :news", "@+react=x TAGMSG #room", "AWAY :gone", "NICK Alice", "NOTICE #room :x"
    )
    await alice.fence()
    [line] = await page(bob, "LATEST #room * 10")
    assert line.endswith("NOTICE #room :x")


async def test_the_limit_is_what_isupport_says(connect: Connect) -> None:
    """ "CHATHISTORY MUST be sent to the client to state the maximum number of messages a client can
    request in a single command"
    """
    alice, bob = await in_a_room(connect)
    supported = " ".join(line.raw for line in alice.log if line.command == "005")
    assert " CHATHISTORY=1000 MSGREFTYPES=msgid,timestamp " in supported
    await alice.send(*(f"PRIVMSG #room :{number}" for number in range(1010)))
    await alice.fence()
    found = await page(bob, "LATEST #room * 100000")
    assert len(found) == 1000
    assert found[-1].endswith(":1009")


@pytest.mark.parametrize("room", ["#nowhere", "#other", "#", "#a,b"])
async def test_only_members_may_ask(connect: Connect, room: str) -> None:
    """ "If the target does not exist or the client does not have permissions to query it, the
    INVALID_TARGET error code SHOULD be returned"
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await alice.send("JOIN #other", "PRIVMSG #other :secret")
    await alice.fence()
    await bob.send(f"CHATHISTORY LATEST {room} * 10")
    assert raws(await bob.fence()) == [
        f":chat.internal FAIL CHATHISTORY INVALID_TARGET LATEST {room}"
        " :Messages could not be retrieved"
    ]


# -- direct messages -----------------------------------------------------------------------------


async def converse(connect: Connect) -> tuple[IrcClient, IrcClient, list[Line]]:
    """Alice and Bob say six things to each other, while others talk to both."""
    alice, bob, eve = [await connect(name, CAPS) for name in ("alice", "Bob", "eve")]
    said: list[Line] = []
    for number in range(6):
        sender, target = (alice, "bob") if number % 2 else (bob, "Alice")
        said += await say(sender, target, f"{number}")
        await say(alice, "eve", "not for Bob")
        await say(eve, "bob", "not for Alice")
        await say(eve, "eve", "for nobody else")
    return alice, bob, said


async def test_a_conversation(connect: Connect) -> None:
    """ "If a nickname is given as the target then the server SHOULD include history sent between
    the current user and the target nickname, including outgoing messages"
    """
    alice, bob, said = await converse(connect)
    for client, peer in ((alice, "BOB"), (bob, "alice")):
        await client.fence()
        assert await page(client, f"LATEST {peer} * 20") == raws(said)
        assert await page(client, f"LATEST {peer} * 2") == raws(said[-2:])
        for first, last in zip(references(said[1]), references(said[4]), strict=True):
            assert await page(client, f"AFTER {peer} {first} 20") == raws(said[2:])
            assert await page(client, f"AFTER {peer} {first} 2") == raws(said[2:4])
            assert await page(client, f"BEFORE {peer} {last} 20") == raws(said[:4])
            assert await page(client, f"BEFORE {peer} {last} 2") == raws(said[2:4])
            assert await page(client, f"BETWEEN {peer} {first} {last} 9") == raws(said[2:4])
            assert await page(client, f"AROUND {peer} {last} 3") == raws(said[3:6])


async def test_the_target_has_its_own_spelling(connect: Connect) -> None:
    alice, bob = await connect("alice", CAPS), await connect("Аня", CAPS)
    said = await say(alice, "аня", "привет")
    await bob.expect("привет")
    await alice.send("CHATHISTORY LATEST аНЯ * 5")
    assert (await alice.expect("BATCH")).text == "Аня"
    assert [line.text for line in await alice.lines_until("BATCH -")][:-1] == ["привет"]
    assert await page(bob, "LATEST ALICE * 5") == raws(said)


async def test_all_direct_messages(connect: Connect) -> None:
    """docs/protocol.md: the target ``*`` is all direct messages of who asks."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    said = []
    for sender, target in (alice, "bob"), (alice, "eve"), (alice, "alice"), (bob, "alice"):
        if target == "eve":
            await connect("eve", CAPS)
        said += await say(sender, target, f"to {target}")
    await alice.fence()
    assert await page(alice, "LATEST * * 20") == raws(said)
    assert await page(alice, f"AFTER * msgid={said[0].tags['msgid']} 20") == raws(said[1:])
    assert await page(alice, f"AFTER * msgid={said[2].tags['msgid']} 20") == raws(said[3:])


async def test_messages_of_one_moment_to_different_people(connect: Connect) -> None:
    """The id of a message is that of the recipient's stream, so two of one sender may differ only
    in what makes a msgid unique.
    """
    alice = await connect("alice", CAPS)
    names = ["bob", "carol", "dave"]
    for name in names:
        await connect(name)
    await alice.send(*(f"PRIVMSG {name} :{n}" for n in range(10) for name in names))
    said = await alice.fence()
    assert len(said) == 30
    for number, line in enumerate(said):
        after = await page(alice, f"AFTER * msgid={line.tags['msgid']} 100")
        assert after == raws(said[number + 1 :])


async def test_a_guest_sees_nothing_of_an_earlier_guest(connect: Connect) -> None:
    """ "Servers MUST ensure that users cannot obtain history they are not authorised to view." """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await say(alice, "bob", "for bob alone")
    await bob.fence()
    await bob.send("QUIT")
    await bob.expect_closed()
    await alice.fence()
    other = await connect("bob", CAPS)
    assert await page(other, "LATEST alice * 10") == []
    assert await page(other, "LATEST * * 10") == []
    assert await page(other, "AFTER * timestamp=2020-01-01T00:00:00.000Z 10") == []


async def test_an_account_keeps_its_history(connect: Connect) -> None:
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await bob.send("REGISTER * * sesame")
    await bob.expect("REGISTER SUCCESS")
    await bob.fence()  # it is logged in
    said = await say(alice, "bob", "one", "two")
    await bob.send("QUIT")
    await bob.expect_closed()
    await alice.fence()
    await alice.send("CHATHISTORY LATEST BOB * 1")
    assert (await alice.expect("BATCH")).text == "bob", "the canonical name of the target"
    bob = await connect("bob", CAPS, sasl=("bob", "sesame"))
    assert await page(bob, "LATEST alice * 10") == raws(said)
    assert await page(bob, f"AFTER * msgid={said[0].tags['msgid']} 10") == raws(said[1:])
