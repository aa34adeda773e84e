"""What happened: the records that scripts publish and that streams keep.

A payload is one record behind its stream id, fields joined by NUL; the bytes of a message are never
decoded on the way from Redis to a client. ``chatd/store/lua`` writes the same format.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from chatd.store.schema.records import RECORDS


def _kinds(*names: str) -> list[bytes]:
    letters = {record.name: record.letter.encode() for record in RECORDS}
    return [letters[name] for name in names]


MESSAGE: Final = b"M"
STATUS: Final = b"S"
MULTILINE: Final = b"L"
"""A MESSAGE of several lines; only here: the records say MESSAGE."""
HOST_AGAIN: Final = b"g"
HOST_OWN: Final = b"y"
"""HOST for who has been told of it in another room, and for the user; only here."""
JOIN, PART, QUIT, TOPIC, NICK = _kinds("JOIN", "PART", "QUIT", "TOPIC", "NICK")
AWAY, REALNAME, ACCOUNT, HOST = _kinds("AWAY", "REALNAME", "ACCOUNT", "HOST")
MODES, KICK, INVITED, INVITATION = _kinds("MODES", "KICK", "INVITED", "INVITATION")
REDACTION, RENAMED, MOVED, METADATA = _kinds("REDACTION", "RENAMED", "MOVED", "METADATA")
ONLINE, OFFLINE, JOINED_ELSEWHERE = _kinds("ONLINE", "OFFLINE", "JOINED_ELSEWHERE")
USER_MODES, KILL, WALLOPS, REHASH = _kinds("USER_MODES", "KILL", "WALLOPS", "REHASH")
DRAIN, BAN, UNBAN, RETURNED, RENAMED_USER = _kinds(
    "DRAIN", "BAN", "UNBAN", "RETURNED", "RENAMED_USER"
)
LEFT, TOPIC_AGAIN = _kinds("LEFT", "TOPIC_AGAIN")
TAKEN_OVER, ASKED, LEFT_OFF, ENDED = _kinds("TAKEN_OVER", "ASKED", "LEFT_OFF", "ENDED")
READ, WATCHED, UNWATCHED, ERASED = _kinds("READ", "WATCHED", "UNWATCHED", "ERASED")

FIELDS: Final = {
    record.letter.encode(): {name: at for at, name in enumerate(record.fields)}
    for record in RECORDS
}
"""Kind -> name of a field -> its number in `Event.args`."""
FIELDS.update({MULTILINE: FIELDS[MESSAGE], HOST_AGAIN: FIELDS[HOST], HOST_OWN: FIELDS[HOST]})

_SEP: Final = b"\0"
_MARK: Final = b"\1"
"""Stands between the account of a record and the marks."""
_MARK_BYTE: Final = 1
"""The same as a number: to ask bytes whether they have bytes in them costs ten times as much."""


class Event:
    """One record. ``id``: its stream entry, empty when it was not stored.

    ``event_id`` is the id that clients see: the same in every room and on every gateway.
    ``args``: the fields of its kind, see ``chatd/store/schema/records.py``; `field` knows them by
    name.
    ``marks``: user modes of who did it that others are told: B a bot, o an operator.
    """

    __slots__ = (
        "_name", "account", "args", "event_id", "id", "kind", "marks", "sid", "source", "spread",
    )  # fmt: skip

    def __init__(self, payload: bytes) -> None:
        fields = payload.split(_SEP)  # by number: that is fastest where it is compiled
        self.id = fields[0]
        self.kind = fields[1]
        self.sid = fields[2]
        spread = fields[3]
        self._name = fields[4]
        self.source = fields[5]
        self.account = account = fields[6]
        self.args = fields[7:]
        self.marks = b""
        if _MARK_BYTE in account:
            self.account, _, self.marks = account.partition(_MARK)
        self.spread = spread != b""
        """Whether the same event was published in several places."""
        self.event_id = spread or self.id
        if self.kind == MESSAGE and fields[10][:1] == b"\n":
            self.kind = MULTILINE

    def field(self, name: str) -> bytes:
        """A field by its name in the schema. KeyError: the kind has none of that name."""
        return self.args[FIELDS[self.kind][name]]

    @property
    def name(self) -> str:
        """Who did it, folded."""
        return self._name.decode()

    @property
    def msgid(self) -> bytes:
        """What clients get as the msgid: the event's id and what makes it unique among rooms.

        https://ircv3.net/specs/extensions/message-ids
        """
        if self.kind in (MESSAGE, MULTILINE, STATUS):
            args = self.args  # for who was meant by another name it is the message that was sent
            return self.event_id + b"-" + _mark(args[6] if len(args) > 6 else args[1])
        return self.event_id + b"-" + (b"all" if self.spread else _mark(self.args[0]))

    def names(self) -> frozenset[str]:
        """Whom an event that is not for everybody in a room is for, folded."""
        return frozenset(self.args[-1].decode().split(" "))

    @property
    def time_ms(self) -> int:
        """Redis' clock when it happened, ms since 1970; 0 when it was not stored."""
        return int(self.event_id.partition(b"-")[0] or b"0")


def message_begin(
    sid: str, name: str, source: str, account: str, command: str, target: str, tags: str
) -> bytes:
    """The record of a message, as ``post.lua`` stores it, as far as its text.

    The text follows, NUL, and its number among those of the session.
    """
    return f"M\0{sid}\0\0{name}\0{source}\0{account}\0{command}\0{target}\0{tags}\0".encode()


def synthetic_join(name: str, source: str, account: str, room: str, realname: str) -> Event:
    """A JOIN for a session that finds itself in a room: nothing that happened, so it has no id."""
    fields = ("", "J", "", "", name, source, account, room, realname, "")
    return Event("\0".join(fields).encode())


def synthetic_part(name: str, source: str, account: str, room: str, reason: str) -> Event:
    """A PART for a session whose user is not in a room any more and never heard of it."""
    fields = ("", "P", "", "", name, source, account, room, reason)
    return Event("\0".join(fields).encode())


def synthetic_quit(name: str, source: str, account: str, reason: str) -> Event:
    """A QUIT for sessions that were not told that somebody has gone."""
    fields = ("", "Q", "", "", name, source, account, reason, "")
    return Event("\0".join(fields).encode())


def synthetic_modes(server: str, room: str, changes: str) -> Event:
    """A MODE for sessions that were told of other modes than a room has."""
    return Event("\0".join(("", "C", "", "", "", server, "", room, changes)).encode())


def synthetic_topic(setter: str, room: str, topic: str) -> Event:
    """A TOPIC for sessions that were told of another one."""
    return Event("\0".join(("", "T", "", "", "", setter, "", room, topic)).encode())


def synthetic_account(name: str, source: str, account: str, uid: str) -> Event:
    """An ACCOUNT for a session that has come back without its account, or by another name of it.

    It was deleted meanwhile, or renamed.
    """
    return Event("\0".join(("", "U", "", "", name, source, account, account, uid)).encode())


def stream_id(msgid: str) -> str | None:
    """The stream entry that a msgid stands for, or None when it is none of ours."""
    parts = msgid.split("-")
    if len(parts) < 3 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return f"{parts[0]}-{parts[1]}"


def id_order(entry: bytes) -> tuple[int, int]:
    """A stream id as something that compares."""
    ms, _, seq = entry.partition(b"-")
    return int(ms or b"0"), int(seq or b"0")


@lru_cache(65536)
def _mark(target: bytes) -> bytes:
    return hashlib.blake2b(target, digest_size=3).hexdigest().encode()
