"""What transcripts of rooms have in common."""

from __future__ import annotations

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

PASSWORD = "sesame"


async def ask(client: IrcClient, *lines: str) -> list[str]:
    """Send lines; return what came meanwhile, without the source and the user's own name in it."""
    await client.fence()
    await client.send(*lines)
    return [short(line.raw) for line in await client.fence()]


async def heard(client: IrcClient) -> list[str]:
    """What has come since the last look."""
    return [short(line.raw) for line in await client.fence()]


def short(raw: str) -> str:
    """A line with ``nick`` for nick!user@host, and no source where it is the server."""
    source, _, rest = raw.removeprefix(":").partition(" ")
    return rest if "!" not in source else f"{source.partition('!')[0]} {rest}"


async def join(client: IrcClient, *rooms: str) -> list[str]:
    """Enter rooms one after the other."""
    return await ask(client, *(f"JOIN {room}" for room in rooms))


async def registered(connect: Connect, name: str) -> IrcClient:
    """Connect a client that is logged in to an account of its own name."""
    client = await connect(name)
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect("REGISTER SUCCESS", unless=" FAIL ")
    await client.fence()  # it is logged in
    await client.fence()
    return client
