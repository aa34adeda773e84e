"""Acts and questions about rooms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.errors import Refused
from chatd.store.pages import MEMBERS, PAGE, Rows
from chatd.store.pending import Pending
from chatd.wire.retention import DAY_MS, Kept

_MODE_WORDS = 3
"""Words for each refused change in the answer to a MODE."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room at one moment, and a page of its ``members``: (name, prefix modes, nick or mask).

    ``following``: where the next page starts, '' = this is the last.
    ``modes``: the letters that are set, lists that are not empty included; ``params``: of k, l, f.
    """

    name: str
    created_ms: int
    modes: str
    topic: str
    topic_by: str
    topic_at: int
    last_id: bytes
    added: int
    inside: bool
    params: dict[str, str]
    following: str
    members: list[tuple[str, str, str]]
    written: dict[Any, list[bytes]] = field(default_factory=dict, repr=False, compare=False)
    """What has been written of it already, for all who look at the same snapshot."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who wants to enter a room: session and user; the room as written, and the key for it."""

    sid: str
    name: str
    shown: str
    key: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A room in a list of rooms; times in s since 1970, ``topic_at`` 0 = it has no topic.

    ``now``: Redis' clock.
    """

    name: str
    members: int
    topic: str
    created: int
    topic_at: int
    now: int


@dataclass(frozen=True, slots=True)
class Change:
    """One wanted change of a mode.

    ``sign`` + or -; ``key``: the member, mask or room, folded; ``param`` as written.
    """

    sign: str
    letter: str
    key: str
    param: str


@dataclass(frozen=True, slots=True)
class Denied:
    """A change that was refused: why, and the room, nick or mask that the answer names."""

    change: Change
    word: str
    detail: str


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """Whose a room is. ``founder``: the account, '' = not registered; ``registered`` in s."""

    name: str
    founder: str
    registered: int
    members: int
    kept: Kept


class RoomActs(Caller):
    """Acts and questions about rooms; rooms and names are folded unless said otherwise."""

    def join(
        self, room: str, entrants: list[Entrant], *, most: int, new: tuple[str, str], server: str
    ) -> Pending[list[Refused | None]]:
        """Enter a room, in this order; for each of the first so many why not, or None.

        At least one is dealt with; the others have to come again.

        ``most``: rooms per user; ``new``: modes of a room made by this, prefix modes of its maker.
        The words: already, toomany, offline; full, invite, banned, key, guests, each with the room
        and where to go instead ('' = nowhere).
        """
        rows = [(one.sid, one.name, one.shown, one.key) for one in entrants]
        modes, maker = new
        return self._act(
            "join", self.keys.room(room), _refusals,
            room=room, most=most, modes=modes, maker=maker, server=server, entrants=rows,
        )  # fmt: skip

    def part(self, sid: str, name: str, room: str, reason: str) -> Pending[list[str]]:
        """Leave a room. Refused: noroom, notin."""
        key = self.keys.room(room)
        return self._act("part", key, sid=sid, name=name, room=room, reason=reason)

    def topic(self, sid: str, name: str, room: str, topic: str) -> Pending[list[str]]:
        """Set a topic. Refused: noroom, notin, notop."""
        return self._act("topic", self.keys.room(room), sid=sid, name=name, room=room, topic=topic)

    def snapshot(
        self,
        room: str,
        asker: str,
        members: str = "nick",
        start: str = "",
        some: Iterable[str] = (),
    ) -> Pending[Snapshot]:
        """A room as it is when Redis gets the question, with a page of members. Refused: noroom.

        ``asker``: '' = as its members see it.
        ``members`` as "nick", as "mask" (nick!user@host) or "none" at all.
        ``start``: `Snapshot.following`; ``some``: these members instead of a page.
        """
        return self._ask(
            "snapshot", self.keys.room(room), _snapshot,
            room=room, asker=asker, form=members, most=MEMBERS[members], start=start, some=some,
        )  # fmt: skip

    def list_rooms(self, asker: str, rooms: list[str], start: str) -> Pending[Rows[Listed]]:
        """Rooms, or a page of all (none named), that the asker may know of.

        ``start``: `Rows.following`.
        """
        return self._ask(
            "list", self.keys.presence, _listed,
            asker=asker, most=PAGE, start=start, wanted=rooms,
        )  # fmt: skip

    # -- moderation --------------------------------------------------------------------------

    def mode(
        self,
        sid: str,
        name: str,
        room: str,
        changes: list[Change],
        *,
        line_bytes: int,
        line_params: int,
        masks: int,
    ) -> Pending[list[Denied]]:
        """Change modes; what was refused comes back. Refused (the whole): noroom, offline.

        Words of a denied change: notop, nouser, notmember, full, noforward.
        """  # fmt: skip
        rows = [(one.sign, one.letter, one.key, one.param) for one in changes]

        def denied(reply: list[Any]) -> list[Denied]:
            words = checked(reply)[2:]
            return [
                Denied(changes[int(words[at])], words[at + 1], words[at + 2])
                for at in range(0, len(words), _MODE_WORDS)
            ]

        return self._act(
            "mode", self.keys.room(room), denied, sid=sid, name=name, room=room,
            line_bytes=line_bytes, line_params=line_params, masks=masks, changes=rows,
        )  # fmt: skip

    def masks(self, room: str, asker: str, letter: str, by: str) -> Pending[tuple[str, list[str]]]:
        """The room as shown and a list's entries: mask NUL who set it NUL s since 1970.

        ``by``: prefix modes of which the asker must have one. Refused: noroom, notop.
        """

        def entries(reply: list[Any]) -> tuple[str, list[str]]:
            _, shown, *found = checked(reply)
            return shown, sorted(found, key=lambda entry: int(entry.rpartition("\0")[2]))

        return self._ask(
            "masks", self.keys.room(room), entries, room=room, asker=asker, letter=letter, by=by
        )

    def kick(self, sid: str, name: str, room: str, target: str, reason: str) -> Pending[list[str]]:
        """Remove somebody.

        Refused: noroom, notin, notop, notmember (room, nick), protected.
        """
        return self._act(
            "kick", self.keys.room(room),
            sid=sid, name=name, room=room, target=target, reason=reason,
        )  # fmt: skip

    def invite(self, sid: str, name: str, room: str, target: str) -> Pending[list[str]]:
        """Invite somebody: ok, room as shown, nick, away text.

        Refused: noroom, notin, notop, nouser, member (room, nick), toomany (nick).
        """
        return self._act(
            "invite", self.keys.room(room), sid=sid, name=name, room=room, target=target,
        )  # fmt: skip

    def invites(self, name: str) -> Pending[list[str]]:
        """Rooms, as shown, that a user is invited to."""
        return self._ask(
            "invites", self.keys.presence, lambda rooms: [r.decode() for r in rooms], name=name
        )

    # -- registration ------------------------------------------------------------------------

    def register_room(self, name: str, room: str, most: int, server: str) -> Pending[list[str]]:
        """Make a room its operator's for good: ok, room as shown, account.

        Refused: noroom, notop, guest, registered, toomany, offline.
        """
        key = self.keys.room(room)
        return self._act("room_register", key, name=name, room=room, most=most, server=server)

    def transfer_room(
        self, name: str, room: str, account: str, most: int, server: str
    ) -> Pending[list[str]]:
        """Give a room to an account, '' = to nobody: ok, room and account as shown.

        Refused: noroom, notfounder, noaccount, toomany, offline.
        """
        key = self.keys.room(room)
        return self._act(
            "room_transfer", key,
            name=name, room=room, heir=account, most=most, server=server,
        )  # fmt: skip

    def room_retention(self, name: str, room: str, kept: str) -> Pending[tuple[str, Kept]]:
        """Say how much is kept in a room: see ``room_retention.lua``; the room as shown, and that.

        Refused: offline, noroom, notregistered, notop.
        """
        return self._act(
            "room_retention", self.keys.room(room), _retained, name=name, room=room, kept=kept
        )

    def room_info(self, room: str, asker: str) -> Pending[RoomInfo]:
        """Whose a room is. Refused: noroom."""
        key = self.keys.room(room)
        return self._ask("room_info", key, _room_info, room=room, asker=asker)


def _refusals(reply: list[Any]) -> list[Refused | None]:
    checked(reply[:1])
    return [
        None if one[0] == b"ok" else Refused(*(word.decode() for word in one)) for one in reply[1:]
    ]


def _snapshot(reply: list[Any]) -> Snapshot:
    words = checked(reply[:14])
    # a page has many members: all are decoded in one go
    flat = b"\n".join(reply[14:]).decode().split("\n") if len(reply) > 14 else []
    members: list[tuple[str, str, str]] = []
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        prefix, _, nick = value.partition("\0")
        members.append((name, prefix, nick))
    return Snapshot(
        name=words[1],
        created_ms=int(words[2]),
        modes=words[3],
        topic=words[4],
        topic_by=words[5],
        topic_at=int(words[6]),
        last_id=words[7].encode(),
        added=int(words[8]),
        inside=words[9] == "1",
        params={"k": words[10], "l": words[11], "f": words[12]},
        following=words[13],
        members=members,
    )


def _listed(reply: list[Any]) -> Rows[Listed]:
    following, now, *rest = reply
    rows = [rest[at : at + 5] for at in range(0, len(rest), 5)]
    listed = [
        Listed(name.decode(), count, topic.decode(), created, topic_at, now)
        for name, count, topic, created, topic_at in rows
    ]
    return Rows(following.decode(), listed)


def _room_info(reply: list[Any]) -> RoomInfo:
    _, name, founder, registered, members, events, age_ms = checked(reply)
    kept = Kept(int(events), int(age_ms) // DAY_MS)
    return RoomInfo(name, founder, int(registered), int(members), kept)


def _retained(reply: list[Any]) -> tuple[str, Kept]:
    _, name, events, age_ms = checked(reply)
    return name, Kept(int(events), int(age_ms) // DAY_MS)
