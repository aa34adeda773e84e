"""The checks of several nodes together: who takes over, who agrees, whose clock is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final

from chatd.store.doctor.facts import Facts, Finding, Kind, Mark, Node, advice, change, ok, unknown
from chatd.store.doctor.nodes import NODE_CHECKS

Found = Iterator[Finding]

CLOCK_MS: Final = 500.0
"""Between two clocks. Ids of messages and leases are made by the master's."""
LAG_S: Final = 10
BEHIND_BYTES: Final = 2**20
DOWN_AFTER_MS: Final = 10_000
SENTINELS: Final = 3
VOTERS: Final = 3
"""With fewer there is no majority without the one that died."""
SLOTS: Final = 16_384


def reachable(facts: Facts) -> Found:
    """Every node answers; those that do not are not looked at any further.

    Whether enough others are there is looked at by `replicas`.
    """
    for node in facts.nodes:
        if node.failure:
            mark = Mark.CHANGE if node is facts.master else Mark.ADVICE
            yield Finding(mark, f"it cannot be asked: {node.failure}", node.name)


def role(facts: Facts) -> Found:
    """What was given is a master."""
    said = facts.master.info.get("role")
    if said is not None and said != "master":
        yield change(
            "it is a replica and takes no writes: give its master, or"
            " redis+sentinel:// or redis+cluster://",
            facts.master.name,
        )
    for node in facts.nodes[1:]:
        if node.ours and node.info.get("master_link_status", "up") != "up":
            yield advice("it has lost its master", node.name)


def versions(facts: Facts) -> Found:
    """All nodes are of one version."""
    found = Counter(node.version for node in facts.nodes if node.version)
    if len(found) > 1:
        counted = ", ".join(f"{count} of {name}" for name, count in sorted(found.items()))
        yield advice(
            f"the nodes are of several versions ({counted}): a replica that"
            " is older than its master may not be able to follow it"
        )


def replicas(facts: Facts) -> Found:
    """Somebody can take over, and as many as acknowledgements wait for are there."""
    if not facts.master.info:
        return  # nobody says
    there = len([one for one in facts.replicas if one.state == "online"])
    wanted = facts.sync_replicas
    for one in facts.replicas:
        if one.state != "online":
            yield advice(f"this replica is not in sync yet ({one.state})", one.name)
        elif one.lag_s > LAG_S or one.behind_bytes > BEHIND_BYTES:
            behind = f"{one.lag_s} s and {one.behind_bytes / 2**20:.1f} MB"
            yield advice(f"this replica lags by {behind}", one.name)
    if there < wanted:
        yield change(
            f"fewer replicas are in sync ({there}) than --sync-replicas needs ({wanted}): what is"
            " said is refused. Add replicas"
        )
    elif facts.fails_over and not there:
        yield change(
            "the master has no replica in sync: nobody takes over when it dies. Add one, with"
            " --sync-replicas 1 two"
        )
    elif wanted and there == wanted:
        yield advice(
            f"no more replicas are in sync ({there}) than --sync-replicas needs: when one is away,"
            " what is said is refused. Add one more"
        )
    elif there:
        yield ok(f"replicas in sync: {there}")


def replication(facts: Facts) -> Found:
    """A master that is alone stops, and a new replica is usable at once."""
    for node in (one for one in facts.nodes if one.ours and not one.failure):
        least = node.number("min-replicas-to-write")
        if facts.kind == Kind.SENTINEL and least == 0:
            yield advice(
                "min-replicas-to-write is 0: a master that was replaced goes"
                " on to acknowledge what is then thrown away. CONFIG SET"
                " min-replicas-to-write 1",
                node.name,
            )
        elif least and node is facts.master and least > len(facts.replicas):
            yield change(
                f"min-replicas-to-write is {least}, and there are"
                f" {len(facts.replicas)} replicas: writes are refused",
                node.name,
            )
        if facts.fails_over and node.number("repl-diskless-sync-delay"):
            yield advice(
                "repl-diskless-sync-delay lets a new replica wait, and a"
                " master that dies before its first sync has nobody to take over. CONFIG"
                " SET repl-diskless-sync-delay 0",
                node.name,
            )
        if facts.fails_over and node is not facts.master:
            yield from _can_take_over(node, facts.kind)


def _can_take_over(node: Node, kind: Kind) -> Found:
    config = node.config or {}
    if kind == Kind.CLUSTER and config.get("cluster-replica-no-failover") == "yes":
        yield change(
            "cluster-replica-no-failover is yes: it never takes over. CONFIG"
            " SET cluster-replica-no-failover no",
            node.name,
        )
    if kind == Kind.SENTINEL and node.number("replica-priority") == 0:
        yield advice("replica-priority is 0: it never takes over", node.name)


