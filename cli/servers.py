"""Which addresses are one server: what chat remembers of the servers that it has logged in to.

    servers/<key>  JSON: id, as the server says it; given, addresses that the user has named, at
                   login, for this server; told, those that it has told then; used, when

``<key>`` is the address by which the user named the server first, and where another server was
there already, that address and the id. What is kept for a server is kept under this key.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any, Final

from chatd.wire.addresses import MAX_ADDRESSES
from cli.client.connection import Server
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError
from cli.client.gateways import ID_BYTES, Gateways, addresses_in
from cli.client.trust import Trust
from cli.files import Files, file_name

MOST: Final = 1000
"""Servers that are looked at, those used last; nobody has more."""


@dataclass(slots=True)
class Known:
    """One server. ``data``: its id, '' when it has said none; ``used``: s since 1970."""

    key: str
    data: str = ""
    given: list[Server] = field(default_factory=list)
    told: list[Server] = field(default_factory=list)
    used: float = 0.0

    @property
    def text(self) -> str:
        """What its file holds."""
        given, told = [*map(str, self.given)], [*map(str, self.told)]
        facts = {"key": self.key, "id": self.data, "given": given, "told": told, "used": self.used}
        return json.dumps(facts)


class Servers:
    """The server that is meant by some addresses; there may be several records of it."""

    def __init__(self, files: Files, given: Sequence[Server], trust: Trust | None = None) -> None:
        self._files = files
        self._trust = trust
        self.given = list(given)
        self._every = _records(files)
        found = [one for at in given for one in self._every if at in one.given]
        found += [one for at in given for one in self._every if at in one.told]
        self._choose(found or [Known(str(given[0]))], self.given)

    def _choose(self, found: list[Known], addresses: Sequence[Server] = ()) -> None:
        """Take the first; and of the others those that may be the same server."""
        data = next((one.data for one in found if one.data), "")
        self._mine = [one for one in found if one.data in ("", data)]
        taken = {file_name(one.key) for one in self._every}
        keys = [one.key for one in self._mine]
        # a directory by an address alone is of a time when there were no records
        keys += [key for key in map(str, addresses) if file_name(key) not in taken]
        self.keys = list(dict.fromkeys(keys))
        """Under which something may be kept for the server; the first is where it is put."""

    def turn_to(self, announced: str) -> None:
        """Mean the server with another id at the same address."""
        data = announced[:ID_BYTES]
        for one in self._every:
            if one.data == data and not set(self.given).isdisjoint((*one.given, *one.told)):
                self._choose([one])
                return
        self._choose([Known(f"{self.given[0]} {data}", data)])

    def gateways(self) -> Gateways:
        """Return where it is reached; what it tells is remembered."""
        told = [server for one in self._mine for server in one.told]
        sure = {server for one in self._mine for server in one.given}
        sure.update(server for server in self.given if server not in told)
        data = next((one.data for one in self._mine if one.data), "")
        return Gateways(
            self.given, sure=sure, told=told, data=data, remember=self._remember, trust=self._trust
        )

    def logged_in(self) -> None:
        """Take note that the given addresses are this server's. Raises ChatError."""
        mine = self._mine[0]
        mine.given = list(dict.fromkeys([*self.given, *mine.given]))[:MAX_ADDRESSES]
        mine.used = time.time()
        self._files.write(mine.text, "servers", mine.key)

    def _remember(self, told: list[Server], data: str) -> None:
        mine = self._mine[0]
        mine.told, mine.data = told, data
        with suppress(ChatError):  # it is told again at the next login
            self.logged_in()

    def names(self, directory: str) -> str:
        """Return the address that a directory of something kept is for."""
        for one in self._every:
            if file_name(one.key) == directory and one.given:
                return str(one.given[0])
        return directory


def _records(files: Files) -> list[Known]:
    """All records that can be read, the one used last first."""
    found = []
    for path in files.inside("servers"):
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError, ChatError):
            found.append(_record(json.loads(path.read_text(encoding="utf-8"))))
    return sorted(found, key=lambda one: -one.used)[:MOST]


def _record(facts: Any) -> Known:
    given = [Server.parse(text) for text in facts["given"]][:MAX_ADDRESSES]
    told = addresses_in(" ".join(facts["told"]))[:MAX_ADDRESSES]
    return Known(str(facts["key"]), str(facts["id"]), given, told, float(facts["used"]))
