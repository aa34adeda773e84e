"""From single results to medians and one Markdown table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.scenarios import Scenario

Result = Mapping[str, Any]
"""One JSON object of the load generator, or ``{"error": sentence}``."""

PEERS = ("inspircd", "ngircd")

HEAD = (
    "| server | {unit} | p50 ms | p99 ms | max ms | gateway us | Redis us | generator | foreign |"
    " x InspIRCd | x ngircd |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of one server in one scenario; None where it has no such number."""

    server: str
    value: float | None
    p50: float | None
    p99: float | None
    slowest: float | None
    gateway_us: float | None
    """CPU of all gateways per delivery (or per connection), in microseconds."""
    redis_us: float | None
    generator: float | None
    """Share of its core that the load generator used: at 1.0 it is the bottleneck."""
    foreign: float | None
    """Cores used by anything else on the machine, the kernel included."""
    note: str

    @property
    def cpu_us(self) -> float | None:
        """CPU of the whole server per delivery (or per connection), in microseconds."""
        return None if self.gateway_us is None else self.gateway_us + (self.redis_us or 0)


def row(scenario: Scenario, server: str, results: Sequence[Result]) -> Row:
    """Take the medians of the runs that went through."""
    good = [result for result in results if "seconds" in result]

    def middle(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return median(known) if known else None

    def of(key: str) -> float | None:
        return middle(result.get(key) for result in good)

    return Row(
        server=server,
        value=middle(_value(scenario, result) for result in good),
        p50=of("p50_ms"),
        p99=of("p99_ms"),
        slowest=of("max_ms"),
        gateway_us=middle(_cpu_us(scenario, result, "gateway") for result in good),
        redis_us=middle(_cpu_us(scenario, result, "redis") for result in good),
        generator=of("generator_busy"),
        foreign=middle(result["foreign_cpu_s"] / result["seconds"] for result in good),
        note=_note(results),
    )


def _value(scenario: Scenario, result: Result) -> float | None:
    if scenario.metric != "bytes_per_connection":
        value = result.get(scenario.metric)
        return None if value is None else float(value)
    before, after = result["resident_before_kib"], result["resident_after_kib"]
    grown = sum(after[label] - before[label] for label in after if label.startswith("gateway"))
    return float(grown * 1024 / result["connections"])


def _cpu_us(scenario: Scenario, result: Result, kind: str) -> float | None:
    pieces = result.get(scenario.pieces)
    used = [cpu for label, cpu in result["cpu_s"].items() if label.startswith(kind)]
    return sum(used) / pieces * 1e6 if pieces and used else None


def _note(results: Sequence[Result]) -> str:
    """Say what was wrong in any run: it must not hide behind a median."""
    faults = []
    for result in results:
        if "seconds" not in result:
            faults.append(str(result["error"]))
        elif not result["sound"]:
            kinds = ("lost", "doubled_or_disordered", "misplaced", "closed")
            counts = ", ".join(f"{result[kind]} {kind}" for kind in kinds if result[kind])
            faults.append(f"UNSOUND: {counts or 'not one order'} {result['error']}".strip())
    return "; ".join(dict.fromkeys(faults))


def markdown(scenario: Scenario, rows: Sequence[Row]) -> str:
    """Render one scenario; a factor above 1 means better than that peer."""
    lines = [f"\n**{scenario.name}**: {scenario.about}\n", HEAD.format(unit=scenario.unit)]
    peers = [next((r for r in rows if r.server == peer), None) for peer in PEERS]
    for r in rows:
        cells = [r.server, _number(r.value), _number(r.p50), _number(r.p99), _number(r.slowest)]
        cells += [_number(r.gateway_us), _number(r.redis_us)]
        cells += [_number(r.generator), _number(r.foreign)]
        cells += [_factors(scenario, r, peer) for peer in peers]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"\n{r.server}: {r.note}" for r in rows if r.note]
    return "\n".join(lines)


def _factors(scenario: Scenario, ours: Row, peer: Row | None) -> str:
    """How many times better in the metric, then in CPU, which a busy machine distorts less."""
    if not peer or not ours.value or not peer.value:
        return ""
    better = peer.value / ours.value if scenario.lower_is_better else ours.value / peer.value
    cpu = f" / {peer.cpu_us / ours.cpu_us:.2f}" if peer.cpu_us and ours.cpu_us else ""
    return f"{better:.2f}{cpu}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
