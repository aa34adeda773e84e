"""How sessions are told what is no event: one function for each notice, which registers itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import reduce
from typing import Any, TypeVar

from chatd.commands.bans import refuse_banned
from chatd.commands.catchup import room_context, show_missed
from chatd.commands.context import Context, Held
from chatd.commands.gateways import tell_gateways
from chatd.commands.rooms import show_room
from chatd.commands.valueforms import is_aware, later, show
from chatd.session.connection import Connection
from chatd.state import events as e
from chatd.state import notices as n
from chatd.state.heard import earliest
from chatd.state.local import LocalRoom
from chatd.store.errors import Refused, StoreError
from chatd.store.pending import Pending, drive
from chatd.store.rooms import Snapshot
from chatd.wire import caps as c
from chatd.wire.casemap import fold
from chatd.wire.message import format_line
from chatd.wire.numerics import (
    RPL_KEYNOTSET,
    RPL_LOGGEDIN,
    RPL_LOGGEDOUT,
    RPL_MONOFFLINE,
    RPL_MONONLINE,
)

log = logging.getLogger(__name__)

N = TypeVar("N", bound=n.Notice)

NOTICES: dict[type[n.Notice], Callable[[list[Connection], Any], None]] = {}
"""Kind of notice -> what tells it to some sessions."""


def notice(
    kind: type[N],
) -> Callable[[Callable[[list[Connection], N], None]], Callable[[list[Connection], N], None]]:
    """Register what tells sessions a kind of notice."""

    def enter(
        function: Callable[[list[Connection], N], None],
    ) -> Callable[[list[Connection], N], None]:
        NOTICES[kind] = function
        return function

    return enter


# -- rooms ---------------------------------------------------------------------------------------


@notice(n.Attached)
def _attached(sessions: list[Connection], notice: n.Attached) -> None:
    for session in sessions:
        _show(session, notice)


def _show(session: Connection, notice: n.Attached) -> None:
    """Show a session a room in which it is."""
    user, room, snapshot = session.user, notice.room, notice.snapshot
    context = room_context(Context(session, session.server, "JOIN", ""), room.key)

    def shown(error: BaseException | None) -> None:
        if isinstance(context, Held):
            context.release()
        _shown(error)
        if notice.then is not None:
            notice.then()

    if user is not None and not notice.known:
        join = e.synthetic_join(user.key, user.source, user.account, snapshot.name, user.realname)
        context.write(session.server.render(join, session.caps))
    drive(_show_all(context, room.key, snapshot), shown)


async def _show_all(context: Context, room: str, snapshot: Snapshot) -> None:
    await show_room(context, room, snapshot, _at_once)
    await show_missed(context, room, snapshot)


def _at_once() -> Pending[None]:
    """Nobody waits for the client: it has asked for nothing."""
    now: Pending[None] = Pending()
    now.resolve(None)
    return now


def _shown(error: BaseException | None) -> None:
    """A room has been shown; without the store it is shown again when that is back."""
    if error is not None and not isinstance(error, Refused | StoreError):
        log.error("a room could not be shown", exc_info=error)


@notice(n.Renamed)
def _renamed(sessions: list[Connection], notice: n.Renamed) -> None:
    """PART and JOIN. https://ircv3.net/specs/extensions/channel-rename"""
    if fold(notice.known) == notice.room.key:
        return  # "This fallback SHOULD NOT be used if the rename only changes the case"
    old, reason = notice.known.encode(), notice.event.args[3]
    part = b" PART %b :%b\r\n" % (old, reason) if reason else b" PART %b\r\n" % old
    views: dict[str, list[Connection]] = {}
    for session in sessions:
        user = session.user
        if session.caps & c.CAP_CHANNEL_RENAME or user is None:
            continue
        session.write(b":" + user.source.encode() + part)
        views.setdefault(session.members_on_entry, []).append(session)
    for view, some in views.items():
        _look_and_show(some, notice.room, view)


def _look_and_show(sessions: list[Connection], room: LocalRoom, view: str) -> None:
    """Show sessions the room as if they had just entered it: one look for all."""

    def found(reply: Pending[Snapshot]) -> None:
        for session in sessions:
            if reply.error is None and session in room.members:
                _show(session, n.Attached(room, reply.result(), False, None))

    sessions[0].server.rooms.look_as_member(room.key, view).then(found)


# -- what is lost --------------------------------------------------------------------------------


@notice(n.Lost)
def _lost(sessions: list[Connection], notice: n.Lost) -> None:
    what = _events(notice.count, "some events")
    text = f"{what} could not be recovered after the server lost its store"
    _tell_of_events(sessions, notice.room, text)


@notice(n.RolledBack)
def _rolled_back(sessions: list[Connection], notice: n.RolledBack) -> None:
    where = "this room" if notice.room is not None else "your conversations"
    what = _events(notice.count, "events")
    text = f"The server has lost the last {what} of {where}: no history will show them"
    _tell_of_events(sessions, notice.room, text)


