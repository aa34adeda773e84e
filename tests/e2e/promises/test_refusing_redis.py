"""Redis is there and refuses: every answer goes to who asked, and afterwards all is right."""

from __future__ import annotations

import asyncio
from itertools import count

from tests.e2e.promises.absence import BUSY_SCRIPT
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, ask, join, unavailable
from tests.e2e.promises.traffic import Traffic
from tests.support.irc import IrcClient, Line
from tests.support.servers import on_every_engine

ROUNDS = 4


async def busy(chat: Chat) -> None:
    """Keep Redis busy with scripts, one after the other."""
    for _ in range(ROUNDS):
        await ask(chat.redis, "EVAL", BUSY_SCRIPT, 0)


async def come_and_go(client: IrcClient, over: asyncio.Event) -> None:
    """Enter rooms and leave them, each a channel to be heard or not."""
    for number in count():
        if over.is_set():
            return
        await client.send(f"JOIN #{client.nick}{number % 7}", f"PART #{client.nick}{number % 7}")
        await fence(client)


async def fence(client: IrcClient) -> list[Line]:
    """Wait for all answers; PING itself may be refused first."""
    return [line for line in await client.fence() if not unavailable(line)]


async def look(client: IrcClient, names: list[str], over: asyncio.Event) -> None:
    """Ask who somebody is; the answer is about nobody else."""
    for number in count():
        if over.is_set():
            return
        name = names[number % len(names)]
        await client.send(f"@label=w{number} WHOIS {name}")
        first = await client.expect(f"[@;]label=w{number}[ ;]")
        if first.command != "BATCH":
            assert unavailable(first), first.raw
            continue
        reference = first.params[0][1:]
        for line in await client.lines_until(rf"BATCH -{reference}$"):
            if line.tags.get("batch") == reference and len(line.params) > 2:
                assert line.params[1] == name, line.raw


@on_every_engine
async def test_answers_go_to_who_asked_while_redis_is_busy(own: Chat, people: People) -> None:
    """Issue 8: "Redis answers `-BUSY` to SUBSCRIBE and UNSUBSCRIBE ... and from then on every
    answer goes to the wrong asker: WHOIS of others, messages acknowledged under another's msgid.
    (`busy-reply-threshold 100`, a script of 0.6 s, joins and parts under way.)"

    `Traffic` checks that each message was acknowledged as what it is.
    """
    await ask(own.redis, "CONFIG", "SET", "busy-reply-threshold", 100)
    names = ["ann", "ben", "cid", "dan", "eve", "fay"]
    crowd = [await people((own.g1, own.g2)[number % 2], name) for number, name in enumerate(names)]
    over = asyncio.Event()
    async with Traffic(own, people) as traffic:
        async with asyncio.TaskGroup() as group:
            for client in crowd[:4]:
                group.create_task(come_and_go(client, over))
            for client in crowd[4:]:
                group.create_task(look(client, names, over))
            await busy(own)
            over.set()
        await traffic.flows()
    for client in crowd:
        await fence(client)
        await join(client, "#after")
        await client.send(f"WHOIS {client.nick}")
        assert (await client.expect(" 311 ")).params[1] == client.nick
    for client in crowd:
        await client.send("NAMES #after")
        shown = await client.expect(" 353 ")
        assert {name.lstrip("@") for name in shown.text.split()} == set(names)


@on_every_engine
async def test_a_redis_without_memory_is_no_error_of_each_command(
    own: Chat, people: People
) -> None:
    """Issue 8: "6,831 ERROR lines in 19 s of OOM: one line with a count." Clients are told."""
    alice = await people(own.g1, "alice", "#room")
    await ask(own.redis, "CONFIG", "SET", "maxmemory", 1)
    for number in range(30):
        await alice.send(
            f"@label=m{number} PRIVMSG #room :lost?",
            f"@label=t{number} TOPIC #room :x",
            f"@label=j{number} JOIN #other{number}",
        )
        for what in "mtj":
            answer = await alice.expect(f"@label={what}{number} ")
            assert unavailable(answer), answer.raw
    await ask(own.redis, "CONFIG", "SET", "maxmemory", 0)
    await fence(alice)
    await alice.send("@label=x PRIVMSG #room :kept")
    assert (await alice.expect("label=x[ ;]")).text == "kept"
    assert " ERROR " not in own.g1.log
    assert own.g1.log.count("\n") < 30
