"""Saying something, and asking for it by CHATHISTORY."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient, Line
from tests.support.wait import wait_until

CAPS = (
    "batch", "draft/chathistory", "echo-message", "labeled-response", "message-tags",
    "server-time", "standard-replies",
)  # fmt: skip


async def say(client: IrcClient, target: str, *texts: str) -> list[Line]:
    """Send messages; return them as they come back, each with a time of its own."""
    said = []
    for text in texts:
        await client.send(f"PRIVMSG {target} :{text}")
        line = await client.expect(f"PRIVMSG {target} :{text}$")
        said.append(line)
        await over(line)
    return said


async def over(line: Line) -> None:
    """Wait until what happens next has another time than a line."""
    await wait_until(partial(_is_over, line.tags["time"]), "the millisecond is over")


def _is_over(moment: str) -> bool:
    return datetime.now(UTC) >= datetime.fromisoformat(moment) + timedelta(milliseconds=1)


async def page(client: IrcClient, command: str) -> list[str]:
    """Ask for history; return the raw messages of the batch, without the batch tag."""
    await client.send(f"CHATHISTORY {command}")
    start = await client.expect(r"BATCH \+", unless="FAIL")
    reference, kind, _ = start.params
    assert kind == "chathistory"
    *lines, end = await client.lines_until(r"BATCH -")
    assert end.params == [f"-{reference[1:]}"]
    assert all(line.tags["batch"] == reference[1:] for line in lines)
    return [line.raw.replace(f"batch={reference[1:]};", "", 1) for line in lines]


def raws(lines: Sequence[Line]) -> list[str]:
    return [line.raw for line in lines]


async def in_a_room(connect: Connect) -> tuple[IrcClient, IrcClient]:
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    for client in (alice, bob):
        await client.send("JOIN #Room")
        await client.fence()
    await alice.fence()
    return alice, bob


def references(line: Line) -> list[str]:
    return [f"msgid={line.tags['msgid']}", f"timestamp={line.tags['time']}"]
