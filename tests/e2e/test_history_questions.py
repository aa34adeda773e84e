"""CHATHISTORY from clients with less, and bad questions.

Sentences are of https://ircv3.net/specs/extensions/chathistory.
"""

from __future__ import annotations

import pytest
from redis import Redis

from tests.conftest import Gateways
from tests.e2e.conftest import Connect
from tests.e2e.history import CAPS, in_a_room, page, raws, references, say
from tests.support.irc import IrcClient


async def test_without_the_batch_capability(connect: Connect) -> None:
    """ "limited functionality is available to clients without support for these CAPs" """
    alice, _ = await in_a_room(connect)
    carol = await connect("carol", ("draft/chathistory",))
    await carol.send("JOIN #room")
    await carol.fence()
    await say(alice, "#room", "one", "two")
    await carol.fence()
    await carol.send("CHATHISTORY LATEST #room * 10")
    lines = raws(await carol.fence())
    assert lines[-2:] == [
        ":alice!~alice@127.0.0.1 PRIVMSG #room :one", ":alice!~alice@127.0.0.1 PRIVMSG #room :two",
    ]  # fmt: skip


async def test_the_capability_must_be_negotiated(connect: Connect) -> None:
    """ "The draft/chathistory capability MUST be negotiated." """
    alice = await connect("alice", ("batch",))
    await alice.send("CHATHISTORY LATEST * * 10")
    assert raws(await alice.fence()) == [
        ":chat.internal 421 alice CHATHISTORY :Ask for the capability draft/chathistory first"
    ]


async def test_a_labelled_question(connect: Connect) -> None:
    """https://ircv3.net/specs/extensions/labeled-response: "The start of the batch MUST be tagged
    with the label tag."
    """
    alice, bob = await in_a_room(connect)
    await say(alice, "#room", "one")
    await bob.expect("one")
    await bob.send("@label=a CHATHISTORY LATEST #room * 1")
    lines = await bob.fence()
    assert [line.tags.get("label") for line in lines if "label" in line.tags] == ["a"]
    assert lines[0].tags["label"] == "a"
    [message] = [line for line in lines if line.command == "PRIVMSG"]
    opened = {line.params[0][1:]: line for line in lines if line.params[0].startswith("+")}
    assert opened[message.tags["batch"]].params[1:] == ["chathistory", "#Room"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        # "a syntactically invalid CHATHISTORY command, e.g., an unknown subcommand, missing
        # parameters, excess parameters, or parameters that cannot be parsed, the INVALID_PARAMS"
        ("TELL #room * 10", "INVALID_PARAMS TELL :Unknown command"),
        (":a b", "INVALID_PARAMS * :Unknown command"),
        ("latest #room *", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("BETWEEN #room * 10", "INVALID_PARAMS BETWEEN :Insufficient parameters"),
        ("LATEST #room * 10 10", "INVALID_PARAMS LATEST :Too many parameters"),
        ("LATEST #room * 0", "INVALID_PARAMS LATEST 0 :Invalid limit"),
        ("LATEST #room * -1", "INVALID_PARAMS LATEST -1 :Invalid limit"),
        ("LATEST #room * ١", "INVALID_PARAMS LATEST ١ :Invalid limit"),
        ("LATEST #room * :", "INVALID_PARAMS LATEST * :Invalid limit"),
        ("AFTER #room * 10", "INVALID_PARAMS AFTER * :Invalid message reference"),
        ("AFTER #room x 10", "INVALID_PARAMS AFTER x :Invalid message reference"),
        ("AFTER #room msgid= 10", "INVALID_PARAMS AFTER msgid= :Invalid message reference"),
        (
            "AFTER #room msgid=1-٣-x 1",
            "INVALID_PARAMS AFTER msgid=1-٣-x :Invalid message reference",
        ),
        (
            f"AFTER #room msgid=1-{2**64}-x 1",
            f"INVALID_PARAMS AFTER msgid=1-{2**64}-x :Invalid message reference",
        ),
        ("AFTER #room timestamp=now 10", "INVALID_PARAMS AFTER now :Invalid timestamp"),
        (
            "AFTER #room timestamp=2020-13-01T00:00:00.000Z 10",
            "INVALID_PARAMS AFTER 2020-13-01T00:00:00.000Z :Invalid timestamp",
        ),
        (
            "AFTER #room timestamp=٢٠٢٠-01-01T00:00:00.000Z 1",
            "INVALID_PARAMS AFTER ٢٠٢٠-01-01T00:00:00.000Z :Invalid timestamp",
        ),
        (
            "AFTER #room timestamp=2020-1-1T0:0:0.0Z 1",
            "INVALID_PARAMS AFTER 2020-1-1T0:0:0.0Z :Invalid timestamp",
        ),
        (
            "AFTER #room timestamp=2020-01-01T00:00:61.000Z 1",
            "INVALID_PARAMS AFTER 2020-01-01T00:00:61.000Z :Invalid timestamp",
        ),
        # "If a client used a reference type [...] the server does not support"
        (
            "AFTER #room line=3 10",
            "INVALID_MSGREFTYPE AFTER #room :line-based history requests are not supported",
        ),
        ("LATEST ☕ * 10", "INVALID_TARGET LATEST ☕ :Messages could not be retrieved"),
    ],
)
async def test_invalid_questions(connect: Connect, question: str, answer: str) -> None:
    alice = await connect("alice", CAPS)
    await alice.send(f"CHATHISTORY {question}")
    assert raws(await alice.fence()) == [f":chat.internal FAIL CHATHISTORY {answer}"]


