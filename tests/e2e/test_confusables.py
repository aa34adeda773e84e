"""Names that look like a name that is taken. https://www.unicode.org/reports/tr39/"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask

EVAN = "еvan"  # the first letter is U+0435, Cyrillic
LOOKS = "looks like evan"


async def refused(connect: Connect, nick: str) -> str:
    client = await connect.open()
    await client.send(f"NICK {nick}", f"USER u 0 * :{nick}")
    return (await client.expect(" 433 ", unless=" 001 ")).raw


@pytest.mark.parametrize(
    ("taken", "similar"),
    [("evan", EVAN), (EVAN, "evan"), ("Boris", "ВORIS"), ("Ivan", "Іvan"), ("scope", "ѕсоре"),
     ("pop", "рор"), ("müller", "mϋller")],
)  # fmt: skip
async def test_a_name_that_looks_like_one_that_is_online(
    connect: Connect, taken: str, similar: str
) -> None:
    """ "Names that look like a name that is taken (Latin and Cyrillic letters mixed [...]) are
    refused."
    """
    alice = await connect(taken)
    text = f"Nickname looks like {taken}, which is in use"
    assert await refused(connect, similar) == f":chat.internal 433 * {similar} :{text}"
    bob = await connect("bob")
    assert await ask(bob, f"NICK {similar}") == [f":chat.internal 433 bob {similar} :{text}"]
    await alice.send("QUIT")
    await alice.expect_closed()
    await connect(similar)


async def test_a_name_that_looks_like_an_account(connect: Connect) -> None:
    evan = await connect("evan")
    await evan.send("REGISTER * * :sesame")
    await evan.expect("REGISTER SUCCESS")
    # the owner may
    assert (await ask(evan, f"NICK {EVAN}"))[0].endswith(f" NICK {EVAN}")
    await evan.send("QUIT")
    await evan.expect_closed()
    assert await refused(connect, EVAN)
    await connect(EVAN, sasl=("evan", "sesame"))


async def test_an_account_in_another_script(connect: Connect) -> None:
    owner = await connect(EVAN)
    await owner.send("REGISTER * * :sesame")
    await owner.expect("REGISTER SUCCESS")
    await owner.send("QUIT")
    await owner.expect_closed()
    assert await refused(connect, "evan")


async def test_names_of_one_script_that_only_look_a_little_alike(connect: Connect) -> None:
    for name in ("Ivan", "lvan", "burn", "bum", "Иван", "mueller", "müller"):
        await connect(name)
