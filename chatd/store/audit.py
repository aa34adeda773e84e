"""Comparing what a gateway believes with what Redis holds, and putting it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from chatd.store.caller import Caller, checked
from chatd.store.login import RoomOf
from chatd.store.pages import PAGE, Rows
from chatd.store.pending import Pending


@dataclass(frozen=True, slots=True)
class Believed:
    """A session as its gateway knows it. ``account``: folded, '' = none.

    ``rooms``: (folded, prefix modes with ``?`` where they are not known); None: not compared.
    """

    sid: str
    name: str
    nick: str
    uid: str
    rooms: list[tuple[str, str]] | None
    account: str = ""

    @property
    def packed(self) -> str:
        """The session as ``audit.lua`` reads it."""
        words = [self.sid, self.name, self.nick, self.uid, self.account]
        words.append("" if self.rooms is None else "1")
        for room in self.rooms or ():
            words += room
        return "\0".join(words)


@dataclass(frozen=True, slots=True)
class Difference:
    """What Redis has otherwise: ``what`` and two words about it, see ``audit.lua``."""

    sid: str
    what: str
    first: str
    second: str


class Detached(NamedTuple):
    """A session without a connection: who it stands for. ``real``: the host where it really was.

    ``account``: folded.
    """

    sid: str
    nick: str
    user: str
    host: str
    real: str
    account: str


class AuditActs(Caller):
    """What is asked and done after every new link."""

    def audit(self, sessions: Iterable[Believed]) -> Pending[list[Difference]]:
        """What Redis knows otherwise of these sessions and the rooms of their users."""
        return self._ask(
            "audit", self.keys.presence, _differences, packed=[one.packed for one in sessions]
        )

    def held(self, start: str) -> Pending[Rows[tuple[str, str, str]]]:
        """A page of what Redis has of this gateway: (session id, name, folded, uid)."""
        return self._ask("held", self.keys.presence, _held, start=start, most=PAGE)

    def detached(self, start: str) -> Pending[Rows[Detached]]:
        """A page of the sessions that have no connection."""
        return self._ask("detached", self.keys.presence, _detached, start=start, most=PAGE)

    def put_out(self, sids: list[str], reason: str) -> Pending[list[str]]:
        """End some of those."""
        rows = [(sid,) for sid in sids]
        return self._act("put_out", self.keys.presence, reason=reason, sids=rows)

    def repair(
        self, sid: str, name: str, server: str, rooms: list[tuple[str, RoomOf]]
    ) -> Pending[list[str]]:
        """Put a user into rooms or out of them, or give it its prefix modes: in, out, modes.

        Refused: offline.
        """
        rows = [(how, *room) for how, room in rooms]
        return self._act(
            "repair", self.keys.presence, sid=sid, name=name, server=server, rooms=rows
        )

    def gone(
        self, sid: str, name: str, source: str, account: str, reason: str,
        rooms: list[tuple[str, str, str]],
    ) -> Pending[list[str]]:  # fmt: skip
        """Tell rooms of who is about to quit and of whom Redis has lost that it is there.

        ``rooms``: folded, as written, the entry with which it has entered, '' = not known.
        """
        return self._act(
            "gone", self.keys.presence, sid=sid, name=name, source=source, account=account,
            reason=reason, rooms=rooms,
        )  # fmt: skip

    def topic_again(self, room: str, topic: tuple[str, str, int]) -> Pending[list[str]]:
        """Set a topic (text, who set it, s since 1970), unless there is a newer one.

        Refused: noroom.
        """
        text, by, at = topic
        return self._act(
            "topic_again", self.keys.room(room), room=room, topic=text, topic_by=by, topic_at=at
        )


def _differences(reply: list[Any]) -> list[Difference]:
    words = checked(reply)[1:]
    return [Difference(*words[at : at + 4]) for at in range(0, len(words), 4)]


def _detached(reply: list[bytes]) -> Rows[Detached]:
    following, *words = [word.decode() for word in reply]
    return Rows(following, [Detached(*words[at : at + 6]) for at in range(0, len(words), 6)])


def _held(reply: list[bytes]) -> Rows[tuple[str, str, str]]:
    following, *words = [word.decode() for word in reply]
    return Rows(following, list(zip(words[::3], words[1::3], words[2::3], strict=True)))
