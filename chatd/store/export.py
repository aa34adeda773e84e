"""What an operator takes out: all messages of a log, in pages."""

from __future__ import annotations

from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending

EXPORTED = 300
"""Entries of a log that one page looks at: about 1 ms."""


class ExportActs(Caller):
    """Questions that no client may ask."""

    def logs(self, cursor: str) -> Pending[tuple[str, list[str]]]:
        """Some keys of logs, and the cursor of the next ones; "0" begins and ends."""
        return self.relay.call(
            "SCAN", cursor, "MATCH", f"{self.keys.prefix}:*", "COUNT", 1000, "TYPE", "stream",
            convert=_logs,
        )  # fmt: skip

    def exported(
        self, log: str, after: str, since_ms: int, account: str
    ) -> Pending[tuple[str, list[bytes]]]:
        """Messages of a log as payloads of events, and where to go on, '' = that was all.

        ``after``: '-' = from the start; ``account``: folded, only what it said, '' = all.
        """
        return self._ask(
            "export", log, _payloads, after=after, since=since_ms, most=EXPORTED, akey=account
        )


def _logs(reply: list[Any]) -> tuple[str, list[str]]:
    return reply[0].decode(), [key.decode() for key in reply[1]]


def _payloads(reply: list[Any]) -> tuple[str, list[bytes]]:
    if reply[0] != b"ok":
        checked(reply)
    _, following, *found = reply
    pairs = zip(found[::2], found[1::2], strict=True)
    return following.decode(), [entry + b"\0" + record for entry, record in pairs]
