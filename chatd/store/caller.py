"""Calling the acts: what all typed methods go through."""

from __future__ import annotations

from typing import Any

from chatd.store.errors import Refused, Stale
from chatd.store.keys import Keys
from chatd.store.pending import Pending
from chatd.store.relay import Relay
from chatd.store.scripts import load


class Caller:
    """The scripts of one gateway, called over its link."""

    def __init__(self, relay: Relay, keys: Keys, gateway: str, history_events: int) -> None:
        self.relay = relay
        self.keys = keys
        self.gateway = gateway
        self._head = (keys.prefix, gateway, history_events)
        self._functions = load().functions

    def _command(self, name: str, key: str) -> tuple[Any, ...]:
        return ("FCALL", self._functions[name], 1, key, *self._head)

    def _act(self, name: str, key: str, *args: Any, convert: Any = None) -> Pending[Any]:
        return self.relay.act(*self._command(name, key), *args, convert=convert or checked)

    def _ask(self, name: str, key: str, *args: Any, convert: Any = None) -> Pending[Any]:
        return self.relay.call(*self._command(name, key), *args, convert=convert or checked)


def checked(reply: list[Any]) -> list[str]:
    """An act's answer as text; raises Refused or Stale when it is no."""
    words = [part.decode() if isinstance(part, bytes) else str(part) for part in reply]
    if words[0] == "ok":
        return words
    if words[0] == "stale":
        raise Stale("this gateway is coming back; try again")
    raise Refused(*words)