@pytest.mark.parametrize(
    "reference",
    [
        "timestamp=1969-12-31T23:59:59.999Z", "timestamp=1970-01-01T00:00:00.000Z",
        "timestamp=9999-12-31T23:59:59.999Z", "timestamp=9999-12-31T23:59:60.999Z",
        # https://ircv3.net/specs/extensions/server-time: "@time=2012-06-30T23:59:60.419Z"
        "timestamp=2012-06-30T23:59:60.419Z", "timestamp=0001-01-01T00:00:00.000Z",
        "msgid=0-0-x", "msgid=1-0-x",
        f"msgid={2**64 - 1}-{2**64 - 2}-x", f"msgid=1-{2**64 - 1}-x",
    ],
)  # fmt: skip
async def test_references_from_the_ends_of_time(connect: Connect, reference: str) -> None:
    """Nothing is there, and everything on the other side."""
    alice, _ = await in_a_room(connect)
    said = await say(alice, "#room", "one", "two")
    before = await page(alice, f"BEFORE #room {reference} 10")
    after = await page(alice, f"AFTER #room {reference} 10")
    assert before + after == raws(said)
    assert not (before and after)
    assert await page(alice, f"AROUND #room {reference} 10") == raws(said)
    await page(alice, f"AFTER * {reference} 10")


async def test_what_is_not_kept_any_more_is_said(gateways: Gateways) -> None:
    """docs/protocol.md: ``NOTE CHATHISTORY GAP <target> <how many, * = nobody knows> :text``."""
    [gateway] = await gateways(1, "--history", "50", "--flood-rate", "0")
    async with await IrcClient.connect(gateway.host, gateway.port) as alice:
        await alice.register("alice", CAPS)
        await alice.send("JOIN #room")
        [first] = await say(alice, "#room", "first")
        for reference in references(first):
            await alice.send(f"CHATHISTORY AFTER #room {reference} 1")
            assert not any("GAP" in line.raw for line in await alice.fence())
        await alice.send(*(f"PRIVMSG #room :{number}" for number in range(500)))
        await alice.fence()
        for reference in references(first):
            await alice.send(f"CHATHISTORY AFTER #room {reference} 1")
            note, start, *_ = await alice.fence()
            assert note.params[:4] == ["CHATHISTORY", "GAP", "#room", "*"]
            assert start.params[1:] == ["chathistory", "#room"]
            # who asks for what is there is told nothing
            await alice.send("CHATHISTORY LATEST #room * 1")
            assert not any("GAP" in line.raw for line in await alice.fence())


async def test_a_stream_is_cut(gateways: Gateways) -> None:
    """ "--history N: Events kept for each room and each user; the oldest go first." """
    [gateway] = await gateways(1, "--history", "300", "--flood-rate", "0")
    async with await IrcClient.connect(gateway.host, gateway.port) as alice:
        await alice.register("alice")
        await alice.send("JOIN #room")
        with Redis.from_url(gateways.redis.direct_url) as redis:
            for _ in range(10):
                await alice.send(*["PRIVMSG #room :" + "x" * 100] * 300)
                await alice.fence()
                # whole nodes of a stream go, and the next cut is some ms away
                assert redis.xlen(gateways.redis.key("chat:room:{#room}:log")) < 900
