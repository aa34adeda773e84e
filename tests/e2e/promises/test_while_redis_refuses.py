"""Issue 8: "QUIT, or a lost socket, while Redis answers OOM or READONLY or BUSY: the user stays on
the roster for good, the name is 433, although ERROR acknowledged it", and "6,831 ERROR lines in
19 s of OOM: one line with a count".
"""

from __future__ import annotations

import asyncio
import shutil

import pytest

from tests.e2e.promises.absence import (
    LOOKING_CAPS,
    REFUSALS,
    check_beliefs,
    do,
    in_room,
    refusing,
    settle,
)
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS as SAYING_CAPS
from tests.e2e.promises.support import (
    SLACK_S,
    People,
    ask,
    heard,
    say,
    texts,
    wait_for_roster,
)
from tests.support.irc import IrcClient
from tests.support.wait import wait_until

CAPS = (*LOOKING_CAPS, "standard-replies")
WITHIN_S = 3 + SLACK_S
"""After how many seconds the roster is right: "within seconds"."""
HANDFUL = 12
"""Lines that a gateway may log about one period of refusals."""
ROOMS = ("#one", "#two", "#three")


async def leave(client: IrcClient, way: str) -> None:
    """Go: by QUIT, of which the close is the acknowledgement, or by losing the socket."""
    if way == "quit":
        await client.send("QUIT :off")
        await client.expect_closed()
    await client.close()


def logs_a_handful(log: str) -> bool:
    """Whether so much is said of each period. A Redis that is busy may take a link that was lost,
    and go on to refuse: that is another one."""
    return log.count("\n") <= HANDFUL * (1 + log.count("connected to Redis"))


@pytest.mark.parametrize("way", ["quit", "lost"])
@pytest.mark.parametrize("kind", REFUSALS)
async def test_who_leaves_while_redis_refuses(
    own: Chat, people: People, kind: str, way: str
) -> None:
    stays = [await people(gateway, nick, "#one", caps=CAPS)
             for gateway, nick in ((own.g1, "near"), (own.g2, "far"))]  # fmt: skip
    alone = await people(own.g1, "alone", "#one", caps=CAPS)
    batch = [await people(own.g1, f"batch{i}", "#one", caps=CAPS) for i in range(20)]
    logged = len(own.g1.log)
    async with refusing(own.redis, kind):
        await leave(alone, way)
        await asyncio.gather(*(leave(client, way) for client in batch))
    await wait_for_roster(own.redis, {"near", "far"}, WITHIN_S)
    gone = sorted(client.nick for client in (alone, *batch))
    for client in stays:
        await settle(client)
        assert sorted(line.nick for line in heard(client, "QUIT")) == gone, "exactly one QUIT each"
    await check_beliefs(own, *stays)
    again = await people(own.g2, "alone", "#one", caps=CAPS)
    await check_beliefs(own, again, *stays)
    assert logs_a_handful(own.g1.log[logged:]), own.g1.log


