"""The scenarios: what the load generator is asked to do, and which number counts."""

from __future__ import annotations

from dataclasses import dataclass

REAL = ("chatd", "chatd-split", "chatd-2", "chatd-4", "inspircd", "ngircd")
"""Servers by name that know more than to pass messages on; ``-split`` has Redis on the generator's
core, ``-2`` is two gateways."""

USUAL = (*REAL, "floor", "floor-redis")
"""``floor`` is sockets and nothing else, ``floor-redis`` sockets, XADD and PUBLISH too."""

ALL = (*USUAL, "chatd-replica", "chatd-sync")
"""``-replica`` has a Redis with a replica, ``-sync`` waits for it: only where they are named."""

SINGLE = ("chatd", "inspircd", "ngircd")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row block of the table."""

    name: str
    about: str
    arguments: tuple[str, ...]
    """For the generator: its scenario first, then options; see README.md."""
    metric: str = "deliveries_per_s"
    """The key of the result that is compared."""
    unit: str = "deliveries/s"
    lower_is_better: bool = False
    servers: tuple[str, ...] = ALL
    quick: tuple[str, ...] = ()
    """Options that make it short; they win over `arguments`."""
    pieces: str = "deliveries"
    """The key of the result by which CPU is divided."""


def _options(scenario: str, **options: float) -> tuple[str, ...]:
    pairs = (item for name, value in options.items() for item in (f"--{name}", f"{value:g}"))
    return (scenario, *pairs)


def _fanout(members: int) -> Scenario:
    return Scenario(
        f"fanout-{members}",
        f"a room of {members:,}, 4 senders, window 16",
        _options("fanout", members=members, senders=4, window=16, ack=50),
    )


def _direct(pairs: int, window: int) -> Scenario:
    return Scenario(
        f"direct-{pairs}-w{window}",
        f"{pairs} pairs, window {window}, one direction",
        _options("direct", groups=pairs, window=window),
        unit="messages/s",
    )


SCENARIOS = (
    _fanout(500),
    _fanout(1000),
    _fanout(2000),
    Scenario(
        "fanout-500-w1",
        "a room of 500, 1 sender, window 1 (the next when all have the last)",
        _options("fanout", members=500, senders=1, window=1),
    ),
    Scenario(
        "rooms",
        "100 rooms of 20, 200 senders, window 2",
        _options("rooms", groups=100, members=20, senders=2, window=2, ack=50),
    ),
    _direct(1, 1),
    _direct(50, 1),
    _direct(200, 1),
    _direct(50, 8),
    Scenario(
        "paced",
        "200 messages/s into a room of 500, 4 senders",
        _options("paced", members=500, senders=4, rate=200),
        metric="p99_ms",
        unit="ms p99",
        lower_is_better=True,
    ),
    Scenario(
        "slo",
        "highest rate into a room of 500 with p99 < 50 ms and no loss",
        _options("slo", members=500, senders=4, rate=500),
        quick=("--step", "1"),
    ),
    Scenario(
        "connect",
        "2,000 clients connect and register",
        _options("connect", members=2000, timeout=120),
        metric="registrations_per_s",
        unit="registrations/s",
        quick=("--members", "1000"),
        pieces="connections",
    ),
    Scenario(
        "idle",
        "10,000 registered connections: growth of resident memory",
        _options("idle", members=10000, timeout=180),
        metric="bytes_per_connection",
        unit="bytes/connection",
        lower_is_better=True,
        servers=SINGLE,
        quick=("--members", "2000"),
        pieces="connections",
    ),
    Scenario(
        "joinstorm",
        "1,000 clients join one room at once: until everybody knows everybody",
        _options("joinstorm", members=1000),
        metric="complete_ms",
        unit="ms",
        lower_is_better=True,
        servers=REAL,
        pieces="connections",
    ),
    Scenario(
        "reconnect",
        "2,000 clients of a killed gateway come to the other one: until all are in the room",
        _options("reconnect", members=2020, senders=20, rate=50, seconds=8),
        metric="complete_ms",
        unit="ms",
        lower_is_better=True,
        pieces="connections",
        servers=("chatd-2",),
        quick=("--members", "520"),
    ),
)
