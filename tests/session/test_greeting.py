"""What every new user is told is written once; each line is what it would be if it were not."""

from __future__ import annotations

import pytest

from tests.support.memory import Client, MemoryGateway, World


async def greeted(gateway: MemoryGateway, nick: str, caps: str = "") -> tuple[Client, list[str]]:
    client = gateway.connect()
    if caps:
        await client.says(f"CAP REQ :{caps}")
    return client, await client.says(f"NICK {nick}", "USER u 0 * :r", "CAP END")


@pytest.mark.parametrize("nick", ["a", "a" * 32, "\u0436" * 32])
async def test_the_greeting_is_what_the_commands_answer(nick: str) -> None:
    """A text gives way where the line is too long with this nick."""
    gateway = MemoryGateway(World(), "g1", name="irc.test")
    gateway.server.motd = ["short", "", "x" * 470, "\u20ac" * 200]
    await greeted(gateway, "somebody")
    client, lines = await greeted(gateway, nick)
    answers = [line for asked in ("VERSION", "LUSERS", "MOTD") for line in await client.says(asked)]
    assert lines[0] == f":irc.test 001 {nick} :Welcome to the chatd Network, {nick}"
    assert lines[4:] == answers[1:], "VERSION begins with 351"
    assert max(len(line.encode()) for line in lines) <= 510


async def test_the_numbers_and_the_message_of_the_day_are_those_of_now() -> None:
    """LUSERS with who comes; REHASH reads the message again."""
    gateway = MemoryGateway(World(), "g1")
    _, first = await greeted(gateway, "first")
    gateway.server.motd = ["new"]
    _, second = await greeted(gateway, "second")
    assert ":chat.internal 265 first 1 1 :Current local users 1, max 1" in first
    assert ":chat.internal 265 second 2 2 :Current local users 2, max 2" in second
    assert first[-1] == ":chat.internal 422 first :MOTD File is missing"
    assert second[-3:] == [
        ":chat.internal 372 second :- new",
        ":chat.internal 372 second :- The latest 10000 messages and events of a room are kept.",
        ":chat.internal 376 second :End of /MOTD command.",
    ]


async def test_who_wants_a_batch_has_one() -> None:
    """ "The server MUST group all RPL_ISUPPORT messages inside a draft/isupport batch" """
    gateway = MemoryGateway(World(), "g1")
    await greeted(gateway, "somebody")
    _, lines = await greeted(gateway, "anna", "batch draft/extended-isupport")
    assert any(line.startswith("@batch=") and " 005 anna " in line for line in lines)
    assert not any(line.startswith(":chat.internal 005 ") for line in lines)
