"""Lines above and below the messages: what the room is about, and how things stand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual.widgets import Static

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.session import Session
from cli.client.shelf import Buffer
from cli.screen.shown import plain, visible
from cli.screen.sidebar import AWAY, HERE, SERVER, presence

MOST: Final = 1000
"""Characters of a part of a line that are looked at: no screen shows more."""


@dataclass(slots=True)
class Link:
    """What is known of the connection, from what the session tells."""

    server: str = ""
    problem: str = ""

    def take(self, event: ev.Event) -> None:
        """Take what happened."""
        if isinstance(event, ev.Connected):
            self.server, self.problem = event.server, ""
        elif isinstance(event, ev.Disconnected | ev.Unreachable):
            self.problem = event.reason
        elif isinstance(event, ev.Stopped):
            what = "/password asks for the new one" if event.password else "/reconnect tries again"
            self.problem = f"{what}: {event.reason}"


def typing_now(buffer: Buffer, now: float | None = None) -> str:
    """Say who types, in words."""
    now = time.monotonic() if now is None else now
    nicks = [nick for nick, until in buffer.typing.items() if until > now]
    known = [buffer.members[nick].nick if nick in buffer.members else nick for nick in nicks]
    if not known:
        return ""
    if len(known) > 3:
        return f"{len(known)} people type"
    names = ", ".join(known)
    return f"{names} {'type' if len(known) > 1 else 'types'}"


def status_parts(session: Session, buffers: Buffers, link: Link) -> tuple[list[str], bool]:
    """Return what the status line says, and whether the connection is lost."""
    parts = []
    if session.connected:
        lag = f" {session.lag * 1000:.0f} ms" if session.lag is not None else ""
        parts.append(f"{link.server}{lag}")
    else:
        stopped = session.stopped
        if stopped is not None:
            how = "/password" if stopped.password else "/reconnect"
            parts.append(f"not let in ({how}): {stopped.reason}")
        else:
            why = f": {link.problem}" if link.problem else ""
            parts.append(f"not connected{why}")
    if waiting := session.delivery.pending:
        parts.append(f"{waiting} waiting to be sent")
    current = buffers.open(buffers.current)
    if types := typing_now(current):
        parts.append(types)
    unread, mentions = buffers.unread()
    if unread := unread - current.unread:
        mentions -= current.mentions if current.is_room else current.unread if current.name else 0
        alone = f", {mentions} for you" if mentions else ""
        parts.append(f"{unread} unread elsewhere{alone}")
    return parts, not session.connected


def topic_line(buffers: Buffers, name: str) -> Text:
    """Return what stands above the messages: where one is, and what it is about."""
    buffer = buffers.open(name)
    if not buffer.name:
        return Text(f" {SERVER}: what belongs to no room", no_wrap=True)
    text = Text(f" {visible(buffer.name)}", style="bold", no_wrap=True, overflow="ellipsis")
    if buffer.is_room:
        about = buffer.topic or ("" if buffer.joined else "you are not in this room")
    else:
        states = {HERE: "is here", AWAY: "is away"}
        about = f"only {buffer.name} and you see this"
        if state := states.get(presence(buffers, buffer.name)):
            about = f"{state}; {about}"
    return text.append(f"  {plain(about[:MOST])}" if about else "", style="not bold")


class Topic(Static):
    """What the room is about."""

    DEFAULT_CSS = "Topic { height: 1; background: $panel; text-overflow: ellipsis; }"

    def show(self, buffers: Buffers) -> None:
        """Show that of the current buffer."""
        self.update(topic_line(buffers, buffers.current), layout=False)


class Status(Static):
    """How things stand."""

    DEFAULT_CSS = """
    Status { height: 1; background: $panel; color: $muted; text-overflow: ellipsis; }
    Status.-lost { background: $error; color: $background; text-style: bold; }
    """

    def show(self, session: Session, buffers: Buffers, link: Link) -> None:
        """Show what holds now."""
        parts, lost = status_parts(session, buffers, link)
        self.set_class(lost, "-lost")
        me = f"{buffers.chat.nick} (away)" if buffers.chat.away else buffers.chat.nick
        words = " | ".join(visible(part[:MOST]) for part in (me, *parts) if part)
        self.update(Text(f" {words}", no_wrap=True, overflow="ellipsis"), layout=False)
