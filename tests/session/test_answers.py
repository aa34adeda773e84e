"""Labelled answers that take their time: what waits behind them, and that none is left open."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chatd.store.errors import StoreUnavailable
from tests.support.memory import Client, MemoryGateway, Slow

CAPS = "batch labeled-response standard-replies echo-message"


@pytest.fixture
def snapshot(gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """The look at a room is held back."""
    return Slow(monkeypatch, gateway.store, "snapshot")


def plain(lines: list[str]) -> list[str]:
    """Lines without the name of the server, and with "B" for the reference of a batch."""
    return [
        re.sub(r"\bb[0-9a-f]+\b", "B", line)
        .replace(":chat.internal ", "")
        .replace("127.0.0.1", "h")
        for line in lines
    ]


async def entering(gateway: MemoryGateway, witness: Client) -> Client:
    """Alice has sent a JOIN with a label, and somebody speaks before she sees the room."""
    alice = await gateway.login("alice", CAPS)
    alice.sends("@label=x JOIN #room")
    witness.sends("PRIVMSG #room :hi")
    return alice


@pytest.fixture
async def witness(gateway: MemoryGateway) -> Client:
    client = await gateway.login("witness")
    await client.says("JOIN #room")
    return client


async def test_what_others_say_has_its_place_in_the_batch(
    gateway: MemoryGateway, witness: Client, snapshot: Slow
) -> None:
    """ "It MAY interleave": https://ircv3.net/specs/extensions/batch; NAMES knows who spoke."""
    alice = await entering(gateway, witness)
    assert await alice.hears() == [], "one line, or the first of a batch"
    snapshot.answer()
    assert plain(await alice.hears()) == [
        "@label=x BATCH +B labeled-response",
        "@batch=B :alice!~alice@h JOIN #room",
        ":witness!~witness@h PRIVMSG #room :hi",
        "@batch=B 353 alice = #room :@witness alice",
        "@batch=B 366 alice #room :End of /NAMES list",
        "BATCH -B",
    ]


async def test_a_lost_link_finishes_the_answer(
    gateway: MemoryGateway, witness: Client, snapshot: Slow
) -> None:
    """Issue 8: "A JOIN whose answer a lost link cut off": the label is not left open."""
    alice = await entering(gateway, witness)
    pending: Any = snapshot.calls.pop()[0]
    pending.fail(StoreUnavailable("the link was lost"))
    *lines, fail, end = plain(await alice.hears())
    assert lines == [
        "@label=x BATCH +B labeled-response",
        "@batch=B :alice!~alice@h JOIN #room",
        ":witness!~witness@h PRIVMSG #room :hi",
    ]
    assert fail.startswith("@batch=B FAIL JOIN TEMPORARILY_UNAVAILABLE")
    assert end == "BATCH -B"
    assert plain(await alice.says("PING x")) == ["PONG chat.internal x"]


async def test_what_waits_is_heard_before_the_end(
    gateway: MemoryGateway, witness: Client, snapshot: Slow
) -> None:
    """A session that is closed in the middle of an answer has been told all that happened."""
    alice = await entering(gateway, witness)
    alice.session.close("Enough")
    assert plain(await alice.hears()) == [
        "@label=x :alice!~alice@h JOIN #room",
        ":witness!~witness@h PRIVMSG #room :hi",
        "ERROR :Enough",
    ]
    snapshot.answer()
    assert await alice.hears() == []


async def test_a_lost_socket_in_the_middle_of_an_answer(
    gateway: MemoryGateway, witness: Client, snapshot: Slow
) -> None:
    """Nothing is written any more, and nothing fails."""
    alice = await entering(gateway, witness)
    alice.session.lost("Connection closed")
    snapshot.answer()
    assert await alice.hears() == []


async def test_several_rooms_are_one_batch(gateway: MemoryGateway, witness: Client) -> None:
    """ "Servers MUST include the tag in exactly one logical message." """
    alice = await gateway.login("alice", CAPS)
    lines = plain(await alice.says("@label=x JOIN #room,#other", "@label=y PART #room,#other"))
    assert lines == [
        "@label=x BATCH +B labeled-response",
        "@batch=B :alice!~alice@h JOIN #room",
        "@batch=B 353 alice = #room :@witness alice",
        "@batch=B 366 alice #room :End of /NAMES list",
        "@batch=B :alice!~alice@h JOIN #other",
        "@batch=B 353 alice = #other :@alice",
        "@batch=B 366 alice #other :End of /NAMES list",
        "BATCH -B",
        "@label=y BATCH +B labeled-response",
        "@batch=B :alice!~alice@h PART #room",
        "@batch=B :alice!~alice@h PART #other",
        "BATCH -B",
    ]


async def test_two_batches_in_one_answer_stand_in_a_third(gateway: MemoryGateway) -> None:
    """ "An existing type applicable to the entire response": two of them are not the entire one."""
    alice = await gateway.login("alice", f"{CAPS} message-tags draft/multiline")
    bob = await gateway.login("bob")
    await bob.says("AWAY :not here")
    lines = plain(
        await alice.says(
            "@label=x BATCH +1 draft/multiline bob",
            "@batch=1 PRIVMSG bob :one",
            "@batch=1 PRIVMSG bob :two",
            "BATCH -1",
        )
    )
    assert lines[0] == "@label=x BATCH +B labeled-response"
    assert lines[1].startswith("@batch=B;")
    assert " BATCH +" in lines[1]
    assert [line.split()[2] for line in lines[2:5]] == ["PRIVMSG", "PRIVMSG", "BATCH"]
    assert lines[4].startswith("@batch=B ")
    assert lines[5].startswith("@batch=B 301 alice bob :not here")
    assert lines[6] == "BATCH -B"
