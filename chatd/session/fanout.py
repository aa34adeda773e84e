"""Events to sessions: each rendering is made once, the same bytes go into every outbox."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from chatd.commands import costs
from chatd.commands.bans import refuse_banned
from chatd.commands.context import Context
from chatd.commands.rooms import show_room
from chatd.session.outbox import Outboxes
from chatd.session.render import RENDER, render
from chatd.state import events as e
from chatd.state.events import Event
from chatd.state.local import LocalRoom, Receiver
from chatd.store.errors import Refused, StoreError
from chatd.store.pending import Pending, drive
from chatd.store.rooms import Snapshot
from chatd.store.staff import Ban
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.casemap import fold
from chatd.wire.message import format_line

if TYPE_CHECKING:
    from chatd.session.session import Session

log = logging.getLogger(__name__)

_FOR_OTHERS = {e.AWAY: c.CAP_AWAY_NOTIFY, e.JOIN: c.CAP_AWAY_NOTIFY}
"""Capabilities that count for others only: "Clients SHOULD NOT be sent AWAY messages to notify them
of their own away status", https://ircv3.net/specs/extensions/away-notify
"""


def _at_once() -> Pending[None]:
    """Nobody waits for the client: it has asked for nothing."""
    now: Pending[None] = Pending()
    now.resolve(None)
    return now


def _shown(error: BaseException | None) -> None:
    """A room has been shown; without the store it is shown again when that is back."""
    if error is not None and not isinstance(error, Refused | StoreError):
        log.error("a room could not be shown", exc_info=error)


class SessionFanout:
    """The session layer's side of `chatd.state.local.Fanout`."""

    def __init__(self, outboxes: Outboxes) -> None:
        self._outboxes = outboxes
        self.sessions: dict[bytes, Session] = {}
        """Every session of this gateway by its id."""

    def say(self, event: Event, room: LocalRoom, without: tuple[Receiver, ...] = ()) -> None:
        """Write a message, JOIN, PART or QUIT to every member of the room, but to some."""
        if event.kind == e.JOIN and event.args[2]:
            # the own sessions are not told that they are away, so not all get the same
            self.settle()
            self.deliver(event, [one for one in room.members if one not in without])
            return
        apart = cast("tuple[Session, ...]", without)
        origin = self.sessions.get(event.sid)
        if origin is None or origin not in room.members or origin in apart:
            self._outboxes.say(event, room, apart)
        elif event.kind == e.MESSAGE or origin.collecting:
            self._outboxes.say(event, room, (origin, *apart))
            self._own(origin, event)
        else:
            self._outboxes.say(event, room, apart)

    def admit(self, receiver: Receiver, room: LocalRoom) -> None:
        """Somebody is about to become a member: of what was said until now it hears nothing."""
        self._outboxes.admit(cast("Session", receiver), room)

    def dismiss(self, receiver: Receiver, room: LocalRoom) -> None:
        """Somebody is about to be a member no more: of what was said until now it hears all."""
        self._outboxes.catch_up(cast("Session", receiver))

    def settle(self) -> None:
        """Hand out what was said until now: what comes next is not for all of one room."""
        self._outboxes.end_run()

    def deliver(self, event: Event, receivers: Iterable[Receiver]) -> None:
        """Write the event to each receiver in its own rendering."""
        function, mask = RENDER[event.kind]
        origin = self.sessions.get(event.sid)
        for_others = _FOR_OTHERS.get(event.kind, 0)
        rendered: dict[int, bytes] = {}
        for session in cast("Iterable[Session]", receivers):
            if session is origin:
                self._own(session, event)
                continue
            caps = session.caps & mask
            if for_others and session.user is not None and session.user.key == event.name:
                caps &= ~for_others
            line = rendered.get(caps)
            if line is None:
                line = rendered[caps] = function(event, caps)
            if line:
                session.write(line)

    def _own(self, session: Session, event: Event) -> None:
        """The event is what this very session has asked for."""
        if event.kind in (e.MESSAGE, e.MULTILINE, e.STATUS):
            if event.kind == e.STATUS:
                session.charge(event.args[-1].count(b" ") / costs.HOLDERS)
            session.posting.echo(event)
        else:
            session.answer(render(event, session.caps & ~_FOR_OTHERS.get(event.kind, 0)))

    def attached(
        self, receiver: Receiver, room: LocalRoom, snapshot: Snapshot, known: bool
    ) -> None:
        """A session finds itself in a room; ``known``: it has heard of the JOIN already."""
        session = cast("Session", receiver)
        user = session.user
        if user is None:
            return
        context = Context(session, session.server, "JOIN", "")
        if not known:
            join = e.synthetic_join(
                user.key, user.source, user.account, snapshot.name, user.realname
            )
            session.write(session.server.render(join, session.caps))
        drive(show_room(context, room.key, snapshot, _at_once), _shown)

    def lost(self, receivers: Iterable[Receiver], room: LocalRoom | None, count: int) -> None:
        """``count`` events could not be recovered: say so."""
        what = "1 event" if count == 1 else f"{count} events"
        for session in cast("Iterable[Session]", receivers):
            if session.user is not None:
                target = room.shown if room is not None else session.user.nick
                session.write(
                    format_line(
                        "NOTICE",
                        target,
                        f"{what} could not be recovered after the server lost its store",
                        source=session.server.config.name,
                    )
                )

    def emptied(self, receivers: Iterable[Receiver]) -> None:
        """Redis has lost all that it held: say so."""
        text = (
            "The server has lost its store: what was said before, lists of bans and invitations"
            " are gone"
        )
        for session in cast("Iterable[Session]", receivers):
            Context(session, session.server, "*", "").note("STORE_LOST", text)

    def killed(self, receiver: Receiver, event: Event) -> None:
        """An operator has removed the user: KILL, QUIT and ERROR, as the specification says."""
        session = cast("Session", receiver)
        user = session.user
        assert user is not None, "an event of a user is for its sessions"
        victim, comment, reason = (part.decode() for part in event.args)
        source = event.source.decode()
        session.write(format_line("KILL", victim, comment, source=source, text_last=True))
        session.write(format_line("QUIT", reason, source=user.source))
        session.close(f"Closing Link: {session.server.config.name} ({reason})", quit_reason=reason)

    def banned(self, receiver: Receiver, ban: Ban) -> None:
        """The session may not be here: 465 and ERROR."""
        session = cast("Session", receiver)
        refuse_banned(Context(session, session.server, "", ""), ban)

    def wants_news(self, receiver: Receiver) -> bool:
        """https://ircv3.net/specs/extensions/extended-monitor."""
        return bool(cast("Session", receiver).caps & c.CAP_EXTENDED_MONITOR)

    def monitored(self, receivers: Iterable[Receiver], online: bool, target: str) -> None:
        """730 or 731. https://ircv3.net/specs/extensions/monitor"""
        numeric = n.RPL_MONONLINE if online else n.RPL_MONOFFLINE
        for session in cast("Iterable[Session]", receivers):
            if session.user is not None:
                nick, server = session.user.nick, session.server.config.name
                session.write(
                    format_line(numeric.code, nick, target, source=server, text_last=True)
                )

    def metadata(self, event: Event, receivers: Iterable[Receiver]) -> None:
        """https://ircv3.net/specs/extensions/metadata: all but "changes they make themselves"."""
        key, origin = event.args[1].decode(), self.sessions.get(event.sid)
        sessions = cast("Iterable[Session]", receivers)
        wanted = (one for one in sessions if key in one.subscriptions and one is not origin)
        self.deliver(event, wanted)

    def wants_hosts(self, receiver: Receiver) -> bool:
        """https://ircv3.net/specs/extensions/extended-monitor."""
        return bool(cast("Session", receiver).caps & c.CAP_CHGHOST) and self.wants_news(receiver)

    def renamed(
        self, receivers: Iterable[Receiver], room: LocalRoom, known: str, event: Event
    ) -> None:
        """PART and JOIN. https://ircv3.net/specs/extensions/channel-rename"""
        if fold(known) == room.key:
            return  # "This fallback SHOULD NOT be used if the rename only changes the case"
        old, reason = known.encode(), event.args[3]
        views: dict[str, list[Session]] = {}
        part = b" PART %b :%b\r\n" % (old, reason) if reason else b" PART %b\r\n" % old
        for session in cast("Iterable[Session]", receivers):
            user = session.user
            if session.caps & c.CAP_CHANNEL_RENAME or user is None:
                continue
            session.write(b":" + user.source.encode() + part)
            views.setdefault(session.members_on_entry, []).append(session)
        for view, some in views.items():
            self._find_in(some, room, view)

    def _find_in(self, sessions: list[Session], room: LocalRoom, view: str) -> None:
        """Show sessions the room as if they had just entered it: one look for all."""

        def found(reply: Pending[Snapshot]) -> None:
            for session in sessions:
                if reply.error is None and session in room.members:
                    self.attached(session, room, reply.result(), False)

        sessions[0].server.store.snapshot(room.key, "", view).then(found)

    def expelled(self, receiver: Receiver, why: str) -> None:
        """The session can no longer be part of the server; close it."""
        cast("Session", receiver).close(why)
