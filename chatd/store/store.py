"""The typed way to Redis: one method per act or question, plain values in and out.

Each method returns a `Pending`. It may end with Refused (the act's answer is no), Stale,
StoreUnavailable or StoreRejected.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from chatd.store.access import AccessActs
from chatd.store.accounts import AccountActs
from chatd.store.admission import Admission, AdmissionActs
from chatd.store.audit import AuditActs
from chatd.store.caller import checked
from chatd.store.chores import ChoreActs
from chatd.store.export import ExportActs
from chatd.store.extensions import ExtensionActs
from chatd.store.guesses import GuessActs
from chatd.store.inbox import InboxActs
from chatd.store.login import Counts, LoggingIn, Login
from chatd.store.packing import Packed
from chatd.store.pages import PAGE, Rows
from chatd.store.pending import Pending
from chatd.store.reading import ReadingActs
from chatd.store.relay import Relay
from chatd.store.roombans import RoomBanActs
from chatd.store.rooms import RoomActs
from chatd.store.schema.keys import Owner
from chatd.store.sessions import REAP_CHUNK, SessionActs
from chatd.store.staff import StaffActs
from chatd.store.streams import StreamActs
from chatd.wire.confusables import skeletons
from chatd.wire.masks import folded_part


@dataclass(frozen=True, slots=True)
class Person:
    """One row of who is online. ``room`` as shown and ``prefix`` modes: of the room asked about.

    ``modes``: user modes.
    """

    name: str
    nick: str
    user: str
    host: str
    realname: str
    account: str
    away: str
    since_ms: int
    modes: str
    idle_ms: int
    prefix: str
    room: str


@dataclass(frozen=True, slots=True)
class Whois:
    """One user, closely. ``rooms`` that the asker may see: (room as shown, prefix modes).

    ``modes``: user modes; ``hosts``: of each session; ``certificates``: SHA-256 of those that they
    have shown, for the user itself and for operators.
    """

    nick: str
    user: str
    host: str
    realname: str
    account: str
    away: str
    since_ms: int
    idle_ms: int
    modes: str
    hosts: list[str]
    certificates: list[str]
    rooms: list[tuple[str, str]]


class Store(
    AccessActs,
    AccountActs,
    AdmissionActs,
    AuditActs,
    ChoreActs,
    ExportActs,
    ExtensionActs,
    GuessActs,
    InboxActs,
    ReadingActs,
    RoomActs,
    RoomBanActs,
    SessionActs,
    StaffActs,
    StreamActs,
):
    """Acts and questions of one gateway."""

    def __init__(
        self, relay: Relay, gateway: str, history_events: int, history_days: int = 0
    ) -> None:
        super().__init__(relay, gateway, history_events, history_days)
        self._login_head = Packed(self._command("login", self.keys.presence))
        self.post_head = Packed(self._command("post", self.keys.presence))
        """What a call of post.lua begins with. Messages go straight to `Relay.act_batched`, each
        with how, target's channel, sender, and its record: the hot path."""
        self._counting: list[Pending[Counts]] | None = None

    # -- sessions and users ------------------------------------------------------------------

    def login(
        self,
        sid: str,
        name: str,
        nick: str,
        user: str,
        host: str,
        realname: str,
        account: tuple[str, str] = ("", ""),
        *,
        address: str = "",
        secure: bool = False,
        device: str = "",
        away: str | None = None,
        proved: str = "",
    ) -> Pending[Login]:
        """Claim a name, join its owner's sessions, or go on with one that the device has left.

        ``account``: (folded, as shown). ``address``: the host where the session really is;
        ``secure``: by TLS; ``device``: what the login called itself; ``away``: text, None = it
        has said nothing; ``proved``: the person that the account must be, '' = whoever it is.
        Refused: taken, reserved, confusable, noaccount, toomany.
        """
        key, shown = account
        where = ("Z" if secure else "-") + (address or host)
        record = "\0".join(
            (sid, name, nick, user, host, realname, key, shown, where, skeletons(nick),
             folded_part(user), device, proved, "" if away is None else f"={away}")
        )  # fmt: skip
        pending = LoggingIn([nick, user, host, realname, shown, away or ""])
        # Delivered where it stands: what is published to the user from then on is the session's.
        self.relay.ask_batched(self._login_head, name, record.encode(), pending)
        return pending

    def nick(
        self, sid: str, name: str, new: str, nick: str, *, told: bool = False
    ) -> Pending[list[str]]:
        """Rename a user. ``told``: it has been told already.

        Refused: taken, reserved, confusable, same, offline, muted.
        """
        return self._act(
            "nick", self.keys.presence,
            sid=sid, old=name, new=new, nick=nick, looks=skeletons(nick), told=told,
        )  # fmt: skip

    def away(self, sid: str, name: str, text: str) -> Pending[str]:
        """Set a session's away text, '' = back; the one that others see of its user then.

        Refused: offline.
        """
        return self._act(
            "away", self.keys.presence, lambda reply: checked(reply)[1],
            sid=sid, name=name, text=text,
        )  # fmt: skip

    def realname(self, sid: str, name: str, realname: str) -> Pending[list[str]]:
        """Change the realname. Refused: same, offline."""
        return self._act(
            "profile", self.keys.presence, sid=sid, name=name, field="realname",
            value=realname, akey="", again=False, told=False, proved="", server="",
        )  # fmt: skip

    def set_account(
        self,
        sid: str,
        name: str,
        account: tuple[str, str],
        *,
        again: bool = False,
        server: str = "",
        told: bool = False,
        proved: str = "",
    ) -> Pending[list[str]]:
        """Say whose user this is. ``account``: (folded, as shown).

        ``server``: its name, which says what the account changes in rooms;
        ``again``: also when it is so already; ``told``: it has been told already; ``proved``: as in
        `login`.
        Refused: same, offline, noaccount, toomany, muted.
        """
        return self._act(
            "profile", self.keys.presence, sid=sid, name=name, field="account",
            value=account[1], akey=account[0], again=again, told=told,
            server=server, proved=proved,
        )  # fmt: skip

    def named(self, *names: str) -> Pending[list[Person]]:
        """Who of these is online, in that order."""
        return self._ask(
            "who", self.keys.presence, lambda reply: _people(reply).rows,
            kind="names", most=0, asker="", start="", about=names,
        )  # fmt: skip

    def who(self, room: str, asker: str, start: str) -> Pending[Rows[Person]]:
        """A page of who is in a room, '' = of everybody; ``start``: `Rows.following`.

        ``asker`` sees who is not invisible, or shares a room; '' = sees everybody.
        """
        kind = "room" if room else "all"
        return self._ask(
            "who", self.keys.presence, _people,
            kind=kind, most=PAGE, asker=asker, start=start, about=[room],
        )  # fmt: skip

    def knows(self, sid: str) -> Pending[int]:
        """Whether a session of this gateway is logged in."""
        return self.relay.call("HEXISTS", self.keys.sessions(self.gateway), sid)

    def whois(self, name: str, asker: str) -> Pending[Whois | None]:
        """One user as ``asker`` may see them, or None."""
        return self._ask("whois", self.keys.presence, _whois, name=name, asker=asker)

    def counts(self) -> Pending[Counts]:
        """How many users and rooms there are; who asks in one turn of the loop asks together."""
        one: Pending[Counts] = Pending()
        if self._counting is None:
            self._counting = [one]
            asyncio.get_running_loop().call_soon(self._count)
        else:
            self._counting.append(one)
        return one

    def _count(self) -> None:
        askers, self._counting = self._counting or [], None

        def answer(reply: Pending[Counts]) -> None:
            for one in askers:
                if reply.error is not None:
                    one.fail(reply.error)
                else:
                    one.resolve(reply.value)

        counts: Pending[Counts] = self._ask(
            "counts", self.keys.presence, lambda reply: Counts(*reply)
        )
        counts.then(answer)

    def is_half_copied(self) -> Pending[int]:
        """Whether ``chatd migrate`` has begun here and has not ended."""
        return self.relay.call("EXISTS", self.keys.of(Owner.SERVER, "moving"))

    def clock_s(self) -> Pending[int]:
        """Redis' clock, seconds since 1970."""
        return self.relay.call("TIME", convert=lambda reply: int(reply[0]))

    # -- gateways ----------------------------------------------------------------------------

    def lease(
        self,
        length_s: float,
        *,
        take: bool,
        epoch: str = "",
        always_on: bool = False,
        addresses: str = "",
        active: list[Any],
    ) -> Pending[list[str]]:
        """Take or renew the lease: the answer of ``lease.lua``.

        ``epoch``: what data are called that are new. ``always_on``: whether accounts that have not
        chosen stay when their last session ends. ``addresses``: where clients reach this gateway.
        """
        how = "take" if take else "renew"
        users = list(zip(active[::2], active[1::2], strict=True))
        return self._probe(
            "lease", self.keys.presence,
            length_ms=int(length_s * 1000), epoch=epoch, always=always_on, how=how,
            addresses=addresses, active=users,
        )  # fmt: skip

    def lease_end_ms(self) -> Pending[int]:
        """When this gateway's lease ends or ended, ms since 1970; 0 = it has none."""
        return self.relay.call(
            "ZSCORE", self.keys.leases, self.gateway, convert=lambda score: int(float(score or 0))
        )

    def connections(self) -> Pending[int]:
        """How many connections to Redis have this gateway's name."""
        name = f" name={self.relay.client_name} ".encode()
        return self.relay.call("CLIENT", "LIST", convert=lambda found: bytes(found).count(name))

    def output_limit(self) -> Pending[int]:
        """Bytes waiting for a gateway above which Redis closes its link, 0 = any number.

        StoreRejected where this user of Redis may not know.
        """
        return self.relay.call("CONFIG", "GET", "client-output-buffer-limit", convert=_pubsub_limit)

    def node_timeout_s(self) -> Pending[float]:
        """Seconds after which a Cluster replaces a silent master, 0 = this is no Cluster.

        StoreRejected where this user of Redis may not know.
        """
        return self.relay.call("CONFIG", "GET", "cluster-node-timeout", convert=_seconds)

    def reap(
        self, gateway: str, reason: str, *, lost: bool = True, grace_s: float = 0
    ) -> Pending[list[str]]:
        """Remove some sessions of a gateway. Then 'ok' and how many are left, -1 = it is gone.

        ``lost``: the users may come back, and what they held is kept. ``grace_s``: see `logout`.
        """
        return self._act(
            "reap", self.keys.presence,
            dead=gateway, most=REAP_CHUNK, reason=reason, lost=lost, grace_ms=int(grace_s * 1000),
        )  # fmt: skip

    # -- accounts ----------------------------------------------------------------------------

    def register(
        self,
        sid: str,
        name: str,
        shown: str,
        password: str,
        scram: str = "",
        admission: Admission = Admission(),  # noqa: B008 - it cannot change
    ) -> Pending[list[str]]:
        """Make an account; ``sid`` '' = before connecting.

        Refused: exists, confusable, offline, uninvited, wait (ms).
        """
        return self._act(
            "register", self.keys.account(name),
            sid=sid, name=name, shown=shown, password=password, scram=scram,
            looks=skeletons(shown), network=admission.network, most=admission.most,
            digest=admission.digest,
        )  # fmt: skip

    def change_password(
        self, name: str, account: str, password: str, scram: str
    ) -> Pending[list[str]]:
        """Replace the password of a user's account: argon2id, and a verifier for SCRAM of it.

        Refused: offline, noaccount.
        """
        return self._act(
            "password", self.keys.presence,
            name=name, akey=account, password=password, scram=scram,
        )  # fmt: skip

    def choose(self, name: str, account: str, field: str, value: str) -> Pending[list[str]]:
        """Keep what a user's account wants: see ``choose.lua``. Refused: offline, noaccount."""
        return self._act(
            "choose", self.keys.presence, name=name, akey=account, field=field, value=value
        )


