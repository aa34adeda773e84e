"""Issue 2: "SIGTERM tells the clients, removes its sessions from the roster and ends the process
within two seconds"."""

from __future__ import annotations

import asyncio

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import SLACK_S, People, heard, roster, say
from tests.support.servers import Gateway, free_port
from tests.support.wait import wait_until

WITHIN_S = 2.0 + SLACK_S


async def test_sigterm(own: Chat, people: People) -> None:
    alice = await people(own.g1, "alice", "#one", "#two")
    bob = await people(own.g2, "bob", "#one", "#two")
    half = await people.stranger(own.g1)
    await half.send("NICK half")
    started = asyncio.get_running_loop().time()
    assert await own.g1.terminate() == 0
    assert asyncio.get_running_loop().time() - started < WITHIN_S
    for client in (alice, half):
        lines = await client.expect_closed()
        assert lines[-1].raw == "ERROR :Server is shutting down"
    await bob.expect(r":alice!\S+ QUIT :Server is shutting down")
    await bob.fence()
    assert len(heard(bob, "QUIT")) == 1
    assert await roster(own.redis) == {"bob"}


async def test_sigterm_with_many_users_who_do_not_read(own: Chat, people: People) -> None:
    """ "within two seconds" whatever the clients do; everything is off the roster."""
    crowd = [await people.stranger(own.g1) for _ in range(300)]
    for number, client in enumerate(crowd):
        await client.send(f"NICK u{number}", "USER u 0 * :u", "JOIN #big")

    async def all_there() -> bool:
        return len(await roster(own.redis)) == 300

    await wait_until(all_there, "three hundred are online")
    started = asyncio.get_running_loop().time()
    assert await own.g1.terminate() == 0
    assert asyncio.get_running_loop().time() - started < WITHIN_S
    assert await roster(own.redis) == set()


async def test_sigterm_while_redis_is_away(own: Chat, people: People) -> None:
    """ "within two seconds" also when nobody answers."""
    alice = await people(own.g1, "alice")
    own.redis.pause()
    started = asyncio.get_running_loop().time()
    assert await own.g1.terminate() == 0
    assert asyncio.get_running_loop().time() - started < WITHIN_S
    own.redis.resume()
    assert (await alice.expect_closed())[-1].command == "ERROR"


async def test_a_messages_answer_is_not_lost(own: Chat, people: People) -> None:
    """What was sent before the SIGTERM is either acknowledged and kept, or not acknowledged."""
    alice = await people(own.g1, "alice", "#last")
    bob = await people(own.g2, "bob", "#last")
    await say(alice, "#last", "acknowledged")
    await own.g1.terminate()
    await bob.expect(r":alice!\S+ PRIVMSG #last :acknowledged")


async def test_the_next_start_takes_the_name(own: Chat, people: People) -> None:
    """A gateway that comes back under its own id at once leaves no ghosts, whatever its end was."""
    address = ("--listen", f"127.0.0.1:{free_port()}")
    fixed = Gateway("--redis", own.redis.url, "--gateway-id", "fixed", "--lease", "60", *address)
    async with fixed:
        bob = await people(own.g2, "bob", "#room")
        ghost = await people(fixed, "ghost", "#room")
        fixed.kill9()
        await ghost.expect_closed()
        await fixed.start()
        await bob.expect(r":ghost!\S+ QUIT ")
        assert await roster(own.redis) == {"bob"}
        await people(fixed, "ghost", "#room")
        await bob.expect(r":ghost!\S+ JOIN #room")
