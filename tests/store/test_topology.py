"""Who is the master: what is made of the answers of Sentinels and of the nodes of a Cluster."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chatd.redis_url import Endpoint
from chatd.store import topology as module
from chatd.store.errors import StoreError, StoreRefused, StoreRejected, StoreUnavailable
from chatd.store.topology import ClusterNodes, Sentinels, Topology, slot_of, topology

SENTINELS = "redis+sentinel://s1:1,s2:1,s3:1/chat"
NODES = "redis+cluster://n1:1,n2:1,n3:1"


class Answers:
    """What each server answers; a list of them: one after the other, the last one for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: dict[str, Any] = {}
        self.asked: list[str] = []
        monkeypatch.setattr(module, "ask", self._ask)

    async def _ask(self, endpoint: Endpoint, *command: str, patience_s: float) -> Any:
        name = endpoint.url.split("/")[2]
        self.asked.append(name)
        answer = self.of.get(name, StoreUnavailable("silent"))
        if isinstance(answer, list) and answer and isinstance(answer[0], Turn):
            answer = (answer.pop(0) if len(answer) > 1 else answer[0]).answer
        if isinstance(answer, StoreError):
            raise answer
        return answer


class Turn:
    """One of several answers."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


def says(ip: str, epoch: int) -> dict[bytes, Any]:
    """SENTINEL MASTER, shortened."""
    return {b"ip": ip.encode(), b"port": b"6379", b"config-epoch": b"%d" % epoch, b"flags": b"m"}


def slots(*nodes: tuple[bytes | None, int]) -> list[Any]:
    """CLUSTER SLOTS of a Cluster in which one shard has all slots."""
    return [[0, 16383, *([host, port, b"id"] for host, port in nodes)]]


async def master(found: Topology) -> str:
    return (await found.master()).url


async def test_the_newest_configuration_counts(answers: Answers) -> None:
    """A Sentinel that was cut off during a failover names the master before it."""
    answers.of = {"s1:1": says("old", 1), "s2:1": says("new", 2)}
    assert await master(topology(SENTINELS, "chat")) == "redis://new:6379/0"


async def test_a_sentinel_that_is_left_alone_with_the_past_is_not_believed(
    answers: Answers,
) -> None:
    """ "one interface, "the master that owns our slot, now"": unless most say that it is so."""
    found = topology(SENTINELS, "chat")
    answers.of = {"s1:1": says("new", 2), "s2:1": says("new", 2)}
    await master(found)
    answers.of = {"s1:1": says("old", 1), "s2:1": says("old", 1), "s3:1": says("new", 2)}
    assert await master(found) == "redis://new:6379/0"
    answers.of = {"s2:1": says("old", 1), "s3:1": says("old", 1)}
    with pytest.raises(StoreUnavailable, match="do not know the newest master"):
        await master(found)
    for _ in range(module.MOST_REFUSED - 1):
        with pytest.raises(StoreUnavailable, match="do not know the newest master"):
            await master(found)
    assert await master(found) == "redis://old:6379/0", "one of three is gone for good"
    answers.of = {f"s{n}:1": says("again", 0) for n in (1, 2, 3)}  # they were set up anew
    assert await master(found) == "redis://again:6379/0"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("ERR No such master with that name", "no Sentinel at .* knows a master 'chat'"),
        ("ERR unknown command 'SENTINEL'", "is no Sentinel"),
    ],
)
async def test_a_service_that_nobody_knows(answers: Answers, answer: str, said: str) -> None:
    """ "A wrong seed, a service that nobody knows": one clear line."""
    answers.of = {"s1:1": StoreRejected(answer)}
    with pytest.raises(StoreRefused, match=said):
        await topology(SENTINELS, "chat").master()


async def test_nobody_answers(answers: Answers) -> None:
    for url in (SENTINELS, NODES):
        with pytest.raises(StoreUnavailable, match="silent"):
            await topology(url, "chat").master()


async def test_any_node_is_a_seed(answers: Answers) -> None:
    """ "any node as a seed"; what it does not say of its own host is where it was asked."""
    answers.of = {"n2:1": slots((None, 7), (b"10.0.0.2", 8))}
    found = topology(NODES, "chat")
    assert await master(found) == "redis://n2:7/0"
    assert [one.url for one in await found.replicas()] == ["redis://10.0.0.2:8/0"]


async def test_a_node_without_a_name_is_found_by_its_address(answers: Answers) -> None:
    """CLUSTER SLOTS: "if the endpoint is unknown", as it is until the name has come around."""
    owner = [b"?", 6379, b"id", [b"ip", b"10.0.0.3"]]
    answers.of = {"n1:1": [[0, 16383, owner, [b"n2", 6379, b"id", [b"ip", b"10.0.0.2"]]]]}
    found = topology("redis+cluster://n1:1", "chat")
    assert await master(found) == "redis://10.0.0.3:6379/0"
    assert [one.url for one in await found.replicas()] == ["redis://n2:6379/0"]
    assert not found.moved("?:6379")


async def test_nodes_that_were_seen_are_seeds_too(answers: Answers) -> None:
    """A seed may be gone for good by the time of the next failover."""
    found = topology("redis+cluster://n1:1", "chat")
    answers.of = {"n1:1": slots((b"n1", 1), (b"n9", 1))}
    await master(found)
    answers.of = {"n9:1": slots((b"n9", 1))}
    assert await master(found) == "redis://n9:1/0"


async def test_most_nodes_are_right(answers: Answers) -> None:
    """A node that was cut off names the owner before the failover."""
    answers.of = {name: slots((b"new", 1)) for name in ("n2:1", "n3:1")}
    answers.of["n1:1"] = slots((b"old", 1))
    found = topology(NODES, "chat")
    assert await master(found) == "redis://new:1/0"


async def test_a_node_that_knows_better_is_followed_once(answers: Answers) -> None:
    """MOVED: "the node that owns the slot"."""
    answers.of = {name: slots((b"old", 1)) for name in ("n1:1", "n2:1", "n3:1")}
    found = topology(NODES, "chat")
    assert found.moved("[fe80::1]:7001")
    assert await master(found) == "redis://[fe80::1]:7001/0"
    assert await master(found) == "redis://old:1/0"
    assert not found.moved("nonsense")


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (StoreRejected("ERR cluster support disabled"), StoreRefused, "no Cluster"),
        (StoreRejected("NOPERM no"), StoreRefused, "refuses to answer: NOPERM"),
        ([], StoreUnavailable, "no node for slot 14028: assign all"),
    ],
)  # fmt: skip
async def test_a_cluster_that_is_none_or_not_ready(
    answers: Answers, answer: Any, error: type[StoreError], said: str
) -> None:
    """ "a cluster that is down": one clear line."""
    answers.of = {"n1:1": answer}
    with pytest.raises(error, match=said):
        await topology("redis+cluster://n1:1", "chat").master()


async def test_a_watch_looks_twice(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failover not all nodes know of it at the same moment."""
    pauses = []

    async def pause(self: Any, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(module._Several, "_pause", pause)
    old, new = slots((b"old", 1)), slots((b"new", 1))
    looks = [Turn(old), Turn(new), Turn(old), Turn(StoreUnavailable("x")), Turn(new), Turn(new)]
    answers.of = {"n1:1": looks}
    found = topology("redis+cluster://n1:1", "chat")
    await found.watch(Endpoint("redis://old:1/0"))
    assert pauses == [1.0, 1.0, 0.25, 1.0, 1.0, 0.25]


def test_the_slot_is_that_of_the_specification() -> None:
    """ "CRC16 of 123456789 is 31C3"; the slot of {chat} as Redis names it."""
    assert slot_of("123456789") == 0x31C3
    assert slot_of("{chat}") == 14028


def test_kinds() -> None:
    """What each URL makes."""
    assert isinstance(topology(SENTINELS, "chat"), Sentinels)
    assert isinstance(topology(NODES, "chat"), ClusterNodes)
    assert topology(NODES, "chat").dialect.publish == "SPUBLISH"
    with pytest.raises(StoreRefused, match="is not understood: the Sentinels' name"):
        topology("redis+sentinel://h", "chat")
