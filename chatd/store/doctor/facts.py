"""Facts and findings of ``chatd doctor``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Mark(StrEnum):
    """What a finding asks of who reads it."""

    OK = "ok"
    ADVICE = "advice"
    """All promises hold; something could be better."""
    CHANGE = "change"
    """A promise would not hold."""
    UNKNOWN = "cannot tell"


class Kind(StrEnum):
    """How many Redis there are, and who says which of them is the master."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``node``: whom it is about, '' = all of them together."""

    mark: Mark
    text: str
    node: str = ""


def ok(text: str, node: str = "") -> Finding:
    """It is as it should be."""
    return Finding(Mark.OK, text, node)


def advice(text: str, node: str = "") -> Finding:
    """It could be better."""
    return Finding(Mark.ADVICE, text, node)


def change(text: str, node: str = "") -> Finding:
    """With it a promise does not hold."""
    return Finding(Mark.CHANGE, text, node)


def unknown(text: str, node: str = "") -> Finding:
    """It is hidden."""
    return Finding(Mark.UNKNOWN, text, node)


@dataclass(frozen=True, slots=True)
class Access:
    """What the user may do. ``denied``: commands, keys or channels, as Redis puts it.

    ``complete``: all commands of chatd were looked at, else only some that do no harm.
    """

    user: str = "default"
    denied: Sequence[str] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """What one Redis has answered. ``failure``: why it has not."""

    name: str
    info: Mapping[str, str] = field(default_factory=dict)
    """The fields of INFO; none when it is refused."""
    config: Mapping[str, str] | None = None
    """Some settings; None when CONFIG GET is refused."""
    access: Access | None = None
    clock_ms: float = 0.0
    """How far its clock is ahead of this machine's."""
    round_trip_ms: float = 0.0
    """The shortest of some."""
    ours: bool = True
    """Whether it has our keys, or is a replica of who has; others are masters of other slots."""
    failure: str = ""

    @property
    def version(self) -> str:
        """For a person: the software and its version; '' when INFO is refused."""
        if valkey := self.info.get("valkey_version"):
            return f"Valkey {valkey}"
        return f"Redis {self.info['redis_version']}" if "redis_version" in self.info else ""

    def number(self, name: str) -> int | None:
        """A setting, or None when it is not known."""
        text = (self.config or {}).get(name, "")
        return int(text) if text.lstrip("-").isdigit() else None

    def count(self, name: str) -> int:
        """A number of INFO; 0 when it is not there."""
        text = self.info.get(name, "")
        return int(text) if text.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica as its master sees it."""

    name: str
    state: str
    lag_s: int
    behind_bytes: int


@dataclass(frozen=True, slots=True)
class Sentinel:
    """What one Sentinel says of our master. ``quorum``: its answer to CKQUORUM."""

    name: str
    master: str = ""
    quorum: str = ""
    down_after_ms: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What the owner of our slot says of its cluster. ``covered``: our slot has a master."""

    state: str
    slots: int
    voters: int
    """Masters that have slots: a majority of them must agree that another one is dead."""
    covered: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known. ``nodes``: the master of our keys, then its replicas, then others."""

    kind: Kind
    nodes: Sequence[Node]
    lease_s: float = 5.0
    sync_replicas: int = 0
    sentinels: Sequence[Sentinel] = ()
    cluster: Cluster | None = None

    @property
    def master(self) -> Node:
        """The node that has our keys."""
        return self.nodes[0]

    @property
    def fails_over(self) -> bool:
        """Whether somebody makes a replica the master when that dies."""
        return self.kind != Kind.SINGLE

    @property
    def replicas(self) -> list[Replica]:
        """The replicas of our master, as it sees them."""
        return replicas_of(self.master.info)


def replicas_of(info: Mapping[str, str]) -> list[Replica]:
    """The replicas in a master's INFO."""
    found = []
    sent = int(info.get("master_repl_offset", "0"))
    for name, text in info.items():
        if not (name.startswith("slave") and name[5:].isdigit()):
            continue
        about = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        where = f"{about.get('ip', '?')}:{about.get('port', '?')}"
        behind = sent - int(about.get("offset", sent))
        found.append(Replica(where, about.get("state", ""), int(about.get("lag", 0)), behind))
    return found
