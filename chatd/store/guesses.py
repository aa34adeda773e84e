"""What is counted by network, for all gateways: tries to log in, and connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending
from chatd.store.schema.keys import Owner

SHOWN = 100
"""Networks of guessers that are asked for."""


@dataclass(frozen=True, slots=True)
class Try:
    """A password may be tried. ``known``: the account's owner was in this network before.

    ``wrong`` passwords count for the account from there, ``wrong_there`` from the network in all.
    """

    known: bool
    wrong: int
    wrong_there: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """Wrong passwords since the owner was told last. ``more``: from more ``networks`` than that."""

    count: int
    networks: int
    more: bool


class GuessActs(Caller):
    """Accounts are folded names, there or not. ``network``: `chatd.wire.addresses.network_of`."""

    def try_password(self, network: str, account: str, *, trusted: bool) -> Pending[Try]:
        """Whether it may be tried now. Refused: wait, with the milliseconds."""
        return self._act(
            "try", self.keys.presence, _try, network=network, name=account, trusted=trusted
        )

    def tried(
        self, network: str, account: str, *, trusted: bool, right: bool
    ) -> Pending[list[str]]:
        """What became of it; 'ok', ms that the next one waits."""
        return self._act(
            "tried", self.keys.presence,
            network=network, name=account, trusted=trusted, right=right,
        )  # fmt: skip

    def told_wrong(self, account: str) -> Pending[Wrong]:
        """What its owner is told, once."""
        return self._act("told_wrong", self.keys.presence, _wrong, name=account)

    def note_connections(self, counts: list[tuple[str, int]]) -> Pending[list[int]]:
        """Note how many connections this gateway has from networks; those of all gateways."""
        return self._act("connections", self.keys.presence, _numbers, counts=counts)

    def guessers(self) -> Pending[list[tuple[str, int]]]:
        """Networks from which tries had to wait, the latest first, and when, ms."""
        key = self.keys.of(Owner.SERVER, "guessers")
        return self.relay.call("ZREVRANGE", key, 0, SHOWN - 1, "WITHSCORES", convert=_scored)


def _try(reply: list[Any]) -> Try:
    _, known, wrong, wrong_there = checked(reply)
    return Try(known == "1", int(wrong), int(wrong_there))


def _numbers(reply: list[Any]) -> list[int]:
    return [int(word) for word in checked(reply)[1:]]


def _wrong(reply: list[Any]) -> Wrong:
    _, count, networks, more = checked(reply)
    return Wrong(int(count), int(networks), more == "1")


def _scored(reply: list[Any]) -> list[tuple[str, int]]:
    """RESP3 has pairs, RESP2 does not."""
    flat = [word for pair in reply for word in (pair if isinstance(pair, list) else [pair])]
    rows = zip(flat[::2], flat[1::2], strict=True)
    return [(name.decode(), int(float(score))) for name, score in rows]
