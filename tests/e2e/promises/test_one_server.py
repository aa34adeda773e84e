"""Promise 1: two gateways are one server.

"Whatever a client can see is the same from every gateway: roster, rooms, topics, modes, history,
message ids, and the order of messages in a room."
"""

from __future__ import annotations

import asyncio

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS, People, heard, join, roster, said, say, texts
from tests.support.irc import IrcClient


async def test_roster_joins_leaves_and_messages(every_engine: Chat, people: People) -> None:
    chat = every_engine
    alice = await people(chat.g1, "alice", "#tea")
    bob = await people(chat.g2, "bob")
    assert {"alice", "bob"} <= await roster(chat.redis)

    names = await join(bob, "#tea")
    shown = next(line.text for line in names if line.command == "353")
    assert set(shown.split()) == {"@alice", "bob"}
    joined = await alice.expect(r":bob!\S+ JOIN #tea")
    assert joined.tags["msgid"] == heard(bob, "JOIN", "#tea")[0].tags["msgid"]
    assert joined.tags["time"] == heard(bob, "JOIN", "#tea")[0].tags["time"]

    await bob.send("PART #tea :enough")
    left = await alice.expect(r":bob!\S+ PART #tea :?enough")
    assert left.tags["msgid"] == (await bob.expect(r"PART #tea")).tags["msgid"]

    await bob.send("QUIT :bye")
    await bob.expect_closed()
    await alice.fence()
    assert "bob" not in await roster(chat.redis)
    assert "alice" in await roster(chat.redis)


async def test_a_message_is_the_same_everywhere(every_engine: Chat, people: People) -> None:
    """ "message ids ... the same from every gateway" """
    chat = every_engine
    alice = await people(chat.g1, "alice", "#same")
    bob = await people(chat.g1, "bob", "#same")
    carol = await people(chat.g2, "carol", "#same")

    echo = await say(alice, "#same", "hello all")
    for listener in (bob, carol):
        line = await listener.expect(r":alice!\S+ PRIVMSG #same :hello all")
        assert line.tags["msgid"] == echo.tags["msgid"]
        assert line.tags["time"] == echo.tags["time"]

    echo = await say(alice, "carol", "only you")
    line = await carol.expect(r":alice!\S+ PRIVMSG carol :only you")
    assert line.tags["msgid"] == echo.tags["msgid"]
    assert line.tags["time"] == echo.tags["time"]
    await bob.fence()
    assert "only you" not in texts(heard(bob, "PRIVMSG"))


async def test_topic_names_and_list_are_the_same(every_engine: Chat, people: People) -> None:
    chat = every_engine
    alice = await people(chat.g1, "alice", "#topical")
    bob = await people(chat.g2, "bob", "#topical")
    await alice.send("TOPIC #topical :Tea at five")
    await bob.expect(r":alice!\S+ TOPIC #topical :Tea at five")

    answers = []
    for client in (alice, bob):
        await client.fence()
        await client.send("TOPIC #topical", "NAMES #topical", "LIST #topical", "MODE #topical")
        lines = await client.lines_until(" 329 ")
        answers.append([(line.command, sorted(line.params[1:])) for line in lines])
    assert answers[0] == answers[1]
    assert [command for command, _ in answers[0]] == [
        "332", "333", "353", "366", "321", "322", "323", "324", "329",
    ]  # fmt: skip


async def test_everybody_sees_one_order(every_engine: Chat, people: People) -> None:
    """ "the order of messages in a room" is the same from every gateway, with four senders at
    once on both of them."""
    chat, each = every_engine, 250
    gateways = (chat.g1, chat.g2)
    listeners = [await people(gateways[i % 2], f"ear{i}", "#order") for i in range(4)]
    senders = [await people(gateways[i % 2], f"mouth{i}", "#order") for i in range(4)]

    async def talk(sender: IrcClient) -> None:
        await sender.send(*(f"PRIVMSG #order :{sender.nick} {i}" for i in range(each)))
        await sender.expect(f"PRIVMSG #order :{sender.nick} {each - 1}$")

    await asyncio.gather(*map(talk, senders))
    stored = await said(chat.redis, "#order")
    assert len(stored) == len(senders) * each
    for client in (*listeners, *senders):
        await client.fence()
        lines = heard(client, "PRIVMSG", "#order")
        assert texts(lines) == [text for _, text in stored], client.nick
        assert [line.tags["msgid"].rpartition("-")[0] for line in lines] == [
            entry for entry, _ in stored
        ]
    reference = [(line.tags["msgid"], line.tags["time"]) for line in heard(listeners[0], "PRIVMSG")]
    for client in (*listeners, *senders):
        lines = heard(client, "PRIVMSG", "#order")
        assert [(line.tags["msgid"], line.tags["time"]) for line in lines] == reference
    for sender in senders:  # "a session's own commands keep their order"
        own = [text for _, text in stored if text.startswith(f"{sender.nick} ")]
        assert own == [f"{sender.nick} {i}" for i in range(each)]


async def test_names_may_be_utf8(every_engine: Chat, people: People) -> None:
    """Issue 2: "Names may be UTF-8 (Аня is a name)"; folded the same on every gateway."""
    chat = every_engine
    anya = await people(chat.g1, "Аня", "#Чай")
    await people(chat.g2, "bob", "#чай")
    await anya.expect(r":bob!\S+ JOIN #Чай")
    stranger = await people.stranger(chat.g2)
    await stranger.send("CAP REQ :" + " ".join(CAPS), "NICK аня", "USER a 0 * :a", "CAP END")
    await stranger.expect(r" 433 \S+ аня ")
