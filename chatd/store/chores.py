"""What one gateway does at a time for all: erasing, and the sweep over what is over age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending

SWEEP: int = 3600
"""Seconds from one sweep to the next."""
KEYS = 200
"""Keys looked at in one act."""
ENTRIES = 200
"""Entries of a log looked at, or copied, in one act: about 1 ms."""
CUT = 4000
"""Entries cut in one act."""
SLACK_MS = 86_400_000
"""What is over age may be in Redis for so much longer, or a tenth of the age where that is more.

Streams are cut by nodes of up to 100 entries; the rest of a node is written anew.
"""


@dataclass(frozen=True, slots=True)
class Chore:
    """``id``: of a job of erasing, ``sweep``, or '' = nothing. ``log``: the only one, '' = all.

    ``cursor``: of the page of all logs that has been begun; ``process``: whose it is.
    """

    id: str
    log: str
    cursor: str
    process: str


@dataclass(frozen=True, slots=True)
class Erasing:
    """A job. ``id`` '' = there is none; ``looked``, ``changed``: entries so far."""

    id: str
    goes_on: bool
    looked: int
    changed: int


class ChoreActs(Caller):
    """``me``: whoever does it. Refused: held, when somebody else does it now."""

    def erase(self, name: str, account: str, how: str, room: str, since_ms: int) -> Pending[str]:
        """Erase what an account, folded, has said: see ``erase.lua``; the id of the job.

        Refused: offline, noaccount, noroom, notfounder, toomany.
        """
        return self._act(
            "erase", self.keys.presence, lambda reply: checked(reply)[1],
            name=name, akey=account, how=how, room=room, since=since_ms,
        )  # fmt: skip

    def erasing(self, job: str, account: str) -> Pending[Erasing]:
        """How far a job is, '' = the latest of an account."""
        return self._ask("erasing", self.keys.presence, _erasing, id=job, akey=account)

    def chore(self, me: str, *, sweeps: bool = True) -> Pending[Chore]:
        """What has to be done; ``sweeps``: whether the sweep is, too."""
        return self._act(
            "chore", self.keys.presence, lambda reply: Chore(*checked(reply)[1:]),
            me=me, sweep_ms=SWEEP * 1000 if sweeps else 0,
        )  # fmt: skip

    def chore_logs(
        self, me: str, job: str, cursor: str, process: str
    ) -> Pending[tuple[str, list[str]]]:
        """A page of all logs, and the cursor of the next, 0 = that was all."""
        return self._act(
            "chore_logs", self.keys.presence, lambda reply: _head(checked(reply)),
            me=me, id=job, cursor=cursor, process=process, count=KEYS,
        )  # fmt: skip

    def chore_page(self, me: str, job: str, log: str, first: str = "-") -> Pending[bool]:
        """A page of a log; whether that was all. ``first``: before it nothing is kept."""
        return self._act(
            "chore_page", log, lambda reply: checked(reply)[1] == "1",
            me=me, id=job, most=ENTRIES, first=first,
        )  # fmt: skip

    def chore_trim(self, me: str, logs: list[str]) -> Pending[tuple[int, list[tuple[int, str]]]]:
        """Cut logs: how many were done, and which have to be written anew, from which entry on."""
        return self._act(
            "chore_trim", self.keys.presence, _trimmed,
            me=me, most=CUT, slack=SLACK_MS, logs=logs,
        )  # fmt: skip

    def chore_end(self, me: str, job: str, start: int) -> Pending[tuple[str, list[str]]]:
        """End a job: -1 = it has ended, else what to go on with, and logs to look at before."""
        return self._act(
            "chore_end", self.keys.presence, lambda reply: _head(checked(reply)),
            me=me, id=job, start=start, most=KEYS,
        )  # fmt: skip

    def process(self) -> Pending[str]:
        """What the process of Redis is called: a cursor of SCAN counts in it only."""
        return self.relay.call("INFO", "server", convert=_run_id)


def _head(words: list[str]) -> tuple[str, list[str]]:
    return words[1], words[2:]


def _erasing(reply: list[Any]) -> Erasing:
    _, job, goes_on, looked, changed = checked(reply)
    return Erasing(job, goes_on == "1", int(looked), int(changed))


def _trimmed(reply: list[Any]) -> tuple[int, list[tuple[int, str]]]:
    _, done, *words = checked(reply)
    return int(done), [(int(at) - 1, first) for at, first in zip(*[iter(words)] * 2, strict=True)]


def _run_id(info: Any) -> str:
    text = info.decode() if isinstance(info, bytes) else str(info)
    for line in text.splitlines():
        if line.startswith("run_id:"):
            return line.removeprefix("run_id:")
    return ""
