"""What is acknowledged only when replicas have it: ``--sync-replicas``.

A turn of the loop that changes something, or wants a fence, ends with SET and WAIT on the link
itself: "when the command returns, ... all the previous write commands sent in the context of the
current connection are acknowledged by the number of replicas returned". SET comes first, because
WAIT waits for the connection's own writes only, and because all that others have written stands
before it. What comes from Redis meanwhile is held, in its order: an echo is an acknowledgement too.
https://redis.io/docs/latest/commands/wait/
"""

from __future__ import annotations

from typing import Any, Final

import hiredis

from chatd.store.dialect import ALONE, Dialect
from chatd.store.errors import StoreRefusing, StoreUnavailable
from chatd.store.owed import Confirmations, fail_all
from chatd.store.pending import Pending
from chatd.store.pipeline import Pipeline, PipelineOwner, packed
from chatd.store.refusing import REFUSALS

WAIT_MS: Final = 1000
"""How long replicas have for what is written. Where they are alive it takes them a millisecond."""

TOO_FEW: Final = "TOOFEW"


class Synced(Pipeline):
    """A pipeline whose acts are answered when ``replicas`` have what they wrote; 0: at once."""

    def __init__(
        self,
        owner: PipelineOwner,
        guard: str,
        dialect: Dialect = ALONE,
        replicas: int = 0,
        written: str = "",
    ) -> None:
        """``written``: the key that is set."""
        super().__init__(owner, guard, dialect)
        self.replicas = replicas
        self.strict = replicas > 0
        self._ask_replicas = packed("SET", written, "") + packed("WAIT", replicas, WAIT_MS)
        self._held: list[Any] = []
        self._arrived = 0
        """Replies that have come."""
        self._waits_for = 0
        """How many will have come with the reply of the WAIT under way; 0 = there is none."""
        self._due: list[Pending[Any]] = []
        """What the next WAIT is for."""
        self._due_load = 0

    def end_turn(self, done: Pending[Any], load: int) -> None:
        """Ask how many replicas have all that was written, in the place of a round trip."""
        if not self.replicas:
            super().end_turn(done, load)
            return
        self._due.append(done)
        self._due_load += load

    def ask_what_is_due(self) -> None:
        """One WAIT at a time: while it lasts Redis does nothing else for this link.

        Where replicas do not answer, many in a row would be many times `WAIT_MS`.
        """
        if not self._due or self._waits_for:
            return
        due, self._due = self._due, []
        whole: Pending[Any] = Pending(self._counted)
        whole.callback = lambda reply: _hand_out(reply, due)
        self._out.append(self._ask_replicas)
        self.owe(Pending(), 0)
        self.owe(whole, self._due_load)
        self._due_load = 0
        self._waits_for = self.owed

    def _counted(self, count: Any) -> None:
        if count < self.replicas:
            raise _too_few()

    def take_in(self, item: Any) -> None:
        """Hold what comes from Redis until it is known how many replicas have what was written."""
        self._held.append(item)
        if type(item) is not hiredis.PushNotification:
            self._arrived += 1
            if self._arrived == self._waits_for:
                self._waits_for = 0
                self._release(type(item) is int and item >= self.replicas)
        if not self._waits_for and not self._due:
            self._hand_on()

    def _release(self, enough: bool) -> None:
        """Acts that replicas do not have fail before their events are handed on: no echo is one."""
        self.short = None if enough else _too_few()
        if self.short is not None:
            fail_all(self._withdrawn(), self.short)
            self._told.on_refusal(TOO_FEW)
        self._hand_on()
        if self._due:
            self._schedule()

    def _hand_on(self) -> None:
        held, self._held = self._held, []
        for item in held:
            if self.closed:
                break
            self.hear(item)

    def end(self, error: StoreUnavailable) -> None:
        """Fail all that has not been answered."""
        due, self._due = self._due, []
        super().end(error)
        fail_all(due, error)

    def _withdrawn(self) -> list[Pending[Any]]:
        """The acts whose replies are held; from now on nobody is owed those."""
        replies = sum(type(item) is not hiredis.PushNotification for item in self._held)
        acts: list[Pending[Any]] = []
        for at, (pending, publishes, load) in enumerate(self._expected):
            if isinstance(pending, Confirmations):
                continue
            if not replies:
                break
            replies -= 1
            if publishes:
                acts.append(pending)
                self._expected[at] = (Pending(), publishes, load)
        return acts


def _hand_out(reply: Pending[Any], due: list[Pending[Any]]) -> None:
    """One WAIT ends several turns."""
    for done in due:
        if reply.error is not None:
            done.fail(reply.error)
        else:
            done.resolve(None)


def _too_few() -> StoreRefusing:
    """Why nothing is acknowledged."""
    return StoreRefusing(TOO_FEW, REFUSALS[TOO_FEW].sentence)
