"""Two gateways at once: one winner, one order. (docs/architecture.md: Redis orders.)"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Gateways
from tests.support.irc import IrcClient, Line

CROWD = 100
LIMIT = 10
TURNS = 50


@pytest.fixture
async def crowd(gateways: Gateways) -> AsyncIterator[list[IrcClient]]:
    """Clients c0, c1 ..., the even ones on one gateway and the odd ones on the other."""
    pair = await gateways(2, "--flood-rate", "0")
    async with AsyncExitStack() as stack:
        clients = []
        for number in range(CROWD):
            gateway = pair[number % 2]
            client = await IrcClient.connect(gateway.host, gateway.port)
            await stack.enter_async_context(client)
            await client.register(f"c{number}")
            clients.append(client)
        yield clients


async def at_once(clients: list[IrcClient], line: str) -> list[list[Line]]:
    """Send a line from all clients at once; what each hears until all is done."""
    await asyncio.gather(*(client.send(line) for client in clients))
    # a fence of everybody: all lines have been acknowledged; the next: all have been heard
    first = await asyncio.gather(*(client.fence(60) for client in clients))
    second = await asyncio.gather(*(client.fence(60) for client in clients))
    return [before + after for before, after in zip(first, second, strict=True)]


def joins(lines: list[Line]) -> list[str]:
    return [line.nick for line in lines if line.command == "JOIN"]


async def operators(client: IrcClient, room: str) -> list[str]:
    await client.send(f"NAMES {room}")
    lines = await client.fence()
    words = [word for line in lines if line.command == "353" for word in line.text.split()]
    return [word for word in words if word[0] == "@"]


async def test_a_hundred_join_an_empty_room(crowd: list[IrcClient]) -> None:
    """ "the first client who joins a normal channel is made a channel operator": one of them is,
    and both gateways saw the others come in the same order."""
    for turn in range(TURNS):
        heard = await at_once(crowd, f"JOIN #race{turn}")
        everybody = max((joins(lines) for lines in heard), key=len)
        assert len(everybody) == CROWD
        # each has seen the end of that order, from the own JOIN on
        for client, lines in zip(crowd, heard, strict=True):
            seen = joins(lines)
            assert seen == everybody[-len(seen) :]
            assert seen[0] == client.nick
        for client in crowd[:2]:
            assert await operators(client, f"#race{turn}") == [f"@{everybody[0]}"]
        await at_once(crowd, f"PART #race{turn}")


async def test_a_limit_is_never_passed(crowd: list[IrcClient]) -> None:
    """ "if the number of users joined to that channel matches or exceeds the value of this mode,
    new users cannot join that channel" """
    first, *others = crowd
    for turn in range(5):
        room = f"#full{turn}"
        await first.send(f"JOIN {room}", f"MODE {room} +l {LIMIT}")
        await first.fence()
        heard = await at_once(others, f"JOIN {room}")
        inside = [client for client, lines in zip(others, heard, strict=True) if joins(lines)]
        refused = [line for lines in heard for line in lines if line.command == "471"]
        assert len(inside) == LIMIT - 1
        assert len(refused) == len(others) - len(inside)


async def test_modes_that_are_changed_at_once_end_the_same(crowd: list[IrcClient]) -> None:
    """Every member sees the same changes in the same order, and both gateways the same end."""
    members = crowd[:10]
    for client in members:
        await client.send("JOIN #modes")
        await client.fence()
    names = " ".join(client.nick for client in members[1:])
    await members[0].send(f"MODE #modes +{'o' * 9} {names}")
    for client in members:
        await client.fence()
        await client.fence()

    async def change(client: IrcClient, number: int) -> None:
        for turn in range(10):
            await client.send(
                f"MODE #modes {'+' if (turn + number) % 2 else '-'}is",
                f"MODE #modes +kl k{number} {number + 1}",
                f"MODE #modes {'+' if turn % 2 else '-'}b n{number % 3}!*@*",
                f"MODE #modes {'+' if turn % 2 else '-'}v {members[0].nick}",
            )

    await asyncio.gather(*(change(client, number) for number, client in enumerate(members)))
    heard = [await client.fence(60) for client in members]
    for lines, client in zip(heard, members, strict=True):
        lines += await client.fence(60)
    changes = [[line.raw for line in lines if line.command == "MODE"] for lines in heard]
    assert changes[0]
    assert all(seen == changes[0] for seen in changes)
    ends = set()
    for client in members:
        await client.send("MODE #modes", "MODE #modes b")
        lines = await client.fence()
        ends.add(tuple(" ".join(line.params[1:]) for line in lines))
    assert len(ends) == 1


async def test_a_ban_stops_the_next_word_on_the_other_gateway(crowd: list[IrcClient]) -> None:
    """What is acknowledged on one gateway holds for the very next line on the other."""
    alice, bob = crowd[:2]
    for client in (alice, bob):
        await client.send("JOIN #word")
        await client.fence()
    for turn in range(50):
        await alice.send("MODE #word +b c1!*@*")
        await alice.expect(r" MODE #word \+b ")
        await bob.send(f"PRIVMSG #word :{turn}")
        await bob.expect(" 404 ")
        await alice.send("MODE #word -b c1!*@*")
        await alice.expect(r" MODE #word -b ", unless=" PRIVMSG ")
        await bob.send(f"PRIVMSG #word :{turn}")
        await alice.expect(rf" PRIVMSG #word :{turn}$")
    assert [line for line in await bob.fence() if line.command == "404"] == []
