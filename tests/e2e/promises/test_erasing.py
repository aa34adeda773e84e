"""Erasing while gateways die, are cut off, and Redis goes back."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS as COMMON
from tests.e2e.promises.support import People, heard, join, say, texts
from tests.support.irc import IrcClient
from tests.support.wait import wait_until

CAPS = (*COMMON, "standard-replies", "draft/chathistory")
PASSWORD = "sesame"
ENTRIES = 9_000
"""Fewer than are kept."""


def made(chat: Chat, name: str) -> str:
    return chat.redis.key(f"chat:{{chat:online}}:{name}")


async def account(people: People, chat: Chat, room: str) -> IrcClient:
    """Anna has an account, is on the first gateway and in a room."""
    anna = await people(chat.g1, "anna", caps=CAPS)
    await anna.send(f"REGISTER * * {PASSWORD}")
    await anna.expect("REGISTER SUCCESS")
    await join(anna, room)
    return anna


async def fill(redis: Any, log: str) -> None:
    """A long log, of which every tenth entry is anna's: a second's work, and longer."""
    last, _ = (await redis.xinfo_stream(log))["last-generated-id"].split("-")
    pipe = redis.pipeline(transaction=False)
    for at in range(ENTRIES):
        who = "anna" if at % 10 == 0 else "bob"
        row = (
            "M",
            "s",
            "",
            who,
            f"{who}!~{who}@h",
            who,
            "PRIVMSG",
            "#long",
            "",
            f"{who}-{at}",
            "1",
        )
        pipe.xadd(log, {"e": "\0".join(row)}, id=f"{last}-{at + 1}")
        if at % 1000 == 0:
            await pipe.execute()
    await pipe.execute()


async def left_of(redis: Any, log: str, who: str) -> int:
    entries = await redis.xrange(log)
    return sum(f"\0{who}-" in fields["e"] for _, fields in entries)


async def test_a_gateway_is_killed_in_the_middle(own: Chat, people: People) -> None:
    """ "by pages with a job record in Redis so that any gateway goes on when one dies" """
    anna = await account(people, own, "#long")
    log = own.redis.key("chat:room:{#long}:log")
    async with Redis.from_url(own.redis.direct_url, decode_responses=True) as redis:
        await fill(redis, log)
        await anna.send("ACCOUNT ERASE *")
        await anna.expect("NOTE ACCOUNT ERASING")

        async def has_begun() -> bool:
            return bool(await redis.exists(made(own, "rewriting")))

        await wait_until(has_begun, "the log is being written anew")
        own.g1.kill9()
        assert await left_of(redis, log, "anna") == ENTRIES // 10, "the old log is as it was"
        bob = await people(own.g2, "bob", "#long", caps=CAPS)
        await say(bob, "#long", "bob-meanwhile")

        async def is_over() -> bool:
            return not await redis.exists(made(own, "erasures"))

        await wait_until(is_over, "the other gateway goes on", 60)
        assert await left_of(redis, log, "anna") == 0
        assert await left_of(redis, log, "bob") == ENTRIES * 9 // 10 + 1
        assert not await redis.exists(made(own, "rewriting"))


async def test_who_was_cut_off_takes_nothing_for_lost(own: Chat, people: People) -> None:
    """ "Every position that a gateway or a device has stays right": the last that it had told is
    erased, and so is some of what it has missed.
    """
    anna = await account(people, own, "#room")
    bob = await people(own.g2, "bob", "#room", caps=CAPS)
    await say(anna, "#room", "told and erased")
    await bob.expect("told and erased")
    own.g2.pause()
    await say(anna, "#room", "missed and erased")
    await anna.send("ACCOUNT ERASE *")
    await anna.expect("NOTE ACCOUNT ERASING")
    async with Redis.from_url(own.redis.direct_url, decode_responses=True) as redis:

        async def is_over() -> bool:
            return not await redis.exists(made(own, "erasures"))

        await wait_until(is_over, "it is erased")
        await redis.client_kill_filter(_id=await link_of(redis, own.g2.id))
    await say(anna, "#room", "said later")
    own.g2.resume()
    lines = await bob.lines_until("said later")
    assert texts(heard_of(lines)) in (["said later"], ["missed and erased", "said later"])
    assert not any("could not be" in line.raw or "lost" in line.raw for line in bob.log)
    await anna.fence()
    assert not heard(anna, "NOTE", "ROLLBACK")


def heard_of(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line.command == "PRIVMSG"]


async def link_of(redis: Any, gateway: str) -> str:
    rows = await redis.client_list()
    return str(next(row["id"] for row in rows if row["name"] == f"chatd-{gateway}"))


async def test_redis_goes_back_to_before_it_was_done(own: Chat, people: People) -> None:
    """ "After a rollback of Redis the job is there again, unless it began after what is lost." """
    anna = await account(people, own, "#long")
    log = own.redis.key("chat:room:{#long}:log")
    async with Redis.from_url(own.redis.direct_url, decode_responses=True) as redis:
        await fill(redis, log)
        await anna.send("ACCOUNT ERASE *")
        await anna.expect("NOTE ACCOUNT ERASING")
        await own.redis.save()
    await own.redis.roll_back()
    async with Redis.from_url(own.redis.direct_url, decode_responses=True) as redis:

        async def is_over() -> bool:
            return not await redis.exists(made(own, "erasures"))

        await wait_until(is_over, "a gateway goes on", 60)
        assert await left_of(redis, log, "anna") == 0
        assert await left_of(redis, log, "bob") == ENTRIES * 9 // 10


async def test_the_room_gets_another_name_in_the_middle(own: Chat, people: People) -> None:
    """ "a log that NICK or RENAME moves meanwhile is noted and looked at again" """
    anna = await account(people, own, "#long")
    await anna.send("ROOM REGISTER #long")
    log, renamed = (own.redis.key(f"chat:room:{{{name}}}:log") for name in ("#long", "#new"))
    async with Redis.from_url(own.redis.direct_url, decode_responses=True) as redis:
        await fill(redis, log)
        for line in ("ROOM ERASE #long", "ACCOUNT ERASE #new"):
            await anna.send(line)
            await anna.expect("NOTE .* ERASING")

            async def has_begun() -> bool:
                return bool(await redis.exists(made(own, "rewriting")))

            await wait_until(has_begun, "the log is being written anew")
            old, new = ("#long", "#new") if line.endswith("#long") else ("#new", "#long")
            await anna.send(f"RENAME {old} {new}")
            await anna.expect(f"RENAME {old} {new}|JOIN {new}")

            async def is_over() -> bool:
                return not await redis.exists(made(own, "erasures"))

            await wait_until(is_over, "it is done", 60)
            assert await left_of(redis, renamed, "anna") == 0
            assert await left_of(redis, log, "anna") == 0
            assert await left_of(redis, renamed, "bob") == 0
            if new == "#new":
                await fill(redis, renamed)
