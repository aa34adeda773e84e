"""Who may not be here: the bans of the server as this gateway knows them.

Redis keeps them; every gateway hears of each change in Redis' order, so a login is checked by the
list as it is at that point of the order.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from chatd.state.local import LocalUser, Receiver
from chatd.store.staff import Ban
from chatd.wire.glob import matcher
from chatd.wire.masks import fold

MASK, ADDRESS, ACCOUNT = "K", "D", "A"
"""Kinds of bans."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is looked for. ``hosts``: the real one and the one that is shown.

    ``account``: folded, '' = none.
    """

    nick: str
    user: str
    hosts: tuple[str, str]
    account: str


class BanList:
    """The bans that hold. ``clock``: seconds that only grow; Redis' clock says when a ban ends."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._bans: dict[tuple[str, str], tuple[Ban, float, Callable[[Subject], bool]]] = {}

    def __bool__(self) -> bool:
        """Whether there are any; some of them may be over."""
        return bool(self._bans)

    def replace(self, bans: list[Ban], now_ms: int) -> None:
        """Forget what was known; these hold at ``now_ms`` of Redis' clock."""
        self._bans.clear()
        for ban in bans:
            self.add(ban, now_ms)

    def add(self, ban: Ban, now_ms: int) -> None:
        """One more ban, or new words for one."""
        left_s = (ban.ends_ms - now_ms) / 1000 if ban.ends_ms else float("inf")
        self._bans[ban.kind, ban.mask] = (ban, self._clock() + left_s, _test(ban))

    def remove(self, kind: str, mask: str) -> None:
        """A ban was lifted."""
        self._bans.pop((kind, mask), None)

    def holding(self) -> list[tuple[Ban, float]]:
        """The bans that hold, each with the seconds that are left (inf: until it is lifted)."""
        now = self._clock()
        return [(ban, end - now) for ban, end, _ in self._bans.values() if end > now]

    def on(self, subject: Subject) -> Ban | None:
        """The ban that keeps somebody out."""
        now = self._clock()
        for key, (ban, end, test) in list(self._bans.items()):
            if now >= end:
                del self._bans[key]
            elif test(subject):
                return ban
        return None


def keeps_out(ban: Ban) -> Callable[[Subject], bool]:
    """Whether one ban keeps somebody out."""
    return _test(ban)


def subject_of(user: LocalUser, session: Receiver) -> Subject:
    """A session as bans see it: a user's sessions may come from several hosts."""
    return Subject(user.nick, user.user, (session.host, user.host), user.account_key)


def _test(ban: Ban) -> Callable[[Subject], bool]:
    if ban.kind == ACCOUNT:
        return lambda who: who.account == ban.mask
    if ban.kind == ADDRESS:
        network = _network(ban.mask)
        return lambda who: network is not None and _inside(who.hosts[0], network)
    return _mask_test(ban.mask)


def _mask_test(mask: str) -> Callable[[Subject], bool]:
    people, _, where = fold(mask).rpartition("@")
    is_called, is_from = matcher(people), matcher(where)
    network = _network(where)

    def test(who: Subject) -> bool:
        # "~" says that nobody but the client vouches for the name: it need not be in the mask
        names = {f"{who.nick}!{user}" for user in (who.user, who.user.removeprefix("~"))}
        return any(is_called(fold(name)) for name in names) and any(
            is_from(host) or (network is not None and _inside(host, network)) for host in who.hosts
        )

    return test


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network, or the one address, that stands for a host in a mask, if it is one."""
    address, slash, bits = text.partition("/")
    if slash and not bits.isdecimal():
        return None
    try:
        start = ipaddress.ip_address(address)
        most = start.max_prefixlen
        length = int(bits) if slash else most
        mapped = getattr(start, "ipv4_mapped", None)
        if mapped is not None and most >= length >= 96:
            return ipaddress.ip_network(f"{mapped}/{length - 96}", strict=False)
        return ipaddress.ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        return None


def _inside(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address) in network
