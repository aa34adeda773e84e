"""What happened: each kind of record that acts publish and that streams keep.

A record is its fields, joined by NUL: those of `COMMON`, then its own. In front of it stands, in a
payload, the id of its entry in the stream ('' = it is not stored). ``lua.py`` makes a constructor
of each; `chatd.state.events` takes letters and names of fields from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COMMON: Final = ("kind", "sid", "act", "name", "source", "account")
"""Letter; session id; id of the event when several streams have it, else ''; who did it: name,
folded, nick!user@host, account ('' = none), behind which marks may stand."""


@dataclass(frozen=True, slots=True)
class Record:
    """One kind. ``fields``: its own, behind those of `COMMON`; an act may leave out the last ones.

    ``hears``: on whose channels it is published.
    """

    name: str
    letter: str
    fields: tuple[str, ...]
    hears: str
    what: str

    @property
    def constructor(self) -> str:
        """Its name in Lua."""
        return self.name.lower()


def _record(name: str, letter: str, fields: str, hears: str, what: str) -> Record:
    return Record(name, letter, tuple(fields.split()), hears, what)


_ROOM, _USER, _ALL = "room", "user", "everybody"
_ROOMS = "everybody, user, their rooms"

RECORDS: Final = (
    _record("MESSAGE", "M", "command target tags text number peer named",
            "room, user",
            "Somebody says something; target as shown, number among those of the session; peer: uid"
            " of the receiver, in the sender's own copy of a direct message; named: target as the"
            " sender wrote it, where that was an account with another nick."),
    _record("STATUS", "S", "command target tags text number names", _ROOM,
            "The same for some: names, folded, of who hears it, spaces between."),
    _record("JOIN", "J", "room realname away prefix", _ROOM,
            "Somebody enters a room, and has these prefix modes there."),
    _record("JOINED_ELSEWHERE", "j", "room id", _USER,
            "To the other sessions of who enters: room, folded, id of the join."),
    _record("RETURNED", "Y", "room realname away prefix entry", _ROOM,
            "Somebody is in a room again whom Redis had forgotten; nobody was told of a leave."
            " Entry: id of the JOIN that is lost, '' = not known; who was not told of it hears a"
            " JOIN. With the room alone nobody does."),
    _record("LEFT", "l", "room reason entry", _ROOM,
            "Somebody has left a room, which Redis had forgotten; the same, and a PART."),
    _record("PART", "P", "room reason", _ROOM, "Somebody leaves a room."),
    _record("QUIT", "Q", "reason rooms", "their rooms",
            "A user's last session ends; in how many rooms this is said."),
    _record("TOPIC", "T", "room topic", _ROOM, "A topic is set."),
    _record("TOPIC_AGAIN", "t", "room topic at", _ROOM,
            "The same, which Redis had forgotten: who knows it hears nothing; s since 1970."),
    _record("MODES", "C", "room changes", _ROOM,
            "A room's modes change: signs and letters, then parameters."),
    _record("KICK", "K", "room target nick reason", _ROOM,
            "Somebody, by name and nick, is removed."),
    _record("INVITED", "I", "room nick", _USER, "To who is invited."),
    _record("INVITATION", "i", "room nick names", _ROOM,
            "To the operators of the room, by name, who may hear of it."),
    _record("RENAMED", "V", "room new written reason", _ROOM,
            "In the log of the room's new name: old name as shown; new name, folded, as written."),
    _record("MOVED", "v", "room new written reason", _ROOM, "The same in the log of the old name."),
    _record("NICK", "N", "new nick", _ROOMS, "Somebody has a new name, folded, and nick."),
    _record("RENAMED_USER", "n", "new nick", _USER, "NICK in the log of the old name."),
    _record("AWAY", "A", "text", _ROOMS, "Somebody is away, or back: ''."),
    _record("REALNAME", "R", "realname", _ROOMS, "Somebody has a new realname."),
    _record("ACCOUNT", "U", "shown uid", _ROOMS,
            "Somebody logs in to an account, or out: ''; who the person is then."),
    _record("HOST", "G", "user host room prefix realname away server", _ROOMS,
            "Somebody has a new user@host; in a room also what a JOIN would say."),
    _record("METADATA", "O", "target key value", "room; " + _ROOMS,
            "A value of a room or user, as shown; without value: it is gone."),
    _record("REDACTION", "E", "target msgid reason", "room, user", "A message is taken back."),
    _record("ERASED", "z", "", "room, user",
            "In place of what its sender has erased: its id stays. Not published."),
    _record("READ", "r", "target read_ms", _USER,
            "To the other sessions of who has read a target, as shown, up to a time. Not kept."),
    _record("USER_MODES", "m", "changes modes", _USER, "User modes change; all that are set then."),
    _record("TAKEN_OVER", "x", "by", _USER,
            "The session goes on with another connection, its client has come again; by: the id"
            " that a session had when that one came."),
    _record("ENDED", "e", "why", _USER,
            "The session sid was ended by who it belongs to, or by an operator: what its connection"
            " is told."),
    _record("ASKED", "q", "device", _USER,
            "A program of the account has come, with the session sid, that says of itself the same"
            " as others, or nothing: device. How far have those heard? Not kept."),
    _record("LEFT_OFF", "F", "heard", _ALL,
            "The answer, also to TAKEN_OVER, for the session sid: how far others have heard, '' ="
            " not known. Not kept."),
    _record("KILL", "X", "nick comment reason", _USER,
            "An operator removes somebody; reason: of the QUIT."),
    _record("ONLINE", "+", "", _ALL, "Somebody has come."),
    _record("OFFLINE", "-", "uid", _ALL, "Somebody has gone: the person."),
    _record("WALLOPS", "W", "text", _ALL, "To who has user mode w."),
    _record("WATCHED", "w", "word", _ALL, "A word concerns somebody from now on."),
    _record("UNWATCHED", "u", "word", _ALL, "It concerns nobody any more."),
    _record("REHASH", "H", "", _ALL, "Gateways read their files again."),
    _record("DRAIN", "d", "gateway", _ALL, "A gateway shall let its clients go."),
    _record("BAN", "B", "type mask setter set_ms ends_ms reason", _ALL,
            "Somebody is banned from the server."),
    _record("UNBAN", "D", "type mask", _ALL, "A ban is lifted."),
)  # fmt: skip

BY_NAME: Final = {record.name: record for record in RECORDS}
"""The kinds by name."""
SAID: Final = "".join(BY_NAME[name].letter for name in ("MESSAGE", "STATUS"))
"""Letters of what somebody says: it is never marked, and a log without it is quiet."""
