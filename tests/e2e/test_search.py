"""SEARCH. Sentences are of https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.e2e.asking import ask, join
from tests.e2e.conftest import Connect
from tests.e2e.history import say
from tests.support.irc import IrcClient, Line

CAPS = (
    "soju.im/search", "batch", "echo-message", "labeled-response", "message-tags", "server-time",
    "draft/message-redaction", "draft/multiline", "account-tag",
)  # fmt: skip


async def search(client: IrcClient, attributes: str) -> list[Line]:
    """What is found: the messages within the batch, without its tag."""
    await client.send(f"SEARCH {attributes}")
    start = await client.expect(r"BATCH \+", unless="FAIL")
    reference, *kind = start.params
    assert kind == ["soju.im/search"]
    *lines, end = await client.lines_until(f"BATCH -{reference[1:]}$")
    assert end.params == [f"-{reference[1:]}"]
    for line in lines:
        assert line.tags.pop("batch") == reference[1:]
        line.raw = line.raw.replace(f"batch={reference[1:]};", "", 1)
    return lines


async def found(client: IrcClient, attributes: str) -> list[str]:
    """The same: targets and texts."""
    return [f"{line.params[0]} {line.text}" for line in await search(client, attributes)]


async def refused(client: IrcClient, attributes: str) -> list[str]:
    await client.send(f"SEARCH {attributes}")
    return (await client.expect("FAIL", unless="BATCH")).params[:-1]


async def in_a_room(connect: Connect) -> tuple[IrcClient, IrcClient]:
    """Two of whom one is on the other gateway, in the second run of each test."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    for client in (alice, bob):
        await join(client, "#Room")
    return alice, bob


# -- the command ---------------------------------------------------------------------------------


async def test_the_capability_is_needed(connect: Connect) -> None:
    """ "The `soju.im/search` capability MUST be negotiated." """
    alice = await connect("alice", ("batch",))
    [line] = await ask(alice, "SEARCH text=x")
    assert line == "421 alice SEARCH :Ask for the capability soju.im/search first"
    [line] = await ask(await connect("bob", CAPS), "SEARCH")
    assert line.startswith("461 bob SEARCH ")


async def test_the_batch(connect: Connect) -> None:
    """ "containing messages matching all the specified attributes." "When provided, the msgid tag
    [...] MUST be the msgid tag as originally sent by the IRC server." "The server-time tag on each
    message SHOULD be the time at which the message was received by the IRC server."
    """
    alice, bob = await in_a_room(connect)
    await ask(alice, "REGISTER * * :sesame")
    said = await say(alice, "#Room", "Be what you want", "Want what you be")
    lines = await search(bob, "from=alice;in=#room")
    assert [line.raw for line in lines] == [line.raw for line in said]
    assert [line.tags["account"] for line in lines] == ["alice"] * 2


async def test_text(connect: Connect) -> None:
    """ "the message text matches the specified text." Whole words or parts of them, in any script,
    upper or lower case."""
    alice, bob = await in_a_room(connect)
    texts = ["That was fast!", "Fasting is hard.", "breakFAST", "slow", "hárd and FAST"]
    await say(alice, "#Room", *texts)
    await say(alice, "#Room", "ПРИВЕТ всем", "昨日東京に行った", "Grüße aus der STRASSE")
    assert await found(bob, "text=fast;in=#room") == [
        "#Room That was fast!", "#Room Fasting is hard.", "#Room breakFAST", "#Room hárd and FAST",
    ]  # fmt: skip
    assert await found(bob, r"text=HARD\sfast") == ["#Room Fasting is hard.", "#Room hárd and FAST"]
    assert await found(bob, r'text="was\sfast"') == ["#Room That was fast!"]
    assert await found(bob, "text=привет") == ["#Room ПРИВЕТ всем"]
    assert await found(bob, "text=東京") == ["#Room 昨日東京に行った"]
    assert await found(bob, ":text=straße grusse") == ["#Room Grüße aus der STRASSE"]
    assert await found(bob, ":text=straße gruesse") == []
    assert await found(bob, "text=.*") == []


