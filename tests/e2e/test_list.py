"""LIST with its conditions. Sentences are of https://modern.ircdocs.horse/#elist-parameter."""

from __future__ import annotations

import pytest

from tests.e2e.asking import ask, join
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def listed(client: IrcClient, line: str) -> list[str]:
    """The names that LIST answers with."""
    first, *rows, last = await ask(client, line)
    assert first == f"321 {client.nick} Channel :Users  Name"
    assert last == f"323 {client.nick} :End of /LIST"
    assert all(row.startswith(f"322 {client.nick} ") for row in rows)
    return [row.split()[2] for row in rows]


async def three_rooms(connect: Connect) -> IrcClient:
    """#Chat with three members and a topic, #cats with two, #dogs with one."""
    crowd = [await connect(name) for name in ("alice", "bob", "carol")]
    for number, client in enumerate(crowd):
        await join(client, *("#Chat", "#cats", "#dogs")[: 3 - number])
    await ask(crowd[0], "TOPIC #chat :all of us")
    return await connect("dora")


async def test_all_rooms(connect: Connect) -> None:
    """ "the information about all visible channels [...] is returned" """
    dora = await three_rooms(connect)
    assert await ask(dora, "LIST") == [
        "321 dora Channel :Users  Name",
        "322 dora #cats 2 :",
        # "<client> <channel> <client count> :<topic>"
        "322 dora #Chat 3 :all of us",
        "322 dora #dogs 1 :",
        "323 dora :End of /LIST",
    ]


@pytest.mark.parametrize(
    ("question", "rooms"),
    [
        ("#CATS", ["#cats"]),
        ("#cats,#dogs,#none", ["#cats", "#dogs"]),
        ("#none", []),
        # "M: Searching based on a mask."
        ("#c*", ["#cats", "#Chat"]),
        ("*S", ["#cats", "#dogs"]),
        ("#?at?", ["#cats"]),
        # "N: Searching based on a non-matching !mask. i.e., the opposite of M."
        ("!*s", ["#Chat"]),
        ("!#c*", ["#dogs"]),
        # "U: [...] less or more than val users, respectively"
        (">1", ["#cats", "#Chat"]),
        ("<2", ["#dogs"]),
        (">0", ["#cats", "#Chat", "#dogs"]),
        (">1,<3", ["#cats"]),
        ("#c*,<3", ["#cats"]),
        ("#cats,#dogs >1", ["#cats"]),
        # "C: [...] created either less than val minutes ago, or more than val minutes ago"
        ("C<1", ["#cats", "#Chat", "#dogs"]),
        ("C>1", []),
        ("c>0", ["#cats", "#Chat", "#dogs"]),
        ("C<0", []),
        # "T: [...] set less than val minutes ago, or more than val minutes ago"
        ("T<1", ["#Chat"]),
        ("T>1", []),
        ("T>0", ["#Chat"]),
    ],
)
async def test_conditions(connect: Connect, question: str, rooms: list[str]) -> None:
    dora = await three_rooms(connect)
    assert await listed(dora, f"LIST {question}") == rooms


async def test_the_token(connect: Connect) -> None:
    """ "The ELIST parameter indicates that the server supports search extensions" """
    alice = await connect("alice")
    tokens = {word for line in alice.log if line.command == "005" for word in line.params[1:-1]}
    assert "ELIST=CMNTU" in tokens
