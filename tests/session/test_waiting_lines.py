"""Why lines wait, and what lets them go on: the table of `chatd.session.lines`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatd.session.flood import Bucket
from chatd.session.lines import (
    ANSWER,
    BUSY,
    CATCH_UP,
    FLOOD,
    FULL,
    IDLE,
    IN_FLIGHT,
    OVER,
    Lines,
    Worker,
)
from chatd.store.intake import EACH, Intake
from chatd.wire.framing import TooLong
from tests.support.memory import MemoryPipe


class Recorder(Worker):
    """Carries lines out, or makes one wait."""

    def __init__(self) -> None:
        self.done: list[bytes | TooLong] = []
        self.wait = 0
        self.then: Callable[[], None] = lambda: None

    def carry_out(self, line: bytes | TooLong) -> int:
        wait, self.wait = self.wait, 0
        if not wait:
            self.done.append(line)
            self.then()
        return wait


class Bench:
    """Lines with all that they need."""

    def __init__(self, rate: float = 0, burst: int = 0) -> None:
        self.worker, self.intake, self.pipe = Recorder(), Intake(), MemoryPipe()
        self.lines = Lines(self.worker, self.intake, self.pipe, Bucket(rate, burst, 0.0), 0.0)

    def send(self, *lines: bytes) -> None:
        self.lines.receive(b"".join(line + b"\r\n" for line in lines), 0.0)


@pytest.mark.parametrize("state", [IN_FLIGHT, CATCH_UP])
def test_a_line_that_has_to_wait_comes_again(state: int) -> None:
    bench = Bench()
    bench.worker.wait = state
    bench.lines.in_flight = 1
    bench.send(b"one", b"two")
    assert (bench.lines.state, bench.worker.done, bench.pipe.paused) == (state, [], True)
    bench.send(b"three")
    assert bench.worker.done == [], "more bytes change nothing"
    if state == IN_FLIGHT:
        bench.lines.answered()
    else:
        bench.lines.resume(CATCH_UP)
    assert (bench.lines.state, bench.pipe.paused) == (IDLE, False)
    assert bench.worker.done == [b"one", b"two", b"three"]


def test_nothing_overtakes_a_command_that_is_not_pipelined() -> None:
    bench = Bench()

    def wait() -> None:
        bench.lines.state = ANSWER
        bench.worker.then = lambda: None

    bench.worker.then = wait
    bench.send(b"one", b"two")
    for other in (FLOOD, FULL, CATCH_UP, IN_FLIGHT, IDLE, BUSY):
        bench.lines.resume(other)
    assert bench.worker.done == [b"one"]
    bench.lines.resume(ANSWER)
    assert bench.worker.done == [b"one", b"two"]


def test_full_ends_with_half_of_the_own_commands() -> None:
    bench = Bench()
    bench.lines.in_flight = EACH
    bench.send(b"one")
    for _ in range(EACH // 2 - 1):
        bench.lines.answered()
    assert (bench.lines.state, bench.worker.done) == (FULL, [])
    bench.lines.answered()
    assert (bench.lines.state, bench.worker.done) == (IDLE, [b"one"])


async def test_full_ends_with_half_of_all_that_waits_for_redis() -> None:
    bench = Bench()
    bench.intake.close()
    bench.send(b"one")
    assert bench.lines.state == FULL
    bench.intake.each = EACH
    bench.lines.go_on()
    assert bench.worker.done == [b"one"]


def test_a_flood_ends_with_time() -> None:
    bench = Bench(rate=1, burst=1)
    bench.send(b"one", b"two")
    assert (bench.lines.state, bench.worker.done) == (FLOOD, [b"one"])
    bench.lines.answered()
    assert bench.lines.state == FLOOD
    ((seconds, delayed),) = bench.pipe.delayed
    delayed.pump(seconds)
    assert bench.worker.done == [b"one", b"two"]


def test_the_last_line_is_quit() -> None:
    bench = Bench()
    bench.send(b"one")
    bench.lines.finish()
    assert bench.worker.done == [b"one", b"QUIT :Connection closed"]


def test_when_it_is_over_nothing_goes_on() -> None:
    bench = Bench()
    bench.worker.then = bench.lines.stop
    bench.send(b"one", b"two")
    for state in (ANSWER, FLOOD, FULL, CATCH_UP, IN_FLIGHT, IDLE, BUSY):
        bench.lines.resume(state)
    bench.send(b"three")
    assert (bench.lines.state, bench.worker.done) == (OVER, [b"one"])
