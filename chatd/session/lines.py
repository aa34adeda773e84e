"""A client's lines on their way in: cut, limited, and carried out one after the other.

Why the next line is not carried out is one state, and each state has one thing that ends it:

| state | why | what lets it go on |
|---|---|---|
| IDLE | nothing waits | bytes from the client |
| BUSY | a line is being carried out in this very call | its return |
| ANSWER | a command that is not pipelined waits for the store | its answer |
| IN_FLIGHT | the next is not pipelined, and earlier ones are not answered | the last answer |
| FULL | as many are in flight as may be, of this client or of all | half of them are answered |
| FLOOD | the client is faster than it may be | a timer |
| CATCH_UP | the gateway, or this user, is not back yet | it is |
| OVER | the session has ended | nothing |

While lines wait, no more are read from the socket.
"""

from __future__ import annotations

from typing import Final

from chatd.session.flood import Bucket
from chatd.session.pipe import Pipe
from chatd.store.intake import EACH, Intake
from chatd.wire.framing import LineBuffer, TooLong

IDLE: Final = 0
BUSY: Final = 1
ANSWER: Final = 2
IN_FLIGHT: Final = 3
FULL: Final = 4
FLOOD: Final = 5
CATCH_UP: Final = 6
OVER: Final = 7

_NO_LINES: list[bytes | TooLong] = []
"""The empty list that sessions share while no line waits. Nothing is added to it."""

END: Final = b"QUIT :Connection closed"
"""The last line of a client that closes its side of the socket, as if it had sent it."""

_SLICE = 8192
"""Bytes from which lines are cut at a time."""


class Worker:
    """Carries the lines out. It is a class, since compiled code calls a protocol more slowly."""

    __slots__ = ()

    def carry_out(self, line: bytes | TooLong) -> int:
        """Carry out a line: 0, or the state in which it waits. Then it is carried out once more."""
        raise NotImplementedError


class Lines:
    """What a client has sent and what has not been carried out."""

    __slots__ = (
        "_buffer", "_finishing", "_intake", "_lines", "_pipe", "_unread", "_worker",
        "bucket", "in_flight", "now", "paused", "state",
    )  # fmt: skip

    def __init__(
        self, worker: Worker, intake: Intake, pipe: Pipe, bucket: Bucket, now: float
    ) -> None:
        self._worker = worker
        self._intake = intake
        self._pipe = pipe
        self.bucket = bucket
        self._buffer = LineBuffer()
        self._lines = _NO_LINES
        """Lines to be carried out; the last of the list is the next."""
        self._unread = b""
        self._finishing = False
        self.now = now
        self.state = IDLE
        self.in_flight = 0
        """Pipelined commands that are not answered."""
        self.paused = False
        """Whether the socket is not read, because lines wait."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes from which no lines have been cut."""
        return len(self._unread)

    def receive(self, data: bytes, now: float) -> None:
        """Take what the client sent. ``now``: seconds, as flood limits count."""
        self.now = now
        if self._unread:
            data = self._unread + data
        self._unread = data
        self._carry_on()

    def finish(self) -> None:
        """The client will send no more: `END` is its last line."""
        self._finishing = True
        self._carry_on()

    def stop(self) -> None:
        """The session has ended: nothing is carried out any more."""
        self.state = OVER
        self._intake.forget(self)
        self._lines, self._unread = _NO_LINES, b""

    # -- what lets lines go on ---------------------------------------------------------------

    def pump(self, now: float) -> None:
        """Go on after FLOOD."""
        self.now = now
        self.resume(FLOOD)

    def go_on(self) -> None:
        """Go on after FULL: Redis has answered much of what the gateway waited for."""
        self.resume(FULL)

    def answered(self) -> None:
        """A pipelined command has been answered."""
        left = self.in_flight = self.in_flight - 1
        if not left:
            if self.state == IN_FLIGHT or self.state == FULL:
                self.resume(self.state)
        elif left == EACH // 2:
            self.resume(FULL)

    def resume(self, state: int) -> None:
        """Go on: what was waited for in this state has happened."""
        if self.state == state:
            self.state = IDLE
            self._carry_on()

    # -- carrying out ------------------------------------------------------------------------

    def _carry_on(self) -> None:
        """Carry out the lines that may be carried out now; stop reading while some have to wait."""
        if self.state != IDLE:
            return
        self.state = BUSY
        while self.state == BUSY and (self._lines or self._next_lines()):
            if self.in_flight >= self._intake.each:
                self.state = FULL
                self._intake.wait(self)
                break
            if not self.bucket.take(self.now):
                self.state = FLOOD
                self._pipe.later(self.bucket.wait_s(), self)
                break
            lines = self._lines
            line = lines.pop()
            wait = self._worker.carry_out(line)
            if wait:
                lines.append(line)
                self.bucket.give_back()
                self.state = wait
        if self.state == BUSY:
            self.state = IDLE
        if not self._lines:
            self._lines = _NO_LINES
        waiting = bool(self._lines or self._unread)
        if waiting != self.paused and self.state != OVER:
            self.paused = waiting
            if waiting:
                self._pipe.pause()
            else:
                self._pipe.resume()

    def _next_lines(self) -> bool:
        """Cut some more lines. All at once would take 20 times the bytes, as objects."""
        while self._unread:
            data, self._unread = self._unread, b""
            if len(data) > _SLICE:
                data, self._unread = data[:_SLICE], data[_SLICE:]
            lines = self._buffer.receive(data)
            if lines:
                lines.reverse()
                self._lines = lines
                return True
        if self._finishing:
            self._finishing = False
            self._lines = [END]
            return True
        return False
