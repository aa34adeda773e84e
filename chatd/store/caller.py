"""Calling the acts: what all typed methods go through."""

from __future__ import annotations

from typing import Any

from chatd.store.errors import Refused, Stale
from chatd.store.keys import Keys
from chatd.store.pending import Pending
from chatd.store.relay import Relay
from chatd.store.schema.keys import Owner

MOST_KEPT = 10**7
"""Entries, where no gateway has said how many."""


class Caller:
    """The acts of one gateway, called over its link.

    Their arguments are called by the names in the header of the act's file.
    """

    def __init__(
        self, relay: Relay, gateway: str, history_events: int, history_days: int = 0
    ) -> None:
        self.relay = relay
        self.keys: Keys = relay.keys
        self.gateway = gateway
        kept = f"{history_events}:{history_days}" if history_days else history_events
        self._head = (self.keys.prefix, gateway, kept)
        self._functions = relay.library.functions
        self._signatures = relay.library.signatures

    def _command(self, act: str, key: str) -> tuple[Any, ...]:
        """The guard is never there: so Redis refuses an act as a whole while its slot moves.

        ``key`` is named too where the act works on it; each key costs 0.2 us.
        """
        named = (self.keys.guard, key) if self._signatures[act].has_key else (self.keys.guard,)
        return ("FCALL", self._functions[act], len(named), *named, *self._head)

    def _act(self, act: str, at: str, convert: Any = None, /, **arguments: Any) -> Pending[Any]:
        """Call what writes. ``at``: a key of the slot where it belongs."""
        packed = self._signatures[act].pack(arguments)
        return self.relay.act(*self._command(act, at), *packed, convert=convert or checked)

    def _probe(self, act: str, at: str, /, **arguments: Any) -> Pending[Any]:
        """Call what writes, even while nothing can be acknowledged."""
        packed = self._signatures[act].pack(arguments)
        return self.relay.probe(*self._command(act, at), *packed, convert=checked)

    def _ask(self, act: str, at: str, convert: Any = None, /, **arguments: Any) -> Pending[Any]:
        """Call what reads."""
        packed = self._signatures[act].pack(arguments)
        return self.relay.call(*self._command(act, at), *packed, convert=convert or checked)


def kept_by_server(relay: Relay) -> Pending[tuple[int, int]]:
    """What the gateways keep: entries of a log, and days, 0 = without limit; see ``--history``."""
    return relay.call("GET", relay.keys.of(Owner.SERVER, "kept"), convert=_kept)


def _kept(reply: Any) -> tuple[int, int]:
    events, _, days = (reply or b"").decode().partition(":")
    return int(events or MOST_KEPT), int(days or 0)


def checked(reply: list[Any]) -> list[str]:
    """An act's answer as text; raises Refused or Stale when it is no."""
    words = [part.decode() if isinstance(part, bytes) else str(part) for part in reply]
    if words[0] == "ok":
        return words
    if words[0] == "stale":
        raise Stale("this gateway is coming back; try again")
    raise Refused(*words)
