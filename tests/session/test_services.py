"""Whatever is typed to a service, it answers with a few sentences, and never with a bug."""

from __future__ import annotations

import logging
import random

import pytest

from chatd.commands.service_words import Word
from chatd.commands.services import WORDS
from tests.session.test_fuzz import _word, broken
from tests.support.memory import Client, MemoryGateway, World
from tests.support.wait import wait_until

MOST_LINES = 40
"""Lines of an answer."""
ROUNDS = 150
"""Lines of one world."""
EVERY = [(service, word) for service, words in WORDS.items() for word in words]
_MEANT = (
    "#room", "#room", "alice", "bob", "nobody", "*", ":", ":x", "LIST", "ADD", "DEL", "END", "ALL",
    "ON", "PASSWORD", "FORGET", "50", "2h", "op", "a@b", "x" * 300, "\x01", "NickServ", "é" * 40,
)  # fmt: skip


async def answer(client: Client, *lines: str) -> list[str]:
    """Send lines; what came until they were answered. Passwords are computed in threads."""
    heard: list[str] = []
    client.gateway.now += 600  # the flood limit has forgotten what was before
    client.sends(*lines, "PING done")

    async def done() -> bool:
        heard.extend(await client.hears())
        return bool(heard) and " PONG " in heard[-1]

    await wait_until(done, f"an answer to {lines}")
    return heard


async def registered(gateway: MemoryGateway, caps: str) -> Client:
    """Somebody with an account, who has said every password wrong from then on."""

    async def wrong(host: str, name: str, password: str) -> None:
        return None

    alice = await gateway.login("alice", caps)
    assert "REGISTER SUCCESS" in "".join(await answer(alice, "REGISTER * * sesame"))
    gateway.server.accounts.verify = wrong  # type: ignore[method-assign]
    return alice


@pytest.mark.parametrize(("service", "name"), EVERY, ids=lambda one: str(one))
def test_a_word_says_what_it_is_for(service: str, name: str) -> None:
    word = WORDS[service][name]
    assert isinstance(word, Word)
    assert word.what.endswith(".")
    assert len(f"{word.name} {word.usage} - {word.what}") < 300


def _typed(rng: random.Random) -> tuple[str, str]:
    """A service, and what somebody types to it."""
    service, name = rng.choice(EVERY)
    words = [_word(rng) if rng.random() < 0.4 else rng.choice(_MEANT)]
    words += [rng.choice(_MEANT) for _ in range(rng.randrange(5))]
    if rng.random() < 0.9:
        words.insert(0, name)
    return service, " ".join(words[: rng.randrange(1, 7)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_no_words_break_a_service(
    gateway: MemoryGateway, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    """ "property test with random words to services (no traceback, bounded answer)" """
    alice = await registered(gateway, "batch labeled-response")
    bob = await gateway.login("bob")
    rng = random.Random(seed)
    for _ in range(ROUNDS):
        alice.session.registration.failures = 0  # five end the connection
        await bob.says("JOIN #room")
        await answer(alice, "JOIN #room", "MODE #room -b *!*@*", "NICK alice")
        service, text = _typed(rng)
        if "DROP" in text.upper() or "UNREGISTER" in text.upper():
            continue
        with caplog.at_level(logging.WARNING):
            heard = await answer(alice, f"PRIVMSG {service} :{text}")
        assert not caplog.records, (text, caplog.text)
        assert text[:1] == "\x01" or 1 < len(heard) <= MOST_LINES, text
        for line in heard:
            assert not broken(line), (text, line)
            assert "Internal error" not in line, text


async def test_what_is_said_to_a_service_reaches_no_store(
    gateway: MemoryGateway, world: World
) -> None:
    """ "never relayed, stored, echoed or kept in history": no key of Redis holds it."""
    alice = await registered(gateway, "echo-message draft/multiline batch message-tags")
    for service, words in WORDS.items():
        for name in dict.fromkeys(word.name for word in words.values()):
            await answer(alice, f"PRIVMSG {service} :{name} x hunter2")
    await answer(alice, "PRIVMSG NickServ :hunter2", "PRIVMSG nobody,NickServ :hunter2")
    await answer(
        alice,
        "BATCH +1 draft/multiline NickServ",
        "@batch=1 PRIVMSG NickServ :identify hunter2",
        "BATCH -1",
    )
    await answer(alice, "JOIN #room", "PRIVMSG #room :is kept")
    kept = "".join(str(value) for value in world.save().values())
    assert "is kept" in kept
    assert "hunter2" not in kept
