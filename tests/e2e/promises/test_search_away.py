"""SEARCH on every kind of Redis, and while it is away: "Redis away is an answer, not a hang"."""

from __future__ import annotations

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, join, say
from tests.support.irc import IrcClient
from tests.support.servers import on_every_engine
from tests.support.wait import wait_until

CAPS = (
    "soju.im/search", "batch", "message-tags", "server-time", "echo-message", "labeled-response",
)  # fmt: skip
MANY = 3000
"""Messages, so that a search is under way for some time."""


async def answer(client: IrcClient) -> list[str]:
    """The texts that are found, or why there are none."""
    lines = await client.lines_until("BATCH -|FAIL SEARCH")
    if lines[-1].command == "FAIL":
        return lines[-1].params[:2]
    return [line.text for line in lines if "batch" in line.tags]


@on_every_engine
async def test_redis_stops_in_the_middle(own: Chat, people: People) -> None:
    """Who searches is told so, at whatever moment Redis goes; afterwards it finds all."""
    anna, bob = await people(own.g1, "anna", caps=CAPS), await people(own.g2, "bob", caps=CAPS)
    for client in (anna, bob):
        await join(client, "#room")
    await bob.send(*["PRIVMSG #room :nothing in particular"] * MANY)
    await say(bob, "#room", "the word")
    await anna.fence()
    failed = ["SEARCH", "INTERNAL_ERROR"]

    async def finds() -> bool:
        await anna.send("SEARCH text=word")
        return await answer(anna) == ["the word"]

    for _ in range(3):
        assert await finds()
        await anna.send("SEARCH text=missing")
        await own.redis.stop()
        assert await answer(anna) in ([], failed)
        await anna.send("SEARCH text=word")
        assert await answer(anna) == failed
        await own.redis.start()
        await wait_until(finds, "what was said is found again")
