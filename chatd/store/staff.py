"""Acts and questions of those who run the server: user modes, bans, who was here, accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending
from chatd.wire.confusables import skeletons

_ROOMS = 50
"""Rooms whose masks are looked at in one act, 1 to 2 ms of Redis where each names the account."""
_BAN_WORDS = 6
_WAS_WORDS = 7


@dataclass(frozen=True, slots=True)
class Ban:
    """Who may not be here. ``kind``: K nick!user@host mask, D address or network, A account.

    ``ends_ms``: 0 = it holds until it is lifted. Times in ms since 1970.
    """

    kind: str
    mask: str
    setter: str
    set_ms: int
    ends_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Bans:
    """All bans at one moment of Redis' clock, and how far the log of what concerns all was then."""

    now_ms: int
    last_id: bytes
    added: int
    bans: list[Ban]


@dataclass(frozen=True, slots=True)
class Was:
    """Somebody who had a name until ``left_ms``, ms since 1970. ``uid``: the person."""

    nick: str
    user: str
    host: str
    realname: str
    account: str
    left_ms: int
    uid: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list. ``made_ms``, ``login_ms``: since 1970, 0 = not known, or never."""

    name: str
    made_ms: int
    login_ms: int
    sessions: int
    operator: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """An account has another name. ``before``: the old one, as shown.

    ``untold``: users whose rooms have to be told yet: name, folded, and id of the event.
    """

    before: str
    untold: list[tuple[str, str]]


class StaffActs(Caller):
    """Names and masks are folded."""

    def umode(self, sid: str, name: str, add: str, remove: str) -> Pending[list[str]]:
        """Change a user's modes; 'ok' and the modes. Refused: offline."""
        return self._act("umode", self.keys.presence, sid=sid, name=name, add=add, remove=remove)

    def accept(self, name: str, other: str, *, on: bool) -> Pending[bool]:
        """Let somebody write in spite of user mode R, or no longer; whether that was a change.

        Refused: offline, nouser.
        """
        return self._act(
            "accept", self.keys.presence, lambda reply: checked(reply)[1] != "0",
            name=name, other=other, on=on,
        )  # fmt: skip

    def accepted(self, name: str) -> Pending[list[str]]:
        """Whom a user lets write: their nicks as they were then."""
        return self.relay.call("HVALS", self.keys.accepts(name), convert=_nicks)

    def kill(self, sid: str, name: str, target: str, comment: str) -> Pending[list[str]]:
        """Remove a user. Refused: offline, notoper, nouser."""
        return self._act(
            "kill", self.keys.presence, sid=sid, name=name, target=target, comment=comment
        )

    def wallops(self, sid: str, name: str, text: str) -> Pending[list[str]]:
        """Tell everybody who has user mode w. Refused: offline, notoper."""
        return self._act(
            "announce", self.keys.presence, sid=sid, name=name, kind="wallops", said=text
        )

    def rehash(self, sid: str, name: str) -> Pending[list[str]]:
        """Have all gateways read their files again. Refused: offline, notoper."""
        return self._act("announce", self.keys.presence, sid=sid, name=name, kind="rehash", said="")

    def drain(self, gateway: str) -> Pending[list[str]]:
        """Have a gateway let its clients go. Refused: nogateway."""
        return self._act("drain", self.keys.presence, gateway=gateway)

    def gateways(self) -> Pending[list[str]]:
        """The gateways that are not cleaned up; the lease of one may be over."""
        return self.relay.call("ZRANGE", self.keys.leases, 0, -1, convert=_text)

    def lives(self, gateway: str) -> Pending[bool]:
        """Whether a gateway has its lease."""
        return self.relay.call("EXISTS", self.keys.lease(gateway), convert=bool)

    def held_by(self, gateway: str) -> Pending[int]:
        """How many sessions a gateway has."""
        return self.relay.call("HLEN", self.keys.sessions(gateway), convert=int)

    def ban(
        self, sid: str, name: str, kind: str, mask: str, length_s: int, reason: str
    ) -> Pending[list[str]]:
        """Ban from the server; a length of 0 is until it is lifted. Refused: offline, notoper."""
        return self._act(
            "ban", self.keys.presence, sid=sid, name=name, sign="+", kind=kind, mask=mask,
            length_s=length_s, reason=reason,
        )  # fmt: skip

    def unban(self, sid: str, name: str, kind: str, mask: str) -> Pending[list[str]]:
        """Lift a ban. Refused: offline, notoper, noban."""
        return self._act(
            "ban", self.keys.presence, sid=sid, name=name, sign="-", kind=kind, mask=mask,
            length_s=0, reason="",
        )  # fmt: skip

    def bans(self) -> Pending[Bans]:
        """The bans that hold now."""
        return self._ask("bans", self.keys.presence, _bans)

    def whowas(self, name: str, most: int) -> Pending[list[Was]]:
        """Who had a name, the latest first; ``most`` 0 = all that are kept."""
        return self._ask("whowas", self.keys.presence, _was, name=name, most=most)

    def started_ms(self) -> Pending[int]:
        """Since when the server has been up, ms since 1970."""
        return self.relay.call("GET", self.keys.started, convert=lambda reply: int(reply or 0))

    def accounts(self, cursor: str) -> Pending[tuple[str, list[str]]]:
        """Some accounts (folded) and the cursor of the next ones; "0" begins and ends."""
        head = self.keys.account("").removesuffix("}")
        return self.relay.call(
            "SCAN", cursor, "MATCH", f"{head}*}}", "COUNT", 1000,
            convert=lambda reply: _names(reply, head),
        )  # fmt: skip

    def account_facts(self, name: str) -> Pending[tuple[str, int, bool]]:
        """Name as shown, made at ms since 1970, whether it is an operator's."""
        return self.relay.call(
            "HMGET", self.keys.account(name), "name", "created", "oper", convert=_facts
        )

    def account_rows(self, names: list[str]) -> list[Pending[AccountRow]]:
        """What a list of accounts says of each."""
        return [self._account_row(name) for name in names]

    def _account_row(self, name: str) -> Pending[AccountRow]:
        return self._ask("account_row", self.keys.presence, _row, name=name)

    def account_add(self, name: str, shown: str, secret: dict[str, str]) -> Pending[list[str]]:
        """Make an account. ``secret``: fields that are kept of its password.

        Refused: exists, taken, confusable.
        """
        return self._act(
            "account_add", self.keys.presence,
            name=name, shown=shown, looks=skeletons(shown), secret=list(secret.items()),
        )  # fmt: skip

    def account_password(self, name: str, secret: dict[str, str]) -> Pending[list[str]]:
        """Replace the password; what is not in ``secret`` is kept no more. Refused: noaccount."""
        return self._act(
            "account_password", self.keys.presence, name=name, secret=list(secret.items())
        )

    def account_oper(self, name: str, operator: bool) -> Pending[list[str]]:
        """Make the owner of an account an operator, or no longer. Refused: noaccount."""
        return self._act("account_oper", self.keys.presence, name=name, operator=operator)

    def account_rename(self, old: str, new: str, written: str) -> Pending[Renamed]:
        """Give an account another name. ``old``, ``new``: folded; ``written``: new, as shown.

        Refused: noaccount, same, exists, taken, confusable, toomany.
        """
        return self._act(
            "account_rename", self.keys.presence, _renamed,
            old=old, new=new, written=written, looks=skeletons(written), looked=skeletons(old),
        )  # fmt: skip

    def account_tell(self, name: str, users: list[tuple[str, str]]) -> Pending[list[str]]:
        """Tell the rooms of users that their account has another name; see `Renamed`."""
        return self._act("account_tell", self.keys.presence, akey=name, users=users)

    def account_masks(
        self, old: str, new: str, written: str, server: str, start: str = ""
    ) -> Pending[str]:
        """Have masks of rooms name an account by its new name, those of some rooms.

        ``old``, ``new``: as masks are folded; ``start``: '', then what the last call has returned,
        until that is '' again.
        """
        return self._act(
            "account_masks", self.keys.presence, lambda reply: checked(reply)[1],
            old=old, new=new, written=written, server=server, most=_ROOMS, start=start,
        )  # fmt: skip

    def account_delete(self, name: str, how: str = "keep", user: str = "") -> Pending[str]:
        """Delete an account; ``how``: what becomes of what it said: keep, anonymise, erase.

        ``user``: name of who asks, and has to be logged in to it, '' = whoever. The id of the job
        that does it, '' = none. Refused: noaccount, toomany.
        """
        return self._act(
            "account_delete", self.keys.presence, lambda reply: checked(reply)[1],
            name=name, looks=skeletons(name), how=how, user=user,
        )  # fmt: skip


