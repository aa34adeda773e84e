"""The cluster in the data directory: it starts, fails over by itself, keeps its data, ends."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from chatd import embedded, engine_nodes
from chatd.embedded import EngineError
from chatd.engine_nodes import Node, Nodes, NodesEngine, open_nodes
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import PATIENCE_S, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_left_behind")]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers have more time to end than a gateway may take."""
    monkeypatch.setattr(embedded, "STOP_TIMEOUT_S", PATIENCE_S)


@asynccontextmanager
async def opened(data_dir: Path) -> AsyncIterator[NodesEngine]:
    engine = await open_nodes(data_dir, 3)
    try:
        yield engine
    finally:
        await engine.close()


def kill(node: Node) -> None:
    os.kill(int((node.dir / "engine.pid").read_text()), signal.SIGKILL)


def masters(nodes: Nodes) -> list[Node]:
    """Who carries out what concerns chatd's slot: one, or none while it fails over."""
    return [node for node in nodes.nodes if node.ask("DEL {chat}").startswith(b":")]


def everybody_is_gone(nodes: Nodes) -> bool:
    return not any(node.alive for node in nodes.nodes)


def gateway(data_dir: Path, masters: int = 3) -> Gateway:
    return Gateway("--engine-nodes", str(masters), "--data-dir", str(data_dir))


async def history(client: IrcClient) -> list[str]:
    """What was said in #room; nothing is being said any more."""
    await client.send("CHATHISTORY LATEST #room * 100")
    lines = await client.fence()
    return [line.text for line in lines if line.command == "PRIVMSG"]


async def test_the_master_is_killed_and_service_returns_by_itself(tmp_path: Path) -> None:
    async with gateway(tmp_path) as first, gateway(tmp_path) as second:
        nodes = Nodes(tmp_path, 3)
        async with (
            await IrcClient.connect(first.host, first.port) as alice,
            await IrcClient.connect(second.host, second.port) as bob,
        ):
            for client, nick in ((alice, "alice"), (bob, "bob")):
                await client.register(
                    nick, caps=("draft/account-registration", "draft/chathistory")
                )
                await client.send("JOIN #room")
                await client.expect(r" 366 ")
            await alice.send("REGISTER * * :sesame")
            await alice.expect("REGISTER SUCCESS")
            await alice.send("PRIVMSG #room :before")
            await bob.expect(r":alice!.* PRIVMSG #room :before")
            (master,) = masters(nodes)
            kill(master)

            async def bob_hears_her() -> bool:
                await alice.send("PRIVMSG #room :after")
                await bob.fence()
                return any(line.text == "after" for line in bob.log)

            await wait_until(bob_hears_her, "a message goes through again")
            assert not master.alive  # another one is the master
            await alice.fence()
            await bob.fence()
            assert (await history(bob))[:2] == ["before", "after"]
    await wait_until(lambda: everybody_is_gone(nodes), "all nodes have ended")

    async with (
        gateway(tmp_path) as again,
        await IrcClient.connect(again.host, again.port) as alice,
    ):
        assert all(node.alive for node in nodes.nodes)
        await alice.register("alice", caps=("draft/chathistory",), sasl=("alice", "sesame"))
        await alice.send("JOIN #room")  # if her session has not waited for her there
        await alice.fence()
        assert (await history(alice))[:2] == ["before", "after"]
    await wait_until(lambda: everybody_is_gone(nodes), "all nodes have ended")


async def test_a_port_that_somebody_takes_meanwhile_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the choice and the start of the server it belongs to nobody."""
    thief = socket.socket()
    choose = Node.choose_ports

    def choose_and_lose(node: Node) -> None:
        choose(node)
        with suppress(OSError):  # the second time it has one already
            thief.bind(("127.0.0.1", node.ports[1]))
            thief.listen()

    monkeypatch.setattr(Node, "choose_ports", choose_and_lose)
    with thief:
        async with opened(tmp_path) as engine:
            taken = thief.getsockname()[1]
            ports = [port for node in engine._nodes.nodes for port in node.ports]
            assert taken
            assert taken not in ports


async def test_the_last_one_to_leave_stops_all_nodes(tmp_path: Path) -> None:
    async with opened(tmp_path):
        nodes = Nodes(tmp_path, 3)
        async with opened(tmp_path):
            assert all(node.alive for node in nodes.nodes)
        assert all(node.alive for node in nodes.nodes)
    assert everybody_is_gone(nodes)


async def test_a_dead_node_rests_before_it_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as engine:
        nodes = Nodes(tmp_path, 3)
        dead = nodes.nodes[-1]
        kill(dead)
        await wait_until(lambda: not dead.alive, "the node is dead")
        nodes.revive()
        nodes.revive()
        await engine.ensure()
        assert not dead.alive
        monkeypatch.setattr(engine_nodes, "REST_S", 0.0)
        await wait_until(lambda: dead.serves(), "who looks from time to time has started it")


async def test_all_are_dead_and_started_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        nodes = Nodes(tmp_path, 3)
        (master,) = masters(nodes)
        assert master.ask("SET {chat}:said hello").startswith(b"+OK")
        for node in nodes.nodes:
            kill(node)
        await wait_until(lambda: everybody_is_gone(nodes), "all nodes are dead")
        await engine.ensure()
        (master,) = masters(nodes)
        assert master.ask("GET {chat}:said") == b"hello"


async def test_a_port_that_somebody_else_has_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path) as engine:
        before = engine.url
        (master,) = masters(Nodes(tmp_path, 3))
        assert master.ask("SET {chat}:said hello").startswith(b"+OK")
    with socket.create_server(("127.0.0.1", master.ports[0])):
        async with opened(tmp_path) as engine:
            assert engine.url != before
            (master,) = masters(Nodes(tmp_path, 3))
            assert master.ask("GET {chat}:said") == b"hello"


async def test_a_cluster_that_was_half_made_is_completed(tmp_path: Path) -> None:
    nodes = Nodes(tmp_path, 3)
    for node in nodes.nodes[:4]:
        node.choose_ports()
        node.ensure()
    assert nodes.nodes[0].ask("CLUSTER ADDSLOTSRANGE 0 5460").startswith(b"+OK")
    port, bus = nodes.nodes[1].ports
    assert nodes.nodes[0].ask(f"CLUSTER MEET 127.0.0.1 {port} {bus}").startswith(b"+OK")
    async with opened(tmp_path):
        assert [one.slots for one in nodes.nodes[0].view() if one.master != "-"] == [0, 0, 0]
        assert len(masters(nodes)) == 1


async def test_it_is_in_the_directory_with_another_number(tmp_path: Path) -> None:
    Nodes(tmp_path, 3)
    with pytest.raises(EngineError, match=r"has 3 masters: give --engine-nodes 3, or another"):
        await open_nodes(tmp_path, 4)


@pytest.mark.parametrize("number", [1, 2, 100])
async def test_fewer_than_three_cannot_elect_anybody(tmp_path: Path, number: int) -> None:
    refused = gateway(tmp_path, number)
    try:
        refused.launch()
        assert await refused.ended() == 1
        assert refused.log == (
            "chatd: a new master is elected by the majority of all: give --engine-nodes 3 to 8\n"
        )
    finally:
        refused.remove()
    assert not os.listdir(tmp_path)


async def test_a_redis_that_is_given_has_its_own_nodes(tmp_path: Path) -> None:
    refused = Gateway("--engine-nodes", "3", "--redis", "redis://127.0.0.1:1")
    try:
        refused.launch()
        assert await refused.ended() == 1
        assert "give no --redis" in refused.log
    finally:
        refused.remove()
