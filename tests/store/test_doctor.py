"""The checks of `chatd doctor`, fed with facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatd.store.doctor import acl
from chatd.store.doctor.facts import Access, Cluster, Facts, Finding, Kind, Mark, Node, Sentinel
from chatd.store.doctor.groups import examine

OK, ADVICE, CHANGE, UNKNOWN = Mark.OK, Mark.ADVICE, Mark.CHANGE, Mark.UNKNOWN
REPLICAS = {
    "slave0": "ip=h,port=2,state=online,offset=100,lag=0",
    "slave1": "ip=h,port=3,state=online,offset=90,lag=1",
    "master_repl_offset": "100",
}
INFO = {
    "redis_version": "7.0.15", "role": "master", "aof_enabled": "1", "maxmemory": "0",
    "maxmemory_policy": "noeviction", "used_memory": "80", "maxclients": "100",
    "connected_clients": "5",
}  # fmt: skip
CONFIG = {
    "appendonly": "yes", "appendfsync": "everysec", "save": "3600 1", "timeout": "0",
    "stop-writes-on-bgsave-error": "yes", "busy-reply-threshold": "5000",
    "client-output-buffer-limit": "normal 0 0 0 slave 1 1 60 pubsub 268435456 134217728 60",
    "min-replicas-to-write": "1", "repl-diskless-sync-delay": "0", "replica-priority": "100",
    "cluster-node-timeout": "5000", "cluster-require-full-coverage": "no",
    "cluster-replica-no-failover": "no",
}  # fmt: skip
NODE = Node("h:1", INFO, CONFIG, Access())
SECOND, THIRD = (
    replace(NODE, name=name, info=INFO | {"role": "slave", "master_link_status": "up"})
    for name in ("h:2", "h:3")
)
MASTER = replace(NODE, info=INFO | REPLICAS)
ALONE = Facts(Kind.SINGLE, [replace(NODE, config=CONFIG | {"min-replicas-to-write": "0"})])
WATCHED = Facts(
    Kind.SENTINEL, [MASTER, SECOND, THIRD], sync_replicas=1,
    sentinels=[Sentinel(f"s:{n}", "h:1", "OK 3 usable Sentinels.", 5000) for n in (1, 2, 3)],
)  # fmt: skip
CLUSTER = Facts(
    Kind.CLUSTER,
    [replace(MASTER, config=CONFIG | {"min-replicas-to-write": "0"}), SECOND, THIRD],
    cluster=Cluster("ok", 16384, 3),
)


def wrong(facts: Facts) -> list[tuple[Mark, str, str]]:
    """What is not as it should be: mark, node, the first words."""
    found = [one for one in examine(facts) if one.mark != OK]
    return [(one.mark, one.node, one.text) for one in found]


def the(facts: Facts) -> Finding:
    """The one thing that is wrong."""
    (found,) = (one for one in examine(facts) if one.mark != OK)
    return found


def with_node(
    facts: Facts, at: int = 0, *, info: Any = None, config: Any = None, **other: Any
) -> Facts:
    """The same with other answers of one node."""
    node = facts.nodes[at]
    changed = replace(
        node,
        info={**node.info, **(info or {})},
        config={**(node.config or {}), **(config or {})},
        **other,
    )
    return replace(facts, nodes=[*facts.nodes[:at], changed, *facts.nodes[at + 1 :]])


@pytest.mark.parametrize("facts", [ALONE, WATCHED, CLUSTER], ids=lambda facts: facts.kind)
def test_a_healthy_one(facts: Facts) -> None:
    assert wrong(facts) == []
    assert examine(facts)


@pytest.mark.parametrize(
    ("info", "config", "mark", "text"),
    [
        ({"redis_version": "6.2.14"}, {}, CHANGE, "Redis 6.2.14 is too old"),
        ({"aof_enabled": "0"}, {}, CHANGE, "only snapshots are written"),
        ({"aof_enabled": "0"}, {"save": ""}, CHANGE, "nothing is written to disk"),
        ({}, {"appendfsync": "no"}, ADVICE, "appendfsync is no"),
        ({"aof_last_write_status": "err"}, {}, CHANGE, "the append-only file could not be written"),
        ({"aof_last_bgrewrite_status": "err"}, {}, ADVICE, "the append-only file could not be rew"),
        ({"rdb_last_bgsave_status": "err"}, {}, CHANGE, "the last snapshot failed"),
        ({"rdb_last_bgsave_status": "err"}, {"save": ""}, ADVICE, "the last snapshot failed"),
        ({"maxmemory_policy": "volatile-lru", "maxmemory": "1000"}, {}, CHANGE,
         "maxmemory-policy is volatile-lru: Redis would delete messages and who is online. CONFIG"),
        ({"maxmemory_policy": "allkeys-lru"}, {}, ADVICE, "maxmemory-policy is allkeys-lru"),
        ({"maxmemory": "100"}, {}, ADVICE, "80% of maxmemory is used"),
        ({"maxmemory": "85"}, {}, CHANGE, "94% of maxmemory is used"),
        ({"evicted_keys": "3"}, {}, ADVICE, "3 keys were evicted"),
        ({"connected_clients": "95"}, {}, CHANGE, "95 of 100 clients are connected"),
        ({}, {"client-output-buffer-limit": "pubsub 33554432 8388608 60"}, ADVICE,
         "client-output-buffer-limit pubsub cuts off a gateway that is 8 MB behind"),
        ({}, {"client-output-buffer-limit": "pubsub 1000 0 0"}, CHANGE,
         "client-output-buffer-limit pubsub cuts off a gateway that is 1000 bytes behind"),
        ({}, {"timeout": "2"}, CHANGE, "timeout is 2: gateways lose their link when nobody talks"),
        ({}, {"busy-reply-threshold": "0"}, ADVICE, "busy-reply-threshold is 0"),
        ({}, {"busy-reply-threshold": "5"}, ADVICE, "busy-reply-threshold is 5 ms"),
        ({}, {"min-replicas-to-write": "1"}, CHANGE, "min-replicas-to-write is 1, and there are 0"),
        ({"role": "slave"}, {}, CHANGE, "it is a replica and takes no writes: give its master"),
    ],
)  # fmt: skip
def test_one_thing_is_wrong(
    info: dict[str, str], config: dict[str, str], mark: Mark, text: str
) -> None:
    found = the(with_node(ALONE, info=info, config=config))
    assert (found.mark, found.text[: len(text)]) == (mark, text)


@pytest.mark.parametrize(
    "config",
    [{"timeout": "300"}, {"client-output-buffer-limit": "pubsub 0 0 0"}, {"save": ""},
     {"appendfsync": "always"}],
)  # fmt: skip
def test_what_is_no_reason_to_complain(config: dict[str, str]) -> None:
    """ "timeout > 0 with a gateway's 2.5 s watchdog is fine"; 0 is no limit."""
    assert wrong(with_node(ALONE, config=config)) == []


def test_what_is_hidden_is_said_and_is_no_failure() -> None:
    """ "cannot tell (a managed Redis that hides CONFIG, an ACL that forbids) is no failure"."""
    hidden = replace(NODE, config=None, access=Access("app", complete=False))
    assert wrong(replace(ALONE, nodes=[hidden])) == [
        (UNKNOWN, "h:1", "whether the user app may do all that chatd does: ACL DRYRUN is refused."
         " What was tried is allowed"),
        (UNKNOWN, "h:1", "client-output-buffer-limit: CONFIG is refused. pubsub should be 256mb"
         " 128mb 60"),
    ]  # fmt: skip
    marks = {mark for mark, _, _ in wrong(replace(ALONE, nodes=[replace(hidden, info={})]))}
    assert marks == {UNKNOWN}
    hidden = replace(hidden, info=MASTER.info)
    marks = {mark for mark, _, _ in wrong(replace(CLUSTER, nodes=[hidden, SECOND, THIRD]))}
    assert marks == {UNKNOWN}


def test_rights_that_are_missing_are_named() -> None:
    denied = Access("app", ("no 'xadd'", "no 'set'", "no key", "no channel"))
    assert the(with_node(ALONE, access=denied)).text == (
        "the user app may not do all that chatd does: no 'xadd'; no 'set'; no key and 1 more."
        " docs/operations.md has the ACL"
    )


def test_every_command_of_the_functions_is_asked_for() -> None:
    """What the Lua library calls and this list does not know would be refused unseen."""
    assert acl.called_by_functions() <= {line.split()[0] for line in acl.SAMPLES}


@pytest.mark.parametrize(
    ("clock", "other", "mark", "text"),
    [
        (900.0, 900.0, ADVICE, "its clock and this machine's are 0.9 s apart"),
        (0.0, -800.0, CHANGE, "its clock and that of h:2 are 0.8 s apart"),
    ],
)
def test_clocks(clock: float, other: float, mark: Mark, text: str) -> None:
    facts = replace(
        WATCHED, nodes=[replace(MASTER, clock_ms=clock), replace(SECOND, clock_ms=other)]
    )
    found = the(facts)
    assert (found.mark, found.text[: len(text)]) == (mark, text)
    assert the(replace(ALONE, nodes=[replace(ALONE.master, clock_ms=-700)])).mark == ADVICE


def test_a_slow_answer_does_not_make_a_clock_wrong() -> None:
    far = replace(MASTER, clock_ms=900, round_trip_ms=800)
    assert the(replace(WATCHED, nodes=[far, SECOND, THIRD])).text.startswith("a round trip takes")


@pytest.mark.parametrize(
    ("replicas", "wanted", "mark", "text"),
    [
        (0, 0, CHANGE, "the master has no replica in sync: nobody takes over when it dies"),
        (1, 1, ADVICE, "no more replicas are in sync (1) than --sync-replicas needs"),
        (1, 2, CHANGE, "fewer replicas are in sync (1) than --sync-replicas needs (2)"),
    ],
)
def test_replicas(replicas: int, wanted: int, mark: Mark, text: str) -> None:
    info = dict(list(REPLICAS.items())[:replicas])
    master = replace(CLUSTER.master, info=INFO | info)
    found = the(replace(CLUSTER, nodes=[master], sync_replicas=wanted))
    assert (found.mark, found.text[: len(text)]) == (mark, text)


def test_one_redis_needs_no_replica_and_may_have_some() -> None:
    alone = replace(ALONE, sync_replicas=1)
    assert the(alone).text.startswith("fewer replicas are in sync (0) than --sync-replicas needs")
    # two may replace a file that is synced each second
    assert wrong(replace(ALONE, nodes=[MASTER, SECOND, THIRD])) == []
    snapshots = with_node(ALONE, info={**REPLICAS, "aof_enabled": "0"})
    assert the(snapshots).mark == ADVICE


def test_replicas_that_lag_or_are_gone() -> None:
    info = {
        "slave0": "ip=h,port=2,state=wait_bgsave,offset=0,lag=0",
        "slave1": "ip=h,port=3,state=online,offset=0,lag=20",
    }
    facts = replace(WATCHED, sync_replicas=0, nodes=[MASTER, replace(SECOND, failure="no answer")])
    assert wrong(with_node(facts, info=info)) == [
        (ADVICE, "h:2", "it cannot be asked: no answer"),
        (ADVICE, "h:2", "this replica is not in sync yet (wait_bgsave)"),
        (ADVICE, "h:3", "this replica lags by 20 s and 0.0 MB"),
    ]
    cut_off = with_node(WATCHED, 1, info={"master_link_status": "down"})
    assert the(cut_off) == Finding(ADVICE, "it has lost its master", "h:2")


def test_the_same_on_several_nodes_is_one_line() -> None:
    facts = WATCHED
    for at in range(3):
        facts = with_node(facts, at, config={"min-replicas-to-write": "0"})
    found = the(facts)
    assert (found.mark, found.node) == (ADVICE, "all nodes")
    assert found.text.startswith("min-replicas-to-write is 0: a master that was replaced goes on")
    other = Node("h:9", INFO, ours=False)
    assert the(replace(facts, nodes=[*facts.nodes, other])).node == "the master and its replicas"
    two = with_node(facts, 2, config={"min-replicas-to-write": "1"})
    assert the(two).node == "h:1, h:2"


def test_a_master_that_does_not_answer_is_what_is_wrong() -> None:
    gone = Node("h:1", failure="no answer")
    facts = replace(WATCHED, nodes=[gone, SECOND, THIRD])
    assert the(facts) == Finding(CHANGE, "it cannot be asked: no answer", "h:1")


@pytest.mark.parametrize(
    ("at", "config", "mark", "text"),
    [
        (0, {"cluster-node-timeout": "2000"}, CHANGE,
         "cluster-node-timeout is 2000 ms, and --lease is 5 s: a master that stood still and wakes"
         " up again could send what its senders were refused. CONFIG SET cluster-node-timeout 5000,"
         " or --lease 2"),
        (1, {"cluster-require-full-coverage": "yes"}, ADVICE, "cluster-require-full-coverage is"),
        (2, {"cluster-replica-no-failover": "yes"}, CHANGE, "cluster-replica-no-failover is yes"),
        (1, {"repl-diskless-sync-delay": "5"}, ADVICE, "repl-diskless-sync-delay lets a new"),
    ],
)  # fmt: skip
def test_settings_of_a_cluster(at: int, config: dict[str, str], mark: Mark, text: str) -> None:
    found = the(with_node(CLUSTER, at, config=config))
    assert (found.mark, found.text[: len(text)], found.node) == (mark, text, f"h:{at + 1}")


@pytest.mark.parametrize(
    ("cluster", "text"),
    [
        (Cluster("fail", 16384, 3), "the cluster is down (cluster_state:fail, 16384 of 16384"),
        (Cluster("ok", 9000, 3, covered=False), "the cluster is down (cluster_state:ok, 9000 of"),
        (Cluster("ok", 16384, 2), "2 masters have slots: without the one that died"),
    ],
)
def test_a_cluster_that_is_down(cluster: Cluster, text: str) -> None:
    found = the(replace(CLUSTER, cluster=cluster))
    assert (found.mark, found.text[: len(text)]) == (CHANGE, text)


def test_a_master_of_other_slots_matters_less() -> None:
    other = Node("h:9", failure="no answer", ours=False)
    facts = replace(CLUSTER, nodes=[*CLUSTER.nodes, other])
    assert the(facts) == Finding(ADVICE, "it cannot be asked: no answer", "h:9")
    mixed = replace(
        CLUSTER, nodes=[*CLUSTER.nodes, Node("h:9", {"redis_version": "8.0.1"}, ours=False)]
    )
    assert the(mixed).text.startswith("the nodes are of several versions (3 of Redis 7.0.15, 1 of")


@pytest.mark.parametrize(
    ("sentinel", "mark", "text"),
    [
        (Sentinel("s:3", failure="no answer"), ADVICE, "this Sentinel does not help: no answer"),
        (Sentinel("s:3", "h:2", "OK"), CHANGE, "the Sentinels do not agree who is the master: h:1"),
        (Sentinel("s:3", "h:1", "NOQUORUM 1 usable"), CHANGE, "no failover is possible: NOQUORUM"),
        (Sentinel("s:3", "h:1", "OK", 30_000), ADVICE, "down-after-milliseconds is 30000"),
    ],
)
def test_sentinels(sentinel: Sentinel, mark: Mark, text: str) -> None:
    found = the(replace(WATCHED, sentinels=[*WATCHED.sentinels[:2], sentinel]))
    assert (found.mark, found.text[: len(text)]) == (mark, text)
