"""What somebody who is not in a hidden room (+s, +p) is told of it: as little as TOPIC tells.

Issue 8: "`MODE #secret` by an outsider tells modes, creation time and the forward's name."
"""

from __future__ import annotations

import pytest

from tests.e2e.asking import ask, join
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

NOT_ON_CHANNEL = "442 bob #Secret :You're not on that channel"


async def secret(connect: Connect, letter: str = "s") -> tuple[IrcClient, IrcClient]:
    """alice in #Secret with all that one could want to know of it, and bob outside."""
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#Secret", "#Cellar")
    await ask(
        alice, f"MODE #Secret +{letter}klf sesame 9 #Cellar", "MODE #Secret +b *!*@192.0.2.1",
        "TOPIC #Secret :the vault", f"MODE #Cellar +{letter}i",
    )  # fmt: skip
    return alice, bob


@pytest.mark.parametrize("letter", ["s", "p"])
@pytest.mark.parametrize(
    "line",
    ["MODE #secret", "MODE #secret b", "MODE #secret e", "MODE #secret I", "MODE #secret +be-k",
     "MODE #secret +o bob", "MODE #secret -l", "MODE #secret +Z", "TOPIC #secret",
     "TOPIC #secret :x", "INVITE alice #secret", "KICK #secret alice", "RENAME #secret #x"],
)  # fmt: skip
async def test_an_outsider_is_told_that_he_is_one(connect: Connect, line: str, letter: str) -> None:
    """442: "Returned when a client tries to perform [it] on a channel they're not joined to." """
    _, bob = await secret(connect, letter)
    assert await ask(bob, line) == [NOT_ON_CHANNEL]


async def test_other_questions_tell_no_more(connect: Connect) -> None:
    """ "Servers MUST NOT [...] secret [...] unless the user sending the command is joined"."""
    _, bob = await secret(connect)
    assert await ask(bob, "NAMES #SECRET") == ["366 bob #SECRET :End of /NAMES list"]
    assert await ask(bob, "NAMES #NOWHERE") == ["366 bob #NOWHERE :End of /NAMES list"]
    assert await ask(bob, "WHO #secret") == ["315 bob #secret :End of WHO list"]
    for line in ("LIST #secret", "LIST *ecre*", "LIST"):
        assert not [one for one in await ask(bob, line) if one.startswith("322")]
    assert not [one for one in await ask(bob, "WHOIS alice") if one.startswith("319")]
    for line in ("ROOM INFO #secret", "METADATA #secret LIST", "CHATHISTORY LATEST #secret * 9"):
        told = " ".join(await ask(bob, line))
        assert not any(word in told for word in ("Secret", "alice", "vault", "sesame", "Cellar"))


async def test_who_is_inside_sees_all(connect: Connect) -> None:
    alice, _ = await secret(connect)
    modes, created = await ask(alice, "MODE #secret")
    assert modes == "324 alice #Secret +kflnst sesame #Cellar 9"
    assert created.startswith("329 alice #Secret ")


async def test_a_forward_to_a_hidden_room_is_told_to_who_gets_in_only(connect: Connect) -> None:
    """470 names the other room: to who is not let in there either, the refusal of the first."""
    alice, bob = await secret(connect)
    assert await ask(bob, "JOIN #secret") == ["475 bob #Secret :Cannot join channel (+k)"]
    await ask(alice, "MODE #Cellar -i")
    told = await ask(bob, "JOIN #secret")
    assert told[0] == "bob JOIN #Cellar"
    assert "470 bob #Secret #Cellar :Forwarding to another channel" in told


async def test_of_an_open_room_an_outsider_sees_neither_key_nor_forward(connect: Connect) -> None:
    """ "Servers MAY choose to hide sensitive information such as channel keys"."""
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room", "#hall")
    await ask(alice, "MODE #room +klf sesame 9 #hall")
    assert (await ask(bob, "MODE #room"))[0] == "324 bob #room +kflnt * * 9"
    assert (await ask(alice, "MODE #room"))[0] == "324 alice #room +kflnt sesame #hall 9"
