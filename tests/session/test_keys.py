"""Idempotency keys: "The same key with other text: refused with a standard reply" (issue 8)."""

from __future__ import annotations

import pytest

from tests.support.memory import MemoryGateway

CAPS = "message-tags chatd/id echo-message"


def told(lines: list[str]) -> list[str]:
    """Lines without their tags."""
    return [line[line.index(":") :] for line in lines]


@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_who_types_under_a_key_does_not_swallow_the_message(
    gateway: MemoryGateway, target: str
) -> None:
    """ "acknowledged and delivered to nobody": what is not stored was the same as everything."""
    alice, bob = await gateway.login("alice", CAPS), await gateway.login("bob", CAPS)
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.hears()
    source = ":alice!~alice@127.0.0.1"
    typing = "@chatd/id=k;+typing={} TAGMSG " + target
    for _ in range(2):
        assert told(await alice.says(typing.format("active"))) == [f"{source} TAGMSG {target}"]
    reused = "ID_REUSED k :Another message was sent under this id: give each its own"
    assert await alice.says(typing.format("done"), f"@chatd/id=k PRIVMSG {target} :hello") == [
        f":chat.internal FAIL TAGMSG {reused}", f":chat.internal FAIL PRIVMSG {reused}"
    ]  # fmt: skip
    assert told(await bob.hears()) == [f"{source} TAGMSG {target}"]


async def test_a_long_text_with_more_behind_it_is_another(gateway: MemoryGateway) -> None:
    """Only where source or target have another length may the same text be cut elsewhere."""
    alice = await gateway.login("alice", CAPS)
    await alice.says("JOIN #room", f"@chatd/id=k PRIVMSG #room :{'x' * 250}")
    assert await alice.says(f"@chatd/id=k PRIVMSG #room :{'x' * 250} and more") == [
        ":chat.internal FAIL PRIVMSG ID_REUSED k"
        " :Another message was sent under this id: give each its own"
    ]


async def test_what_was_sent_to_a_room_with_a_longer_name_fits_a_line(
    gateway: MemoryGateway,
) -> None:
    """Issue 8: "No line is ever longer than 512 without tags, on any path"."""
    alice = await gateway.login("alice", CAPS)
    old, text = f"#{'o' * 63}", "ü" * 210
    await alice.says(f"JOIN {old}", f"@chatd/id=k PRIVMSG {old} :{text}", f"RENAME {old} #new")
    lines = told(await alice.says(f"@chatd/id=k PRIVMSG #new :{text}"))
    assert [line.split(" ")[2] for line in lines] == [old]
    assert len(lines[0].encode()) <= 510
