"""Names that several want at once, on two gateways: one gets it, the others are told."""

from __future__ import annotations

import asyncio

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

ROUNDS = 10
RIVALS = 6


async def test_many_register_under_one_name_at_once(connect: Connect) -> None:
    """ "without [an account], a taken name gets 433": however many ask in the same moment."""
    for number in range(ROUNDS):
        nick = f"rival{number}"
        rivals = [await connect.open() for _ in range(RIVALS)]
        await asyncio.gather(*(one.send(f"NICK {nick}", "USER u 0 * :u") for one in rivals))
        answers = [await one.expect(" (001|433) ") for one in rivals]
        assert sorted(line.command for line in answers) == ["001"] + ["433"] * (RIVALS - 1)


async def test_many_change_to_one_name_at_once(connect: Connect) -> None:
    """One NICK event, the same for everybody in the room; the others keep their names."""
    witness = await connect("witness")
    await witness.send("JOIN #race")
    people: list[IrcClient] = []
    for number in range(RIVALS):
        people.append(await connect(f"p{number}"))
        await people[-1].send("JOIN #race")
        await people[-1].fence()
    for number in range(ROUNDS):
        await witness.fence()
        await asyncio.gather(*(one.send(f"NICK prize{number}") for one in people))
        for one in people:
            await one.expect(rf"(NICK :?| 433 \S+ )prize{number}\b")
            await one.fence()
        told = [line for line in await witness.fence() if line.command == "NICK"]
        assert [line.params for line in told] == [[f"prize{number}"]]