async def test_in_whom(connect: Connect) -> None:
    """ "`in`: the message was sent to this target (channel or user)."

    A user is both sides of a conversation, as with CHATHISTORY.
    """
    alice, bob = await in_a_room(connect)
    carl = await connect("Carl", CAPS)
    await say(alice, "bob", "word to bob")
    await say(bob, "alice", "word back")
    await say(carl, "alice", "word of carl")
    await say(alice, "#Room", "word to all")
    assert await found(alice, "in=BOB;text=word") == ["bob word to bob", "alice word back"]
    assert await found(bob, "in=alice;text=word") == ["bob word to bob", "alice word back"]
    assert await found(alice, "in=#ROOM;text=word") == ["#Room word to all"]
    assert await found(alice, "text=word") == [
        "bob word to bob", "alice word back", "alice word of carl", "#Room word to all",
    ]  # fmt: skip
    assert await found(carl, "text=word") == ["alice word of carl"]
    assert await found(carl, "in=alice") == ["alice word of carl"]
    assert await found(carl, "in=nobody") == []


async def test_from_whom(connect: Connect) -> None:
    """ "`from`: the message was sent with this nick." The name of an account finds it, too."""
    alice, bob = await in_a_room(connect)
    await ask(alice, "REGISTER * * :sesame")
    await say(alice, "#Room", "as alice")
    await ask(alice, "NICK Lisa")
    await say(alice, "#Room", "as Lisa")
    await say(bob, "#Room", "alice said so")
    assert await found(bob, "from=ALICE") == ["#Room as alice", "#Room as Lisa"]
    assert await found(bob, "from=lisa") == ["#Room as Lisa"]
    assert await found(bob, "from=bob;text=as") == []
    assert await found(bob, "from=nobody") == []


async def test_when(connect: Connect) -> None:
    """ "`after`: the message was sent at or after this time", "`before`: [...] at or before"."""
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdef")
    times = [line.tags["time"] for line in said]
    for target in ("", ";in=#room"):
        assert await found(bob, f"after={times[4]}{target}") == ["#Room e", "#Room f"]
        assert await found(bob, f"before={times[1]}{target}") == ["#Room a", "#Room b"]
        between = f"after={times[2]};before={times[3]}{target}"
        assert await found(bob, between) == ["#Room c", "#Room d"]
        assert await found(bob, f"before=2010-01-01T00:00:00.000Z{target}") == []


async def test_direct_messages_at_their_time(connect: Connect) -> None:
    """The sender's copy is the message that was sent."""
    alice, _ = await in_a_room(connect)
    for text in "abc":
        [line] = await say(alice, "bob", text)
        moment = line.tags["time"]
        assert await found(alice, f"after={moment};before={moment}") == [f"bob {text}"]


async def test_the_limit(connect: Connect) -> None:
    """ "`limit`: a number representing an upper bound on the count of messages to return."

    "If `after` is specified, messages SHOULD be searched from that time. Otherwise, messages SHOULD
    be searched from the `before` time, which defaults to the current server time." "The order [...]
    SHOULD be ascending time order [...], regardless".
    """
    alice, bob = await in_a_room(connect)
    said = await say(alice, "#Room", *"abcdefgh")
    times = [line.tags["time"] for line in said]
    assert await found(bob, "limit=2") == ["#Room g", "#Room h"]
    assert await found(bob, f"limit=2;before={times[3]}") == ["#Room c", "#Room d"]
    assert await found(bob, f"limit=2;after={times[3]}") == ["#Room d", "#Room e"]
    assert await found(bob, f"limit=2;after={times[1]};before={times[6]}") == ["#Room b", "#Room c"]
    assert len(await found(bob, "limit=99999999999999999999")) == 8


