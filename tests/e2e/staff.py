"""What transcripts about users and operators have in common: whole lines, and becoming one."""

from __future__ import annotations

from collections.abc import Sequence

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.wait import wait_until


async def ask(client: IrcClient, *lines: str) -> list[str]:
    """Send lines; return all that comes before a fence."""
    await client.fence()
    await client.send(*lines)
    return await heard(client)


async def heard(client: IrcClient) -> list[str]:
    """What has come since the last look."""
    return [line.raw for line in await client.fence()]


async def until_gone(client: IrcClient, nick: str) -> None:
    """Wait until nobody has a name any more. The close that answers QUIT says so; the end of a
    connection for another reason does not.
    """

    async def gone() -> bool:
        return (await ask(client, f"ISON {nick}"))[-1].endswith(" :")

    await wait_until(gone, f"{nick} has left")


async def operator(connect: Connect, nick: str = "boss", caps: Sequence[str] = ()) -> IrcClient:
    """Connect an operator of the server."""
    client = await connect(nick, caps)
    await client.send("OPER operuser operpassword")
    await client.expect(" 381 ", unless=" 464 ")
    await client.fence()
    return client
