"""The chat in lines, and commands that read: what they do with what happens, without a terminal."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation
from cli.client.errors import NotConnected, Refused
from cli.client.past import Past
from cli.dumb import Dumb
from cli.entering import _look_at
from cli.folding import Folding
from cli.reading import pages
from cli.render import Renderer
from cli.talking import _show_all
from cli.watching import members_of


@pytest.mark.parametrize(
    ("target", "event", "now"),
    [
        ("bob", ev.Renamed(1.0, "Bob", "rob"), "rob"),
        ("bob", ev.Renamed(1.0, "carl", "rob"), "bob"),
        ("#a", ev.RoomRenamed(1.0, "#A", "#b"), "#b"),
        ("#a", ev.Renamed(1.0, "bob", "rob"), "#a"),
    ],
)
async def test_one_goes_on_writing_to_whom_one_wrote(
    target: str, event: ev.Event, now: str
) -> None:
    events: asyncio.Queue[ev.Event | None] = asyncio.Queue()
    view, buffers = Renderer(target), Buffers(Conversation("anna"))
    for one in (event, None):
        events.put_nowait(one)

    async def show(lines: object) -> None:
        pass

    await _show_all(events, view, buffers, show, None, Folding(0.0))
    assert view.target == now


def test_a_terminal_without_escapes_gets_none_in_a_name() -> None:
    dumb: Any = object.__new__(Dumb)
    dumb._typed = SimpleNamespace(talk=SimpleNamespace(target="b\x1b[31m"))
    assert dumb._begin() == "private to b^[[31m: "


async def _first(session: Any, past: Past) -> list[ev.Said]:
    return await anext(pages(session, past))


async def test_a_connection_that_is_lost_again_at_once_is_waited_for() -> None:
    asked: list[object] = []
    ready = asyncio.Event()

    def ask(past: Past, taker: Any) -> None:
        if not ready.is_set():
            raise Refused("not connected at the moment")
        asked.append(past)
        taker([])

    session: Any = SimpleNamespace(ready=ready, ask=ask)
    past = Past("#a", 5)
    read = asyncio.create_task(_first(session, past))
    await asyncio.sleep(0)
    ready.set()
    ready.clear()
    for _ in range(3):
        await asyncio.sleep(0)
    assert not read.done()
    ready.set()
    assert await read == []
    assert asked == [past]


def test_a_refusal_without_words_is_one() -> None:
    with pytest.raises(Refused, match="no reason given"):
        members_of([Message("FAIL")])
    with pytest.raises(NotConnected, match="no reason given"):
        _look_at([Message("400")], "#a")
