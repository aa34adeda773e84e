"""Promise 2: "A retry with the same idempotency key is the same message, on any gateway." """

from __future__ import annotations

import asyncio

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, heard, said, say, texts
from tests.support.irc import IrcClient

PASSWORD = "sesame seed"


async def test_a_retry_on_the_other_gateway_is_the_same_message(
    every_engine: Chat, people: People
) -> None:
    chat = every_engine
    anke = await people(chat.g1, "anke", "#retry")
    # a guest who has gone is another person than the next one: who comes back has an account
    await anke.send(f"REGISTER * * :{PASSWORD}")
    await anke.expect("REGISTER SUCCESS|ACCOUNT_EXISTS")
    bob = await people(chat.g2, "bob", "#retry")
    first = await say(anke, "#retry", "once", "chatd/id=k1")
    await anke.send("QUIT")
    await anke.expect_closed()
    anke = await people(chat.g2, "anke", "#retry", sasl=("anke", PASSWORD))
    second = await say(anke, "#retry", "once", "chatd/id=k1")
    assert second.command == first.command == "PRIVMSG"
    assert second.tags["msgid"] == first.tags["msgid"]
    assert second.tags["time"] == first.tags["time"]
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == ["once"]
    assert [text for _, text in await said(chat.redis, "#retry")] == ["once"]


async def test_many_retries_at_once_are_one_message(every_engine: Chat, people: People) -> None:
    """Twenty at once, over both gateways, by two sessions of one user."""
    chat = every_engine
    amy = await people(chat.g1, "amy", "#twenty")
    await amy.send(f"REGISTER * * :{PASSWORD}")
    await amy.expect("REGISTER SUCCESS|ACCOUNT_EXISTS")
    again = await people(chat.g2, "amy", sasl=("amy", PASSWORD))
    bob = await people(chat.g2, "bob", "#twenty")
    answers = await asyncio.gather(_ten_times(amy), _ten_times(again))
    assert [len(ten) for ten in answers] == [10, 10]
    assert len({msgid for ten in answers for msgid in ten}) == 1
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == ["me too"]
    assert [text for _, text in await said(chat.redis, "#twenty")] == ["me too"]


async def test_a_direct_message_too(shared: Chat, people: People) -> None:
    alice = await people(shared.g1, "alice")
    bob = await people(shared.g2, "bob")
    first = await say(alice, "bob", "psst", "chatd/id=k2")
    second = await say(alice, "bob", "psst", "chatd/id=k2")
    assert second.tags["msgid"] == first.tags["msgid"]
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG")) == ["psst"]


async def test_the_key_is_the_senders_own(shared: Chat, people: People) -> None:
    """Two users with one key, and one user with one key to two targets, say different things."""
    alice = await people(shared.g1, "alice", "#mine", "#mine2")
    bob = await people(shared.g2, "bob", "#mine", "#mine2")
    ids = [
        (await say(client, room, "same key", "chatd/id=k3")).tags["msgid"]
        for client in (alice, bob)
        for room in ("#mine", "#mine2")
    ]
    assert len(set(ids)) == 4


async def _ten_times(client: IrcClient) -> list[str]:
    """Send one message ten times without waiting; the msgids of the ten answers."""
    labels = [f"retry-{i}" for i in range(10)]
    await client.send(*(f"@label={label};chatd/id=k20 PRIVMSG #twenty :me too" for label in labels))
    await client.expect(lambda line: line.tags.get("label") == labels[-1])
    return [line.tags["msgid"] for line in client.log if line.tags.get("label") in labels]
