"""Settings: how much a client may send, hold and wait for."""

from dataclasses import dataclass
from typing import Annotated

from chatd.settings import Setting, number, read_switch

_SIZES, _TIMES = "Limits for one client", "Times, in seconds"


@dataclass(frozen=True)
class Limits:
    """Counts, and sizes in bytes."""

    max_clients: Annotated[
        int,
        Setting(
            "max-clients",
            "N",
            _SIZES,
            "Connections to this gateway; one more gets ERROR.",
            number(int, 1, 10**6),
        ),
    ] = 20_000
    """About what one core serves with a message now and then from each."""

    max_per_address: Annotated[
        int,
        Setting(
            "max-per-address",
            "N",
            _SIZES,
            "Connections from one address, of IPv6 from one /64, to all gateways; one more gets"
            " ERROR. 0 = no limit. See --trust.",
            number(int, 0, 10**6),
        ),
    ] = 0
    """None: behind a balancer that does not say for whom it connects all have one address."""

    max_registrations: Annotated[
        int,
        Setting(
            "max-registrations",
            "N",
            _SIZES,
            "Accounts that may be made from one address, of IPv6 from one /64, in an hour, through"
            " all gateways; an invitation is not counted. 0 = no limit. See --trust.",
            number(int, 0, 10**6),
        ),
    ] = 20
    """More than a family; who registers names for sale needs an address for each twenty."""

    max_rooms_per_user: Annotated[
        int,
        Setting(
            "max-rooms-per-user",
            "N",
            _SIZES,
            "Rooms that one user may be in (405).",
            number(int, 1, 10**6),
        ),
    ] = 100
    """A QUIT is published once per room, so this bounds what one user can cost everybody."""

    sendq_bytes: Annotated[
        int,
        Setting(
            "sendq",
            "BYTES",
            _SIZES,
            "Bytes waiting for a client that does not read; above, it is closed.",
            number(int, 16_384, 2**30),
        ),
    ] = 2**20
    """Bytes waiting for one slow client before ``ERROR :SendQ exceeded``."""

    recvq_bytes: Annotated[
        int,
        Setting(
            "recvq",
            "BYTES",
            _SIZES,
            "Bytes that a client may have waiting before it is registered; above, it is closed.",
            number(int, 8_192, 2**30),
        ),
    ] = 2**16
    """Eight of the longest lines. Who is registered is only slowed down: the socket is not read."""

    flood_lines_per_s: Annotated[
        float,
        Setting(
            "flood-rate",
            "LINES",
            _SIZES,
            "Lines per second that a client may send for long; 0 = no limit.",
            number(float, 0, 1e6),
        ),
    ] = 50.0
    """Lines per second; nobody types that fast, and a bot's bursts are covered below."""

    flood_burst: Annotated[
        int,
        Setting(
            "flood-burst",
            "LINES",
            _SIZES,
            "Lines that a client may send at once; 0 = no limit.",
            number(int, 0, 10**6),
        ),
    ] = 500
    """Lines: a paste, or what a client sends when it comes back with a hundred rooms."""

    history_events: Annotated[
        int,
        Setting(
            "history",
            "N",
            _SIZES,
            "Events kept for each room and each user; the oldest go first.",
            number(int, 1, 10**7),
        ),
    ] = 10_000
    """Entries of a stream, about 3 MB in Redis when a room has that many."""

    history_days: Annotated[
        int,
        Setting(
            "history-days",
            "DAYS",
            _SIZES,
            "Days for which what is said is kept, at most. Rooms and accounts may choose less."
            " 0 = for good, as far as --history goes; then what a room or a guest leaves behind is"
            " kept for 7 days.",
            number(int, 0, 36_500),
        ),
    ] = 0
    """What is older is shown to nobody; docs/operations.md says when Redis has it no more."""


@dataclass(frozen=True)
class Times:
    """Times in seconds."""

    ping_interval_s: Annotated[
        float,
        Setting(
            "ping-interval",
            "SECONDS",
            _TIMES,
            "Silence after which a client is sent PING.",
            number(float, 0.05, 86_400),
        ),
    ] = 90.0
    """Below the two minutes after which many routers forget an idle connection."""

    ping_timeout_s: Annotated[
        float,
        Setting(
            "ping-timeout",
            "SECONDS",
            _TIMES,
            "How long the answer may take before the client is closed.",
            number(float, 0.05, 86_400),
        ),
    ] = 30.0
    """Longer than a phone needs to change from one network to another."""

    registration_timeout_s: Annotated[
        float,
        Setting(
            "registration-timeout",
            "SECONDS",
            _TIMES,
            "How long a client may take to say who it is.",
            number(float, 0.05, 86_400),
        ),
    ] = 30.0
    """Enough to type a password; bounds what a client that never registers can hold."""

    drain_s: Annotated[
        float,
        Setting(
            "drain-time",
            "SECONDS",
            _TIMES,
            "In how many seconds a gateway that gets SIGTERM lets its clients go, spaced out, while"
            " others live. 0 = all at once.",
            number(float, 0, 3_600),
        ),
    ] = 6.0
    """With the time for taking leave less than the ten seconds that `docker stop` gives."""

    lease_s: Annotated[
        float,
        Setting(
            "lease",
            "SECONDS",
            _TIMES,
            "How long the other gateways wait before they clean up after a silent one.",
            number(float, 0.5, 3_600),
        ),
    ] = 5.0
    """Bounds how long a dead gateway's users stay on the roster; must outlast a pause of Redis."""

    grace_s: Annotated[
        float,
        Setting(
            "grace",
            "SECONDS",
            _TIMES,
            "How long who is logged in to an account stays when its connection is lost: it may come"
            " back through any gateway, and nobody notices. 0 = it leaves at once.",
            number(float, 0, 86_400),
        ),
    ] = 30.0
    """Above the ten seconds that WeeChat waits before it connects again, and the lease of a dead
    gateway before that."""

    always_on: Annotated[
        bool,
        Setting(
            "always-on",
            "on|off",
            _TIMES,
            "Whether an account that has not chosen (ACCOUNT SET ALWAYS-ON) stays when its last"
            " session ends: away, in its rooms. The same for all gateways.",
            read_switch,
        ),
    ] = False
    """Who wants to be reached stays; on a small server that may be everybody."""

    replay_lines: Annotated[
        int,
        Setting(
            "replay-lines",
            "N",
            _SIZES,
            "Lines of each room that a client of an account is shown at login and JOIN, of those"
            " that its device has missed. 0 = none. An account and a login (NAME@DEVICE+N) may ask"
            " for others, at most 1,000; clients that know CHATHISTORY ask for themselves.",
            number(int, 0, 10**6),
        ),
    ] = 100
    """A screenful or two; what was said in private is shown in any case."""
