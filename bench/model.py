"""How many gateways and Redis servers a network needs: arithmetic on measured unit costs.

``python bench/model.py`` prints the table of docs/scale.md. `UNITS` are what was measured, what
is assumed about people in `Network`; both are to be argued with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import click


@dataclass(frozen=True, slots=True)
class Units:
    """Measured costs: microseconds of one core, and bytes. Where from: docs/scale.md.

    Each is that of something that happens by itself, when it shares no call and no write.
    """

    line_us: float
    """Gateway: a message from its client's socket to Redis, and the answer."""
    event_us: float
    """Gateway: an event from Redis, before anybody gets it."""
    delivery_us: float
    """Gateway: the event written to one client."""
    login_us: float
    """Gateway: a connection accepted, registered and welcomed."""
    redis_act_us: float
    """Redis: something checked, stored and published."""
    redis_copy_us: float
    """Redis: what was published, to one more gateway."""
    redis_login_us: float
    redis_join_us: float
    """Redis: one of a crowd that joins a room, its share of the looks included."""
    redis_look_us: float
    """Redis: one member's name in the look at a room that a JOIN begins with."""
    client_bytes: int
    membership_bytes: int
    redis_user_bytes: int
    redis_membership_bytes: int
    redis_message_bytes: int


UNITS = Units(
    line_us=105,
    event_us=65,
    delivery_us=7.4,
    login_us=110,
    redis_act_us=90,
    redis_copy_us=6.7,
    redis_login_us=60,
    redis_join_us=50,
    redis_look_us=1.4,
    client_bytes=4000,
    membership_bytes=600,
    redis_user_bytes=1010,
    redis_membership_bytes=290,
    redis_message_bytes=205,
)


@dataclass(frozen=True, slots=True)
class Network:
    """Who is there and what they do, per second."""

    users: int = 240_000
    big_rooms: int = 30
    big_size: int = 7_000
    small_rooms: int = 50_000
    small_size: int = 20
    big_rate: float = 2.0
    """Messages in each big room: more than that nobody reads."""
    small_rate: float = 1 / 60
    direct_rate: float = 1 / 600
    """Direct messages of each user."""
    stay_s: float = 2 * 3600
    """How long people stay online."""
    kept: int = 200
    """Messages kept of a room on average (at most 1,000 unless told otherwise)."""
    busy: float = 0.5
    """Share of a core that a gateway may use on average, so that there is room for a bad minute."""

    def times(self, factor: float) -> Network:
        """The same people, who say ``factor`` times as much."""
        return replace(
            self,
            big_rate=self.big_rate * factor,
            small_rate=self.small_rate * factor,
            direct_rate=self.direct_rate * factor,
        )


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes. Cores are those of gateways and of the one Redis, memory is in MB."""

    gateways: int
    messages: float
    deliveries: float
    gateway_cores: float
    gateway_mb: float
    redis_cores: float
    redis_mb: float
    storm_s: float
    """All clients of a dead gateway, back on the others: seconds of Redis' core."""


def need(net: Network, units: Units = UNITS) -> Need:
    """Compute what a network needs; the number of gateways is part of its own cost."""
    gateways = 1
    for _ in range(20):  # more gateways cost more events, which cost more gateways: it converges
        found = _need(net, units, gateways)
        wanted = max(2, ceil(found.gateway_cores / net.busy))
        if wanted == gateways:
            break
        gateways = wanted
    return found


def _need(net: Network, units: Units, gateways: int) -> Need:
    big, small = net.big_rooms * net.big_size, net.small_rooms * net.small_size
    logins = net.users / net.stay_s
    per_user_big, per_user_small = big / net.users, small / net.users
    spoken_big, spoken_small = net.big_rooms * net.big_rate, net.small_rooms * net.small_rate
    direct = net.users * net.direct_rate
    # who comes and who goes is told in each of their rooms
    moves_big, moves_small = 2 * logins * per_user_big, 2 * logins * per_user_small
    acts_big, acts_small = spoken_big + moves_big, spoken_small + moves_small
    deliveries = acts_big * net.big_size + acts_small * net.small_size + direct
    spread = min(gateways, net.small_size)  # gateways that have somebody in a small room
    copies = acts_big * gateways + acts_small * spread + direct
    gateway_us = (
        deliveries * units.delivery_us
        + (spoken_big + spoken_small + direct) * units.line_us
        + copies * units.event_us
        + logins * units.login_us
    )
    looks = logins * (per_user_big * net.big_size + per_user_small * net.small_size)
    redis_us = (
        (acts_big + acts_small + direct) * units.redis_act_us
        + copies * units.redis_copy_us
        + logins * units.redis_login_us
        + looks * units.redis_look_us
    )
    kept = (net.big_rooms + net.small_rooms) * net.kept
    here = net.users / gateways
    rooms_here = (big + small) / gateways
    storm_us = here * (units.redis_login_us + (per_user_big + per_user_small) * units.redis_join_us)
    return Need(
        gateways=gateways,
        messages=spoken_big + spoken_small + direct,
        deliveries=deliveries,
        gateway_cores=gateway_us / 1e6,
        gateway_mb=(here * units.client_bytes + rooms_here * units.membership_bytes) / 1e6,
        redis_cores=redis_us / 1e6,
        redis_mb=(
            net.users * units.redis_user_bytes
            + (big + small) * units.redis_membership_bytes
            + kept * units.redis_message_bytes
        )
        / 1e6,
        storm_s=storm_us / 1e6,
    )


ROWS: dict[str, Callable[[Need], str]] = {
    "messages per second": lambda n: f"{n.messages:,.0f}",
    "deliveries per second": lambda n: f"{n.deliveries:,.0f}",
    "cores of gateways": lambda n: f"{n.gateway_cores:.1f}",
    "gateways (at half a core each)": lambda n: f"{n.gateways}",
    "memory of one gateway, MB": lambda n: f"{n.gateway_mb:,.0f}",
    "core of Redis": lambda n: f"{n.redis_cores:.2f}",
    "memory of Redis, MB": lambda n: f"{n.redis_mb:,.0f}",
    "a gateway dies: Redis' work for those who come back, s": lambda n: f"{n.storm_s:.1f}",
}


@click.command()
@click.option("--users", default=Network().users, show_default=True)
def main(users: int) -> None:
    """Print the table of docs/scale.md."""
    net = replace(Network(), users=users)
    columns = {"calm": net, "busy (x 3)": net.times(3), "very busy (x 10)": net.times(10)}
    needs = [need(one) for one in columns.values()]
    click.echo(f"| {users:,} users | {' | '.join(columns)} |")
    click.echo("|---" * (len(columns) + 1) + "|")
    for name, show in ROWS.items():
        click.echo(f"| {name} | {' | '.join(show(one) for one in needs)} |")


if __name__ == "__main__":
    main()