def cluster(facts: Facts) -> Found:
    """The cluster serves our slot, and goes on to when a master dies."""
    found = facts.cluster
    if found is None:
        return
    if found.state != "ok" or not found.covered:
        yield change(
            f"the cluster is down (cluster_state:{found.state},"
            f" {found.slots} of {SLOTS} slots have a master): redis-cli --cluster check,"
            " and --cluster fix"
        )
    else:
        yield ok(f"the cluster serves, {found.slots} of {SLOTS} slots have a master")
    if found.voters < VOTERS:
        yield change(
            f"{found.voters} masters have slots: without the one that died"
            " there is no majority to make another one the master. Have 3 at least"
        )
    for node in (one for one in facts.nodes if not one.failure):
        yield from _cluster_settings(node, facts)


def _cluster_settings(node: Node, facts: Facts) -> Found:
    timeout_ms = node.number("cluster-node-timeout")
    if timeout_ms is not None and timeout_ms < facts.lease_s * 1000:
        yield change(
            f"cluster-node-timeout is {timeout_ms} ms, and --lease is"
            f" {facts.lease_s:g} s: a master that stood still and wakes up again could"
            " send what its senders were refused. CONFIG SET cluster-node-timeout"
            f" {facts.lease_s * 1000:.0f}, or --lease {timeout_ms / 1000:g}",
            node.name,
        )
    elif timeout_ms is None and node.ours:
        yield unknown(
            "cluster-node-timeout: CONFIG is refused. It must not be shorter"
            f" than --lease, {facts.lease_s:g} s",
            node.name,
        )
    if (node.config or {}).get("cluster-require-full-coverage") == "yes":
        yield advice(
            "cluster-require-full-coverage is yes: when a master of other"
            " slots is lost, chat stops too. CONFIG SET cluster-require-full-coverage"
            " no",
            node.name,
        )


def sentinels(facts: Facts) -> Found:
    """They agree who is the master, and enough of them are there to replace it."""
    if facts.kind != Kind.SENTINEL:
        return
    there = [one for one in facts.sentinels if not one.failure]
    for one in facts.sentinels:
        if one.failure:
            yield advice(f"this Sentinel does not help: {one.failure}", one.name)
        elif one.quorum and not one.quorum.startswith("OK"):
            yield change(f"no failover is possible: {one.quorum}", one.name)
        if one.down_after_ms > DOWN_AFTER_MS:
            yield advice(
                f"down-after-milliseconds is {one.down_after_ms}: everybody"
                " waits that long for a failover. 5000 is enough",
                one.name,
            )
    said = sorted({one.master for one in there})
    if len(said) > 1:
        yield Finding(
            Mark.CHANGE, f"the Sentinels do not agree who is the master: {', '.join(said)}"
        )
    if len(facts.sentinels) < SENTINELS:
        yield advice(f"{len(facts.sentinels)} Sentinels: have 3 at least, on machines of their own")
    elif len(said) == 1:
        yield ok(
            f"{len(there)} of {len(facts.sentinels)} Sentinels agree that {said[0]} is the master"
        )


def clocks(facts: Facts) -> Found:
    """A node that becomes the master takes up time where the last one stopped."""
    there = [node for node in facts.nodes if node.ours and not node.failure]
    right = True
    for one, other in combinations(there, 2):
        apart = abs(one.clock_ms - other.clock_ms) - one.round_trip_ms - other.round_trip_ms
        if apart > CLOCK_MS:
            right = False
            yield change(
                f"its clock and that of {other.name} are {apart / 1000:.1f} s"
                " apart: leases and ids of messages are made by it. Run NTP on"
                " both",
                one.name,
            )
    if not there:
        return
    away = abs(there[0].clock_ms) - there[0].round_trip_ms
    if away > CLOCK_MS:
        yield advice(
            f"its clock and this machine's are {away / 1000:.1f} s apart:"
            " messages have the time of Redis. Run NTP on both",
            there[0].name,
        )
    elif right:
        yield ok("the clocks agree, with this machine's too")


GROUP_CHECKS: Final[tuple[Callable[[Facts], Found], ...]] = (
    reachable, role, versions, cluster, sentinels, replicas, replication, clocks,
)  # fmt: skip


def examine(facts: Facts) -> list[Finding]:
    """All checks; what is so on several nodes is one finding, which names them."""
    found = []
    for node in facts.nodes:
        if node.ours and not node.failure:
            for check in NODE_CHECKS:
                found += [Finding(f.mark, f.text, node.name) for f in check(node, facts)]
    for group in GROUP_CHECKS:
        found += group(facts)
    names: dict[tuple[Mark, str], list[str]] = {}
    for one in found:
        names.setdefault((one.mark, one.text), []).append(one.node)
    return [
        Finding(mark, text, _called(facts, list(dict.fromkeys(filter(None, nodes)))))
        for (mark, text), nodes in names.items()
    ]


def _called(facts: Facts, names: list[str]) -> str:
    """Several nodes, in few words."""
    if len(names) < 2:
        return "".join(names)
    if set(names) == {node.name for node in facts.nodes}:
        return "all nodes"
    if set(names) == {node.name for node in facts.nodes if node.ours}:
        return "the master and its replicas"
    return ", ".join(names)
