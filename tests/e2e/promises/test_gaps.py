"""Promise 3: "gaps are healed or admitted".

"what can no longer be had is said ("12 messages could not be recovered"), never skipped in
silence."
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, ask, heard, say, texts
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

KEPT = 100
"""--history here; Redis trims whole nodes of its streams, so that a few more may be left."""
SAID = 700


@pytest.fixture
async def forgetful() -> AsyncIterator[Chat]:
    """A chat whose rooms keep few events."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer())
        flags = ("--redis", redis.url, "--history", str(KEPT), "--flood-rate", "0")
        g1 = await stack.enter_async_context(Gateway(*flags))
        g2 = await stack.enter_async_context(Gateway(*flags))
        yield Chat(redis, g1, g2)


async def cut_while(chat: Chat, speaker: IrcClient, target: str) -> None:
    """Cut g2's link; before it is back, let ``speaker`` on g1 say more than is kept."""
    chat.g2.pause()
    await ask(chat.redis, "CLIENT", "KILL", "ID", await link_of(chat.redis, chat.g2))
    await speaker.send(*(f"PRIVMSG {target} :number {i}" for i in range(SAID)))
    await speaker.expect(f"PRIVMSG {target} :number {SAID - 1}$")
    chat.g2.resume()


async def link_of(redis: RedisServer, gateway: Gateway) -> str:
    """Id of a gateway's connection, from CLIENT LIST."""
    rows = str(await ask(redis, "CLIENT", "LIST"))
    found = re.search(rf"^id=(\d+) .* name=chatd-{gateway.id} ", rows, re.MULTILINE)
    assert found, f"no link of {gateway} in {rows}"
    return found[1]


async def test_a_gap_is_healed(forgetful: Chat, people: People) -> None:
    """ "in order, once" """
    alice = await people(forgetful.g1, "alice", "#room")
    bob = await people(forgetful.g2, "bob", "#room")
    forgetful.g2.pause()
    await ask(forgetful.redis, "CLIENT", "KILL", "ID", await link_of(forgetful.redis, forgetful.g2))
    for number in range(20):
        await say(alice, "#room", f"number {number}")
        await say(alice, "bob", f"private {number}")
    forgetful.g2.resume()
    await bob.expect("PRIVMSG bob :private 19")
    await bob.fence()
    assert texts(heard(bob, "PRIVMSG", "#room")) == [f"number {i}" for i in range(20)]
    assert texts(heard(bob, "PRIVMSG", "bob")) == [f"private {i}" for i in range(20)]
    assert heard(bob, "NOTICE") == []


@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_what_is_gone_is_counted_exactly(
    forgetful: Chat, people: People, target: str
) -> None:
    alice = await people(forgetful.g1, "alice", "#room")
    bob = await people(forgetful.g2, "bob", "#room")
    await say(alice, target, "before")
    await bob.expect(f"PRIVMSG {target} :before")
    await cut_while(forgetful, alice, target)
    await bob.expect(f"PRIVMSG {target} :number {SAID - 1}$")
    got = texts(heard(bob, "PRIVMSG", target))
    assert got == ["before"] + [f"number {i}" for i in range(SAID - (len(got) - 1), SAID)]
    lost = SAID - (len(got) - 1)
    assert lost > SAID - 3 * KEPT
    (notice,) = heard(bob, "NOTICE")
    assert notice.params[0] == target
    assert notice.text.startswith(f"{lost} events could not be recovered")
    told = bob.log.index(notice)
    assert [line.text for line in bob.log[told + 1 :] if line.command == "PRIVMSG"] == got[1:]


async def test_after_the_gap_counting_goes_on(forgetful: Chat, people: People) -> None:
    """A second gap is counted from where the first ended, and none is invented."""
    alice = await people(forgetful.g1, "alice", "#room")
    bob = await people(forgetful.g2, "bob", "#room")
    await cut_while(forgetful, alice, "#room")
    await bob.expect(f"number {SAID - 1}$")
    await ask(forgetful.redis, "CLIENT", "KILL", "ID", await link_of(forgetful.redis, forgetful.g2))
    await say(alice, "#room", "between")
    await bob.expect("PRIVMSG #room :between")
    await bob.fence()
    assert len(heard(bob, "NOTICE")) == 1
    await cut_while(forgetful, alice, "#room")
    await bob.expect(f"number {SAID - 1}$")
    await bob.fence()
    first, second = (int(line.text.split()[0]) for line in heard(bob, "NOTICE"))
    received = len(heard(bob, "PRIVMSG", "#room"))
    assert first + second + received == 2 * SAID + 1


async def test_who_missed_nothing_is_not_told(forgetful: Chat, people: People) -> None:
    alice = await people(forgetful.g1, "alice", "#room")
    await people(forgetful.g2, "bob", "#room")
    await cut_while(forgetful, alice, "#room")
    await alice.fence()
    assert heard(alice, "NOTICE") == []