async def test_nothing(connect: Connect) -> None:
    """ "If no content exists to return, the server SHOULD return an empty batch" """
    alice, _ = await in_a_room(connect)
    assert await found(alice, "before=2010-01-01T00:00:00.000Z;in=#room") == []
    assert await found(alice, "text=nothing") == []


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"), ("limit", "limit"),
        ("limit=²", "limit"), ("after=yesterday", "after"), ("before", "before"),
        ("after=2024-02-30T00:00:00.000Z", "after"), ("before=2024-01-01", "before"),
        ("in=", "in"), ("from", "from"), ("in=#nowhere", "in"), ("from=" + "ä" * 200, "from"),
        (r"text=\s\s", "text"), (":text=1 2 3 4 5 6 7 8 9 10 11", "text"),
        ("text=x;colour=red", "colour"), (":te xt=x", "*"),
    ],
)  # fmt: skip
async def test_invalid_attributes(connect: Connect, attributes: str, named: str) -> None:
    """ "If the selectors were invalid, the `INVALID_PARAMS` error code SHOULD be returned.
    FAIL SEARCH INVALID_PARAMS [invalid_parameters] :Invalid parameters"
    """
    alice = await connect("alice", CAPS)
    assert await refused(alice, attributes) == ["SEARCH", "INVALID_PARAMS", named]


async def test_without_batches(connect: Connect) -> None:
    """ "limited functionality is available to clients without support for these CAPs." """
    alice, _ = await in_a_room(connect)
    carl = await connect("carl", ("soju.im/search",))
    await join(carl, "#room")
    await say(alice, "#Room", "one", "two")
    await carl.fence()
    await carl.send("SEARCH text=o;in=#room")
    lines = [await carl.expect("PRIVMSG #Room :one"), await carl.expect("PRIVMSG #Room :two")]
    assert not any(line.tags for line in lines)


async def test_with_a_label(connect: Connect) -> None:
    """ "If a response consists of more than one message, a batch MUST be used"; an existing one
    may carry the label. https://ircv3.net/specs/extensions/labeled-response
    """
    alice, _ = await in_a_room(connect)
    await say(alice, "#Room", "one", "two")
    await alice.send("@label=x1 SEARCH text=o", "@label=x2 PING 1", "@label=x3 SEARCH limit=0")
    lines = await alice.lines_until(r"label=x3")
    [start] = [line for line in lines if line.tags.get("label") == "x1"]
    assert start.params[1:] == ["soju.im/search"]
    assert [line.text for line in lines if line.tags.get("batch") == start.params[0][1:]] == [
        "one", "two",
    ]  # fmt: skip
    assert [line.command for line in lines if line.tags.get("label") == "x3"] == ["FAIL"]


# -- what is found -------------------------------------------------------------------------------


async def test_what_is_said_only(connect: Connect) -> None:
    """ "These messages MUST be `PRIVMSG` or `NOTICE` messages." """
    alice, bob = await in_a_room(connect)
    await ask(
        alice, "NOTICE #Room :word 1", "@+x=word TAGMSG #Room", "TOPIC #Room :word",
        "PRIVMSG #Room :\x01ACTION has a word\x01", "PRIVMSG #Room :\x01WORD word\x01",
        "PRIVMSG @#Room :word for some", "PRIVMSG #Room :w\x02or\x02\x0304d",
    )  # fmt: skip
    lines = await search(bob, "text=word")
    assert [f"{line.command} {line.text}" for line in lines] == [
        "NOTICE word 1", "PRIVMSG \x01ACTION has a word\x01", "PRIVMSG w\x02or\x02\x0304d",
    ]  # fmt: skip


async def test_messages_of_several_lines(connect: Connect) -> None:
    """A message of several lines is one; all of it is searched."""
    alice, bob = await in_a_room(connect)
    await alice.send(
        "BATCH +1 draft/multiline #Room", "@batch=1 PRIVMSG #Room :the first",
        "@batch=1 PRIVMSG #Room :line and the sec",
        "@batch=1;draft/multiline-concat PRIVMSG #Room :ond one", "BATCH -1",
    )  # fmt: skip
    await alice.expect(r"BATCH -")
    await bob.expect(r"BATCH -")
    for words in (r"text=first\ssecond", r'text="first\sline"'):
        await bob.send(f"SEARCH {words}")
        outer = await bob.expect(r"BATCH \+\S+ soju")
        inner = await bob.expect(r"BATCH \+\S+ draft/multiline #Room")
        assert inner.tags["batch"] == outer.params[0][1:]
        assert len(await bob.lines_until(f"BATCH -{inner.params[0][1:]}")) == 4
        await bob.expect(f"BATCH -{outer.params[0][1:]}")


