"""What was said while the connection was away: fetched, put in order, without doubles. No I/O.

https://ircv3.net/specs/extensions/chathistory , ``CHATHISTORY AFTER``, page by page and target by
target. The target ``*`` (the server's extension) is this user's direct messages. While this goes
on, what arrives live is held back: it happened later.

At most ``MAX_MESSAGES`` are fetched for a target; what is beyond, or lost to the server, is told
as a Gap.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from chatd.wire.casemap import is_room
from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client.checks import number
from cli.client.conversation import folded, server_time
from cli.client.dataclass import dataclass

DIRECT: Final = "*"
"""The target that stands for all messages to and from this user alone."""

PAGE: Final = 200
"""Messages asked for at once; fewer if the server allows fewer."""

MAX_MESSAGES: Final = 10_000
"""Fetched for one target after one break."""

MAX_FOUND: Final = 100_000
"""Messages of all targets together; a server that sends more than was asked for is cut short."""

MAX_HELD: Final = 20_000
"""Live events that are held back before the rest of the past is given up."""

LARGE: Final = 50_000
"""Characters of a page that may have been cut because it was too large to be sent at once."""

MAX_MSGID: Final = 200
"""Bytes of a message id that fit a line with everything else."""

MAX_SEEN: Final = 30_000
"""Message ids remembered; more than can come twice (fetched and held) after one break."""


@dataclass(slots=True)
class _Target:
    """What is still asked for: everything after ``ref`` in one room, or directly."""

    name: str
    ref: str
    count: int = 0
    on_page: int = 0
    size: int = 0
    """Characters on the page."""


class Recovery:
    """Remembers how far each room was seen, and closes the gap after a break."""

    def __init__(self) -> None:
        self._refs: dict[str, tuple[str, str]] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._todo: list[_Target] = []
        self._found: list[ev.Said | ev.Reacted | ev.Redacted] = []
        self._gaps: list[ev.Gap] = []
        self._held: list[ev.Event] = []
        self._limit = PAGE
        self.active = False

    def start_of(self, target: str, at: float) -> None:
        """Follow a target from now on: nothing older is ever asked for."""
        self._refs.setdefault(folded(target), (target, f"timestamp={server_time(at)}"))

    def forget(self, target: str) -> None:
        """Follow a room no longer."""
        self._refs.pop(folded(target), None)

    def renamed(self, old: str, new: str) -> None:
        """Follow a room under its new name."""
        _, ref = self._refs.pop(folded(old), ("", ""))
        if ref:
            self._refs[folded(new)] = (new, ref)

    def begin(self) -> None:
        """Hold back what arrives from now on, until `finish`, and ask for what was missed."""
        self.hold()
        self._todo = [_Target(name, ref) for name, ref in self._refs.values()]

    def hold(self) -> None:
        """Hold back what arrives from now on, until `finish`; ask for nothing."""
        self.active = True
        self._todo, self._found, self._gaps = [], [], []
        # What was held back when another connection broke and cannot be fetched again stays.
        self._held = [event for event in self._held if not _can_be_fetched(event)]

    def request(self, page: int = PAGE) -> bytes | None:
        """Return the next line to send; None when there is nothing more to ask for.

        ``page`` is what the server allows at once (RPL_ISUPPORT CHATHISTORY), 0 for no limit.
        """
        if not self._todo:
            return None
        self._limit = min(page, PAGE) if page > 0 else PAGE
        target = self._todo[0]
        target.on_page = 0
        return format_line("CHATHISTORY", "AFTER", target.name, target.ref, str(self._limit))

    def found(self, said: ev.Said) -> None:
        """Take one message of a history batch."""
        if not self._todo:
            return
        target = self._todo[0]
        target.count += 1
        target.on_page += 1
        target.size += len(said.text)
        target.ref = reference(said.msgid) or target.ref
        if said.msgid not in self._seen and len(self._found) < MAX_FOUND:
            self._found.append(replace(said, missed=True))

    def skipped(self, message: Message) -> None:
        """Take a line that is nothing to be shown: it counts, and the next page is after it."""
        if self._todo:
            target = self._todo[0]
            target.count += 1
            target.on_page += 1
            target.ref = reference(message.tags.get("msgid", "")) or target.ref

    def meanwhile(self, event: ev.Reacted | ev.Redacted) -> None:
        """Take what became of a message; it is told behind what was said."""
        if self.active and len(self._found) < MAX_HELD:
            self._found.append(event)

    def page_over(self) -> None:
        """Take the end of a batch: go on with this target, or with the next.

        A page that is short is the last one, unless it is so large that the server has cut it.
        """
        if not self._todo:
            return
        target = self._todo[0]
        large, target.size = target.size > LARGE and target.on_page > 0, 0
        if target.on_page < self._limit and not large:
            self._todo.pop(0)
        elif target.count >= MAX_MESSAGES:
            self.failed(f"more than {MAX_MESSAGES}")

    def failed(self, reason: str) -> None:
        """Give up the target that was asked for."""
        if self._todo:
            target = self._todo.pop(0)
            self._gaps.append(ev.Gap(target.name, None, reason))

    def give_up(self, reason: str) -> None:
        """Give up everything that is not fetched yet."""
        while self._todo:
            self.failed(reason)

    def gap(self, message: Message) -> bool:
        """Take ``NOTE CHATHISTORY GAP <target> <n> :text``; return whether it was one."""
        params = message.params
        if message.command != "NOTE" or params[:2] != ["CHATHISTORY", "GAP"] or len(params) < 5:
            return False
        self._gaps.append(ev.Gap(params[2], number(params[3])))
        return True

    def live(self, event: ev.Event) -> list[ev.Event]:
        """Take an event that has just happened; return what is to be shown now."""
        if not self.active:
            return self._show(event)
        self._held.append(event)
        if len(self._held) < MAX_HELD:
            return []
        self.give_up("too much is going on")
        return self.finish()

    def finish(
        self, before: Sequence[ev.Event] = (), heard: Iterable[ev.Said] = ()
    ) -> list[ev.Event]:
        """End the recovery; return the past, what is missing of it, and what was held back.

        ``before`` was fetched otherwise, and comes first. ``heard`` are the last messages of their
        targets, whether they are shown or not: what is asked for later begins behind them.
        """
        self.active = False
        self._found.sort(key=lambda said: said.at)
        past: list[ev.Event] = [*before, *self._gaps, *self._found]
        shown = [event for item in past for event in self._show(item)]
        for said in heard:
            self._follow(said)
        shown += [event for item in self._held for event in self._show(item)]
        self._todo, self._found, self._gaps, self._held = [], [], [], []
        return shown

    def gaps(self) -> list[ev.Event]:
        """Return gaps that were told outside of a recovery."""
        if self.active:
            return []
        told: list[ev.Event] = [*self._gaps]
        self._gaps = []
        return told

    def _show(self, event: ev.Event) -> list[ev.Event]:
        """Let an event through, once, and remember how far its target was seen."""
        if not isinstance(event, ev.Said) or not event.msgid:
            return [event]
        if event.msgid in self._seen:
            return []
        self._seen[event.msgid] = None
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        self._follow(event)
        return [event]

    def _follow(self, said: ev.Said) -> None:
        name = said.target if is_room(said.target) else DIRECT
        ref = reference(said.msgid)
        if ref and folded(name) in self._refs:
            self._refs[folded(name)] = (name, ref)


def _can_be_fetched(event: ev.Event) -> bool:
    return isinstance(event, ev.Said) and bool(event.msgid)


def reference(msgid: str) -> str:
    """Write a message id as a parameter of CHATHISTORY; "" for one that no line can carry."""
    usable = msgid.isprintable() and " " not in msgid and len(msgid.encode()) <= MAX_MSGID
    return f"msgid={msgid}" if msgid and usable else ""