def _events(count: int, some: str) -> str:
    if count < 0:
        return some
    return "1 event" if count == 1 else f"{count} events"


def _tell_of_events(sessions: list[Connection], room: LocalRoom | None, text: str) -> None:
    """A notice where the events happened: in a room, or else to the user."""
    for session in sessions:
        if session.user is not None:
            target = room.shown if room is not None else session.user.nick
            source = session.server.config.name
            session.write(format_line("NOTICE", target, text, source=source))


@notice(n.Emptied)
def _emptied(sessions: list[Connection], notice: n.Emptied) -> None:
    text = (
        "The server has lost its store: what was said before, lists of bans and invitations"
        " are gone"
    )
    for session in sessions:
        Context(session, session.server, "*", "").note("STORE_LOST", text)


# -- others --------------------------------------------------------------------------------------


@notice(n.Monitored)
def _monitored(sessions: list[Connection], notice: n.Monitored) -> None:
    """730 or 731. https://ircv3.net/specs/extensions/monitor"""
    numeric = RPL_MONONLINE if notice.online else RPL_MONOFFLINE
    for session in sessions:
        if session.user is not None:
            words, source = (session.user.nick, notice.target), session.server.config.name
            session.write(format_line(numeric.code, *words, source=source, text_last=True))
            context = Context(session, session.server, "", "")
            if notice.online and is_aware(context):
                later(context, notice.target.partition("!")[0])


@notice(n.GatewaysChanged)
def _gateways_changed(sessions: list[Connection], notice: n.GatewaysChanged) -> None:
    for session in sessions:
        tell_gateways(Context(session, session.server, "", ""))


# -- who has to go -------------------------------------------------------------------------------


@notice(n.Expelled)
def _expelled(sessions: list[Connection], notice: n.Expelled) -> None:
    for session in sessions:
        session.close(notice.why)


@notice(n.AccountChanged)
def _account_changed(sessions: list[Connection], notice: n.AccountChanged) -> None:
    """900 or 901: "whether by SASL or otherwise". https://ircv3.net/specs/extensions/sasl-3.1"""
    for session in sessions:
        if session.user is None:
            continue
        context, source = Context(session, session.server, "", ""), session.user.source
        if notice.account:
            text = f"You are now logged in as {notice.account}"
            context.numeric(RPL_LOGGEDIN, source, notice.account, text=text)
        else:
            context.numeric(RPL_LOGGEDOUT, source)


@notice(n.ValueChanged)
def _value_changed(sessions: list[Connection], notice: n.ValueChanged) -> None:
    """761 or 766. https://github.com/ircv3/ircv3-specifications/pull/613"""
    for session in sessions:
        context = Context(session, session.server, "", "")
        if notice.value is None:
            context.numeric(RPL_KEYNOTSET, notice.target, notice.key)
        else:
            show(context, notice.target, notice.key, notice.value)


@notice(n.TakenOver)
def _taken_over(sessions: list[Connection], notice: n.TakenOver) -> None:
    for session in sessions:
        session.server.users.left_off(session.sid, session.left_off())
        session.give_up("This session goes on with another connection")


@notice(n.Ended)
def _ended(sessions: list[Connection], notice: n.Ended) -> None:
    """FAIL, for a program that would come again by itself, and ERROR."""
    for session in sessions:
        if session.caps & c.CAP_STANDARD_REPLIES:
            Context(session, session.server, "*", "").fail("SESSION_ENDED", notice.why)
        session.close(notice.why)


@notice(n.Asked)
def _asked(sessions: list[Connection], notice: n.Asked) -> None:
    """The one that has heard least counts: its kernel knows, and behind TLS it was looked at."""
    heard = reduce(earliest, [session.left_off() for session in sessions])
    sessions[0].server.users.left_off(notice.asker, heard)


@notice(n.Killed)
def _killed(sessions: list[Connection], notice: n.Killed) -> None:
    """KILL, QUIT and ERROR. https://modern.ircdocs.horse/#kill-message"""
    victim, comment, reason = (part.decode() for part in notice.event.args)
    source = notice.event.source.decode()
    for session in sessions:
        user = session.user
        assert user is not None, "an event of a user is for its sessions"
        session.write(format_line("KILL", victim, comment, source=source, text_last=True))
        session.write(format_line("QUIT", reason, source=user.source))
        server = session.server.config.name
        session.close(f"Closing Link: {server} ({reason})", quit_reason=reason)


@notice(n.Banned)
def _banned(sessions: list[Connection], notice: n.Banned) -> None:
    """465 and ERROR."""
    for session in sessions:
        refuse_banned(Context(session, session.server, "", ""), notice.ban)
