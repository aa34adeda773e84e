"""A very large chat in seconds, made by the acts themselves, so it is what they would make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from chatd.state.passwords import kept_forms
from chatd.store.pending import Pending, settled
from chatd.store.relay import Relay
from chatd.store.rooms import Change, Entrant
from chatd.store.store import Store

BIG = "#big"
USERS = 20_000
ROOMS = 20_000
PASSWORD = "sesame"
MASKS = 90
"""Of 100: some lines add one."""
ACCESS = 190
"""Accounts in the access list, of 200."""
VOICED = 1_000
WITH_VALUES = 1_000
"""Members with METADATA."""
HISTORY = 20_000
"""Entries that streams keep."""
_AT_ONCE = 500
_LEASE_S = 3600.0


class Crowd:
    """Users u0, u1, ... of a gateway that has no process: in #big, each in a room of their own too.

    #big belongs to the account boss, that of u0, and has `VOICED` with voice, `MASKS` bans,
    `ACCESS` accounts in its access list, a topic, and METADATA of some. There is an account heir.
    """

    def __init__(self, url: str) -> None:
        self._relay = Relay(url, "chatd-crowd")
        self._store = Store(self._relay, "crowd", HISTORY)

    async def make(self) -> None:
        """All of it."""
        await self._relay.start()
        store = self._store
        await settled(store.lease(_LEASE_S, take=True, active=[]))
        await _all(_user(store, number) for number in range(USERS))
        await _all(_enter(store, BIG, *range(start, start + 100)) for start in range(0, USERS, 100))
        await _all(_enter(store, f"#r{number}", number) for number in range(ROOMS))
        await _all(_modes(store))
        await settled(store.topic("s0", "u0", BIG, "topic " * 50))
        kept = kept_forms(PASSWORD)
        for account in ("boss", "heir"):
            await settled(store.register("", account, account, *kept))
        await settled(store.set_account("s0", "u0", ("boss", "boss")))
        await settled(store.register_room("u0", BIG, 20, "chat.internal"))
        await _all(_account(store, f"access{number}", *kept) for number in range(ACCESS))
        await _all(_listed(store, f"access{number}") for number in range(ACCESS))
        await _all(_values(store, number) for number in range(WITH_VALUES))

    async def close(self) -> None:
        """End the connection to Redis; the crowd stays."""
        await self._relay.close()


async def _all(calls: Iterable[Callable[[], Pending[Any]]]) -> None:
    waiting: list[Pending[Any]] = []
    for call in calls:
        waiting.append(call())
        if len(waiting) == _AT_ONCE:
            await settled(waiting[-1])
            waiting = [pending for pending in waiting if not _ended(pending)]
    for pending in waiting:
        await settled(pending)


def _ended(pending: Pending[Any]) -> bool:
    if pending.done:
        pending.result()  # raises what went wrong
    return pending.done


def _user(store: Store, number: int) -> Callable[[], Pending[Any]]:
    nick = f"u{number}"
    host = f"host-{number % 5000}.example.org"
    return lambda: store.login(f"s{number}", nick, nick, f"~{nick}", host, f"User {number}")


def _enter(store: Store, room: str, *numbers: int) -> Callable[[], Pending[Any]]:
    entrants = [Entrant(f"s{number}", f"u{number}", room, "") for number in numbers]
    return lambda: store.join(room, entrants, most=100, new=("nt", "o"), server="chat.internal")


def _account(store: Store, name: str, password: str, scram: str = "") -> Callable[[], Pending[Any]]:
    return lambda: store.register("", name, name, password, scram)


def _listed(store: Store, account: str) -> Callable[[], Pending[Any]]:
    return lambda: store.set_access("u0", BIG, account, "voice", 200)


def _modes(store: Store) -> Iterable[Callable[[], Pending[Any]]]:
    def change(*changes: Change) -> Callable[[], Pending[Any]]:
        return lambda: store.mode(
            "s0", "u0", BIG, list(changes), line_bytes=300, line_params=12, masks=100
        )

    for number in range(0, VOICED, 10):
        nicks = [f"u{10_000 + number + i}" for i in range(10)]
        yield change(*(Change("+", "v", nick, nick) for nick in nicks))
    for number in range(MASKS):
        mask = f"*spam{number}*!*@*.spam-{number}.example.com"
        yield change(Change("+", "b", mask, mask))


def _values(store: Store, number: int) -> Callable[[], Pending[Any]]:
    nick, change = f"u{number}", ("set", "url", f"https://example.org/{number}")
    return lambda: store.set_metadata(f"s{number}", nick, "u", nick, change, 30)