async def test_what_was_taken_back(connect: Connect) -> None:
    alice, bob = await in_a_room(connect)
    [one, _] = await say(alice, "#Room", "word one", "word two")
    [three] = await say(alice, "bob", "word three")
    await ask(alice, f"REDACT #Room {one.tags['msgid']}", f"REDACT bob {three.tags['msgid']}")
    for client in (alice, bob):
        assert await found(client, "text=word") == ["#Room word two"]


async def test_rooms_of_others(connect: Connect) -> None:
    """Where one is not there is nothing to be found, and of a hidden room nothing to be learned."""
    alice, bob = await in_a_room(connect)
    await join(alice, "#hidden", "#open")
    await ask(alice, "MODE #hidden +s")
    await say(alice, "#hidden", "secret word")
    await say(alice, "#open", "open word")
    assert await found(bob, "text=word") == []
    for room in ("#hidden", "#open", "#nowhere"):
        assert await refused(bob, f"in={room}") == ["SEARCH", "INVALID_PARAMS", "in"]
    await join(bob, "#open")
    assert await found(bob, "text=word") == ["#open open word"]
    await ask(alice, "KICK #open bob")
    await bob.fence()
    assert await found(bob, "text=word") == []


async def test_what_was_said_in_an_earlier_room(connect: Connect) -> None:
    """It is for who was in it then."""
    alice, bob = await in_a_room(connect)
    await say(alice, "#Room", "old word")
    await ask(bob, "PART #Room")
    await ask(alice, "PART #Room")
    carl = await connect("carl", CAPS)
    for client in (carl, alice):
        await join(client, "#room")
    await say(carl, "#room", "new word")
    assert await found(carl, "text=word") == ["#room new word"]
    assert await found(alice, "text=word") == ["#Room old word", "#room new word"]


async def test_one_order(connect: Connect) -> None:
    """ "a consistent message order that is valid across the lifetime of a single connection, and
    which determinately orders any two messages (even if they share a timestamp)."
    """
    alice, bob = await in_a_room(connect)
    for client in (alice, bob):
        await join(client, "#b", "#c")
    lines = [f"PRIVMSG {('#b', '#c', 'bob')[number % 3]} :word {number}" for number in range(60)]
    await ask(alice, *lines)
    await bob.fence()
    ids = [line.tags["msgid"] for line in await search(bob, "text=word")]
    assert len(set(ids)) == 60
    for limit in (1, 13, 40):
        some = await search(bob, f"text=word;limit={limit}")
        assert [line.tags["msgid"] for line in some] == ids[-limit:]
    first = await search(bob, "text=word;limit=13;after=2020-01-01T00:00:00.000Z")
    assert [line.tags["msgid"] for line in first] == ids[:13]


async def test_a_page_further_back(connect: Connect) -> None:
    """The time of the oldest asks for those before it."""
    alice, bob = await in_a_room(connect)
    await say(alice, "#Room", *"abcdef")
    [first, _] = await search(bob, "limit=2")
    earlier = datetime.fromisoformat(first.tags["time"]) - timedelta(milliseconds=1)
    moment = earlier.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert await found(bob, f"limit=2;before={moment}") == ["#Room c", "#Room d"]


async def test_who_gives_a_name_away_finds_nothing_of_who_takes_it(connect: Connect) -> None:
    """A search goes on while its user has another name: what is under the old one is another's."""
    mallory, bob = await connect("mallory", CAPS), await connect("bob", CAPS)
    await say(bob, "bob", "the secret")
    await say(mallory, "mallory", "no secret")
    await join(mallory, *(f"#room{number}" for number in range(60)))
    for _ in range(5):
        await mallory.send("SEARCH text=secret", "NICK eve")
        await mallory.expect("NICK :?eve")
        await bob.send("NICK mallory")
        await bob.expect("NICK :?mallory")
        await mallory.expect(r"BATCH \+", unless="FAIL")
        lines = await mallory.lines_until("BATCH -")
        assert [line.text for line in lines if line.command == "PRIVMSG"] == ["no secret"]
        await bob.send("NICK bob")
        await bob.expect("NICK :?bob")
        await mallory.send("NICK mallory")
        await mallory.expect("NICK :?mallory")