def _text(reply: list[Any]) -> list[str]:
    return [part.decode() if isinstance(part, bytes) else str(part) for part in reply]


def _nicks(reply: list[Any]) -> list[str]:
    return [held.rpartition("\0")[2] for held in _text(reply)]


def _bans(reply: list[Any]) -> Bans:
    now, last, added, *words = _text(reply)
    rows = [words[at : at + _BAN_WORDS] for at in range(0, len(words), _BAN_WORDS)]
    bans = [
        Ban(kind, mask, setter, int(when), int(ends), reason)
        for kind, mask, setter, when, ends, reason in rows
    ]
    return Bans(int(now), last.encode(), int(added), bans)


def _row(reply: list[Any]) -> AccountRow:
    name, made, login, sessions, operator = _text(reply)
    return AccountRow(name, int(made), int(login), int(sessions), operator == "1")


def _renamed(reply: list[Any]) -> Renamed:
    _, before, *words = checked(reply)
    return Renamed(before, list(zip(words[::2], words[1::2], strict=True)))


def _was(reply: list[Any]) -> list[Was]:
    words = _text(reply)
    rows = [words[at : at + _WAS_WORDS] for at in range(0, len(words), _WAS_WORDS)]
    return [
        Was(nick, user, host, realname, account, int(left), uid)
        for nick, user, host, realname, account, left, uid in rows
    ]


def _names(reply: list[Any], head: str) -> tuple[str, list[str]]:
    cursor, keys = reply
    names = [key.decode().removeprefix(head).removesuffix("}") for key in keys]
    return cursor.decode(), [_unescaped(name) for name in names]


def _unescaped(name: str) -> str:
    return name.replace("%7B", "{").replace("%7D", "}").replace("%25", "%")


def _facts(reply: list[bytes | None]) -> tuple[str, int, bool]:
    name, created, oper = reply
    return (name or b"").decode(), int(created or b"0"), oper is not None
