"""Filling inboxes: some accounts at a time, and nothing is lost when nobody goes on."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.store.inbox import FILL
from chatd.store.pending import Pending
from tests.support.memory import Client, MemoryGateway, World


async def account(gateway: MemoryGateway, name: str) -> Client:
    client = await gateway.login(name)
    gateway.store.register(client.session.sid, name, name, "secret").result()
    gateway.store.set_account(client.session.sid, name, (name, name)).result()
    return client


async def gateways(world: World, count: int = 2) -> list[MemoryGateway]:
    made = [MemoryGateway(world, f"g{number}", flood_lines_per_s=0) for number in range(count)]
    for gateway in made:
        await gateway.network.start()
    return made


async def shown(client: Client) -> list[str]:
    lines = await client.says("INBOX")
    for _ in range(100):
        if lines and " INBOX " in lines[-1]:
            break
        lines += await client.hears()
    return [line.rpartition(" :")[2] for line in lines[:-1]]


@pytest.mark.slow
async def test_many_whom_a_word_concerns() -> None:
    """ "No call above 5 ms": an act looks at some of them, others' acts pass between two."""
    [gateway] = await gateways(World(), 1)
    people = [await account(gateway, f"name{number}") for number in range(2 * FILL)]
    for one in people:
        await one.says("KEYWORDS ADD all", "JOIN #room")
    carl = await gateway.login("carl")
    await carl.says("JOIN #room")
    fill, calls = gateway.store.fill_inboxes, list[int]()

    def counted() -> Pending[int]:
        reply = fill()
        calls.append(reply.result())
        return reply

    gateway.store.fill_inboxes = counted  # type: ignore[method-assign]
    await carl.says("PRIVMSG #room :one for all, name3")
    for one in people:
        await one.hears()
        assert await shown(one) == ["one for all, name3"]
    assert calls[0] == 1, "it took more than one call"


async def test_a_gateway_that_dies_before_it_has_filled_them() -> None:
    """What it has left is entered when somebody asks, and with the next message."""
    one, two = await gateways(World())
    anna, bob = await account(one, "anna"), await account(two, "bob")
    for client in (anna, bob):
        await client.says("JOIN #room")
    inbox: Any = two.server.inbox
    alive, inbox.fill = inbox.fill, lambda: None
    await bob.says("PRIVMSG #room :anna, first")
    assert two.store.fill_inboxes().result() == 0
    await bob.says("PRIVMSG #room :anna, second")
    await anna.hears()
    assert await shown(anna) == ["anna, first", "anna, second"]
    await bob.says("PRIVMSG #room :anna, third")
    inbox.fill = alive
    carl = await one.login("carl")
    await carl.says("JOIN #room", "PRIVMSG #room :anna, fourth")
    await anna.hears()
    inbox = one.store.inbox("anna", "+", "").result()
    assert len(inbox.rows) == 4


async def test_what_waits_is_bounded() -> None:
    world = World()
    [gateway] = await gateways(world, 1)
    anna, bob = await account(gateway, "anna"), await gateway.login("bob")
    for client in (anna, bob):
        await client.says("JOIN #room")
    due = f"{gateway.store.keys.presence}:due"
    world.client.rpush(due, *(f"gone\x001-1\x000\x00anna {number}" for number in range(10_000)))
    inbox: Any = gateway.server.inbox
    fill, inbox.fill = inbox.fill, lambda: None
    await bob.says("PRIVMSG #room :anna, one too many")
    assert world.client.llen(due) == 10_000
    inbox.fill = fill
    await anna.hears()
    assert await shown(anna) == []
    assert world.client.llen(due) == 0
    await bob.says("PRIVMSG #room :anna, again")
    await anna.hears()
    assert await shown(anna) == ["anna, again"]