@pytest.mark.parametrize("kind", REFUSALS)
async def test_rooms_while_redis_refuses(own: Chat, people: People, kind: str) -> None:
    """A PART that is refused has not happened; one that is answered by PART has."""
    near = await people(own.g1, "near", *ROOMS, caps=CAPS)
    far = await people(own.g2, "far", *ROOMS, caps=CAPS)
    tries = 100
    logged = len(own.g1.log)
    async with refusing(own.redis, kind):
        for _ in range(tries):
            await near.send("PART #one", "PRIVMSG #two :hello", "TOPIC #two :new", "AWAY :x")
        if kind == "readonly":  # that Redis is left: a PING waits until there is a master
            await near.expect(" FAIL AWAY ")
        else:  # one that is busy for long is away to a gateway, and a PING is refused then
            await near.send("PING :after them")
            await near.expect(r"PONG \S+ :after them$| FAIL PING ", 60)
    await settle(near, far)
    answers = [line for line in near.log if line.command == "FAIL"]
    assert {line.params[1] for line in answers} <= {"TEMPORARILY_UNAVAILABLE", "RATE_LIMITED"}
    assert "Internal error" not in "".join(line.raw for line in near.log)
    assert logs_a_handful(own.g1.log[logged:]), own.g1.log[-2000:]
    assert own.g1.log[logged:].count(" ERROR ") <= 1
    await do(near, "PART #one", "PART #two")
    await check_beliefs(own, near, far)
    assert await in_room(far, "#three") == {"@near", "far"}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_who_is_refused_is_told_to_try_again(own: Chat, people: People, kind: str) -> None:
    """Redis that refuses is "refused for now": TEMPORARILY_UNAVAILABLE, and then it goes on."""
    near = await people(own.g1, "near", "#one", caps=SAYING_CAPS)
    far = await people(own.g2, "far", "#one", caps=SAYING_CAPS)
    async with refusing(own.redis, kind):
        answers = [await say(near, "#one", f"now {number}") for number in range(3)]
    acknowledged = [line.text for line in answers if line.command == "PRIVMSG"]
    assert kind == "busy" or acknowledged == []
    for line in answers:
        assert line.command == "PRIVMSG" or line.params[1] == "TEMPORARILY_UNAVAILABLE", line.raw

    async def taken() -> bool:
        return (await say(near, "#one", "again")).command == "PRIVMSG"

    await wait_until(taken, "messages are taken again", WITHIN_S)
    await far.fence()
    assert texts(heard(far, "PRIVMSG")) == [*acknowledged, "again"]


LOSSES = ("flushed", "restarted")


async def forget(chat: Chat, how: str) -> None:
    """Let Redis lose all that it holds."""
    if how == "flushed":
        await ask(chat.redis, "FLUSHALL")
        return
    await chat.redis.stop()
    for path in chat.redis.folder.glob("appendonlydir*"):
        shutil.rmtree(path)
    for path in chat.redis.folder.glob("*.rdb"):
        path.unlink()
    await chat.redis.start()


@pytest.mark.parametrize("how", LOSSES)
async def test_redis_comes_back_empty(mortal: Chat, people: People, how: str) -> None:
    """ "Redis restarted empty, clients connected: 9,909 JOIN lines of people who are already there,
    no word of the loss." """
    gateways = (mortal.g1, mortal.g2)
    crowd = [await people(gateways[i % 2], f"c{i}", *ROOMS, caps=CAPS) for i in range(20)]
    await do(crowd[0], "TOPIC #one :first", "MODE #one +v c1", "MODE #two +o c2")
    await settle(*crowd)
    marks = [len(client.log) for client in crowd]
    await forget(mortal, how)
    await wait_for_roster(mortal.redis, {client.nick for client in crowd})

    async def all_in() -> bool:
        sizes = [await ask(mortal.redis, "HLEN", f"chat:room:{{{room}}}:members") for room in ROOMS]
        return sizes == [20, 20, 20]

    await wait_until(all_in, "all are in their rooms again")
    await settle(*crowd)
    for client, mark in zip(crowd, marks, strict=True):
        after = client.log[mark:]
        assert [line.raw for line in after if line.command == "JOIN"] == []
        assert [line.raw for line in after if line.command == "QUIT"] == []
        told = [line.raw for line in after if line.command in {"NOTE", "NOTICE"}]
        assert len(told) == 1, (client.nick, told)
    for number, client in enumerate((crowd[0], crowd[7])):
        await do(client, f"PRIVMSG #two :again {number}")
    await settle(*crowd)
    for client in crowd:
        assert texts(heard(client, "PRIVMSG")) == ["again 0", "again 1"], client.nick
    await check_beliefs(mortal, *crowd)
    for client in crowd[:2]:
        lines = await do(client, "TOPIC #one")
        topic = [line.partition(" :")[2] for line in lines if " 332 " in line]
        shown = [line.text for line in client.log if line.command in {"TOPIC", "332"}]
        assert topic == [shown[-1]] or (topic == [] and shown[-1] == "")