def _people(reply: list[Any]) -> Rows[Person]:
    following, room, *words = [
        part.decode() if isinstance(part, bytes) else str(part) for part in reply
    ]
    people = [
        Person(
            name, nick, user, host, realname, account, away, int(since), modes, int(idle), prefix,
            room,
        )
        for name, nick, user, host, realname, account, away, since, modes, idle, prefix in (
            words[start : start + 11] for start in range(0, len(words), 11)
        )
    ]  # fmt: skip
    return Rows(following, people)


def _whois(reply: list[Any]) -> Whois | None:
    if not reply:
        return None
    words = [part.decode() if isinstance(part, bytes) else str(part) for part in reply]
    nick, user, host, realname, account, away, since, idle, modes, sessions, *rest = words
    hosts, [shown, *rest] = rest[: int(sessions)], rest[int(sessions) :]
    certificates, rooms = rest[: int(shown)], rest[int(shown) :]
    return Whois(
        nick, user, host, realname, account, away, int(since), int(idle), modes,
        [host[1:] for host in hosts], certificates, list(zip(rooms[::2], rooms[1::2], strict=True)),
    )  # fmt: skip


def _pubsub_limit(found: dict[bytes, bytes]) -> int:
    """The smaller of the hard and the soft limit: ``normal 0 0 0 slave ... pubsub 32 8 60``."""
    for setting in found.values():  # some services hide it
        _, _, ours = setting.partition(b"pubsub ")
        return min((limit for limit in map(int, ours.split()[:2]) if limit), default=0)
    return 0


def _seconds(found: dict[bytes, bytes]) -> float:
    return max((int(ms) / 1000 for ms in found.values()), default=0.0)
