"""Who leaves while Redis is away, and what Redis knows of them when it is back."""

from __future__ import annotations

import pytest

from tests.state.test_audit import Chat, said


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("is_known", [False, True])
async def test_who_leaves_while_redis_is_away_is_nowhere(first: int, is_known: bool) -> None:
    """Redis has lost that carol is in the room, or also her login, and no QUIT of its own says
    there that she has gone: "presence does not lie".
    """
    chat = Chat()
    alice, bob = await chat.begin()
    carol = await chat.login(0, "carol")
    await chat.do(carol, "JOIN #other")
    chat.save()
    if not is_known:
        await chat.do(carol, "NICK carola")
    await chat.do(carol, "JOIN #room")
    chat.crash()
    await chat.do(carol, "QUIT :enough")
    del chat.logs[carol]
    heard = [await chat.connect(first), await chat.connect(1 - first)]
    for client in (alice, bob):
        left = said(heard[0][client] + heard[1][client], "PART", "QUIT")
        assert [line.partition(" ")[2] for line in left] == ["PART #room :Quit: enough"]
    await chat.check()
    assert chat.members("#room") == {"alice": "o", "bob": ""}


async def test_who_was_removed_while_redis_is_away_leaves_once() -> None:
    """Nothing is lost: the other gateway has told the QUIT, of a gateway that was cut off."""
    chat = Chat()
    alice, bob = await chat.begin()
    await chat.do(alice, "JOIN #other")
    one, two = chat.gateways
    one.relay.cut = True
    one.on_link_down("cut")
    chat.world.client.delete("chat:{chat:online}:lease:g1")
    two.store.reap("g1", "Connection lost").result()
    await chat.do(alice, "QUIT")
    del chat.logs[alice]
    heard = await chat.connect(0)
    assert said(chat.logs[bob], "PART", "QUIT") == [":alice!~alice@127.0.0.1 QUIT :Connection lost"]
    assert heard[bob] == []
