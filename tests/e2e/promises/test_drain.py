"""A gateway that is drained takes no new clients and lets the others go, spaced out."""

from __future__ import annotations

import asyncio
import os
import signal

from tests.conftest import Gateways
from tests.e2e.promises.support import SLACK_S, People, heard
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

DRAIN = ("--drain-time", "2", "--lease", "1.5")
ERROR = "ERROR :This gateway is being restarted: connect again"


def terminate(gateway: Gateway) -> None:
    os.kill(gateway.pid, signal.SIGTERM)


async def test_sigterm_lets_clients_go_one_after_the_other(
    gateways: Gateways, people: People
) -> None:
    """ "lets its clients go spaced out" """
    first, second = await gateways(2, *DRAIN)
    crowd = [await people(first, f"user{number}") for number in range(12)]
    half = await people.stranger(first)
    await half.send("NICK half")
    loop = asyncio.get_running_loop()
    begin = loop.time()
    terminate(first)
    assert (await half.expect_closed())[-1].raw == ERROR

    async def closed(client: IrcClient) -> float:
        assert (await client.expect_closed())[-1].raw == ERROR
        return loop.time() - begin

    times = sorted(await asyncio.gather(*map(closed, crowd)))
    assert times[-1] - times[0] > 1.0
    assert await first.ended() == 0
    assert loop.time() - begin < 2 + 2 + SLACK_S
    await people(second, "user3")  # the names are free


async def test_no_new_client_is_taken_in_meanwhile(gateways: Gateways, people: People) -> None:
    """ "a gateway takes no new sessions" """
    first, _ = await gateways(2, *DRAIN)
    waiting = await people(first, "anna"), await people(first, "bob")
    terminate(first)
    for client in waiting[:1]:
        await client.expect_closed()
    try:
        async with await IrcClient.connect(first.host, first.port) as late:
            await late.send("PING :x")
            await late.expect_closed()
            assert not late.log
    except ConnectionError:
        pass
    await waiting[1].expect_closed()
    assert await first.ended() == 0


async def test_a_second_sigterm_ends_it_at_once(gateways: Gateways, people: People) -> None:
    first, _ = await gateways(2, "--drain-time", "600")
    crowd = [await people(first, f"user{number}") for number in range(3)]
    terminate(first)
    await crowd[0].expect_closed()
    terminate(first)
    assert await first.ended() == 0
    for client in crowd[1:]:
        assert (await client.expect_closed())[-1].raw == "ERROR :Server is shutting down"


async def test_ctrl_c_ends_it_at_once(gateways: Gateways, people: People) -> None:
    first, _ = await gateways(2, "--drain-time", "600")
    anna = await people(first, "anna")
    os.kill(first.pid, signal.SIGINT)
    assert (await anna.expect_closed())[-1].raw == "ERROR :Server is shutting down"
    assert await first.ended() == 0


async def test_the_last_gateway_has_nobody_to_send_its_clients_to(
    gateways: Gateways, people: People
) -> None:
    (first,) = await gateways(1, "--drain-time", "600")
    anna = await people(first, "anna")
    terminate(first)
    assert (await anna.expect_closed())[-1].raw == "ERROR :Server is shutting down"
    assert await first.ended() == 0


async def test_who_can_move_is_told_first_and_has_time(gateways: Gateways, people: People) -> None:
    """ "Before a gateway ends it sends MOVE ... Who has not gone after a while is closed" """
    first, second = await gateways(2, *DRAIN, "--advertise", "other.example:6667")
    caps = ("chatd/gateways",)
    anna, bob = await people.stranger(first), await people.stranger(first)
    carl = await people(second, "carl", "#room")
    await anna.register("anna", caps=caps)
    await bob.register("bob", caps=caps)
    await anna.send("JOIN #room")
    terminate(first)
    for client in (anna, bob):
        await client.expect("^:chat.internal MOVE :This gateway is being restarted")
    await anna.send("PRIVMSG #room :still here", "QUIT :moved")
    await carl.expect("PRIVMSG #room :still here")
    await anna.expect_closed()
    assert (await bob.expect_closed())[-1].raw == ERROR
    assert await first.ended() == 0
    await carl.fence()
    assert [line.text for line in heard(carl, "QUIT")] == ["Quit: moved"]


async def test_who_logs_in_again_in_time_was_never_away(gateways: Gateways, people: People) -> None:
    """ "lets its clients go spaced out, each with its grace period" """
    first, second = await gateways(2, *DRAIN)
    carl = await people(second, "carl", "#room")
    anna = await people(first, "anna", "#room")
    await anna.send("REGISTER * * :open sesame")
    await anna.expect("REGISTER SUCCESS")
    await carl.fence()
    seen = len(carl.log)
    terminate(first)
    assert (await anna.expect_closed())[-1].raw == ERROR
    assert await first.ended() == 0
    await carl.send("PRIVMSG #room :said meanwhile")
    again = await people.stranger(second)
    await again.register("anna", sasl=("anna", "open sesame"))
    await again.send("PRIVMSG #room :back")
    await carl.expect(":back$")
    noticed = {line.command for line in carl.log[seen:] if line.nick == "anna"}
    assert noticed == {"PRIVMSG"}
