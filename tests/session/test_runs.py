"""What happens in one room in a row is written together, to everybody in its order."""

from __future__ import annotations

import pytest

from tests.support.memory import Client, MemoryGateway, World


async def crowd(gateway: MemoryGateway, *nicks: str) -> list[Client]:
    """Registered clients who have not heard anything yet."""
    clients = [await gateway.login(nick) for nick in nicks]
    for client in clients:
        await client.hears()
    return clients


def told(lines: list[str]) -> list[str]:
    """Who did what, as `aa JOIN`; no numerics."""
    return [line.split("!")[0][1:] + " " + line.split()[1] for line in lines if "!" in line]


async def test_each_hears_all_from_the_own_join_on(gateway: MemoryGateway) -> None:
    """ "nobody's order changes" """
    witness, a, b, c = await crowd(gateway, "witness", "aa", "bb", "cc")
    await witness.says("JOIN #room")
    a.sends("JOIN #room")
    b.sends("JOIN #room")
    b.sends("PRIVMSG #room :hello")
    c.sends("JOIN #room")
    a.sends("PART #room")
    b.sends("QUIT")
    everything = ["aa JOIN", "bb JOIN", "bb PRIVMSG", "cc JOIN", "aa PART", "bb QUIT"]
    assert told(await witness.hears()) == everything
    assert told(await a.hears()) == everything[:5]
    assert told(await b.hears()) == ["bb JOIN", "cc JOIN", "aa PART"]
    assert told(await c.hears()) == everything[3:]


async def test_names_stand_where_they_were_true(gateway: MemoryGateway) -> None:
    """ "a reply that reads shared state cannot overtake an event that it reflects" """
    witness, a, b = await crowd(gateway, "witness", "aa", "bb")
    await witness.says("JOIN #room")
    a.sends("JOIN #room")
    b.sends("JOIN #room")
    lines = await a.hears()
    numerics = [line.split()[1] for line in lines]
    assert numerics == ["JOIN", "353", "366", "JOIN"]
    assert lines[1].split(":")[2] == "@witness aa"
    assert lines[3].startswith(":bb!")
    lines = await b.hears()
    assert [line.split()[1] for line in lines] == ["JOIN", "353", "366"]
    assert lines[1].split(":")[2] == "@witness aa bb"


async def test_who_comes_back_in_the_same_turn_misses_what_was_between(
    gateway: MemoryGateway,
) -> None:
    """Nobody hears what was said in a room that it was not in."""
    witness, a, b = await crowd(gateway, "witness", "aa", "bb")
    for client in (witness, a, b):
        await client.says("JOIN #room")
    await a.hears()
    b.sends("PRIVMSG #room :heard")
    a.sends("PART #room")
    b.sends("PRIVMSG #room :missed")
    a.sends("JOIN #room")
    b.sends("PRIVMSG #room :heard")
    assert told(await a.hears()) == ["bb PRIVMSG", "aa PART", "aa JOIN", "bb PRIVMSG"]


async def test_each_gets_its_own_rendering(gateway: MemoryGateway) -> None:
    """ ":nick!user@host JOIN #channelname accountname :Real Name"
    https://ircv3.net/specs/extensions/extended-join
    """
    plain = await gateway.login("plain")
    extended = await gateway.login("extended", "extended-join")
    for client in (plain, extended):
        await client.says("JOIN #room")
    await plain.hears()
    newcomer = await gateway.login("newcomer")
    newcomer.sends("JOIN #room", "PRIVMSG #room :hello")
    said = ":newcomer!~newcomer@127.0.0.1 PRIVMSG #room :hello"
    joined = ":newcomer!~newcomer@127.0.0.1 JOIN #room"
    assert await plain.hears() == [joined, said]
    assert await extended.hears() == [f"{joined} * :newcomer", said]


async def test_a_member_of_two_rooms_hears_both_in_one_order(gateway: MemoryGateway) -> None:
    """ "What Redis did first arrives first" """
    witness, a, b = await crowd(gateway, "witness", "aa", "bb")
    await witness.says("JOIN #one,#two")
    a.sends("JOIN #one")
    b.sends("JOIN #two")
    a.sends("JOIN #two", "PRIVMSG #one :1")
    b.sends("PRIVMSG #two :2")
    a.sends("PRIVMSG #one :3")
    heard = [" ".join(line.split()[1:]) for line in await witness.hears()]
    assert heard == [
        "JOIN #one", "JOIN #two", "JOIN #two", "PRIVMSG #one :1", "PRIVMSG #two :2",
        "PRIVMSG #one :3",
    ]  # fmt: skip


async def test_the_own_join_is_part_of_a_labelled_answer(gateway: MemoryGateway) -> None:
    """ "When a message is expected to respond with multiple lines, the server MUST use a batch"
    https://ircv3.net/specs/extensions/labeled-response
    """
    witness = await gateway.login("witness")
    await witness.says("JOIN #room")
    labels = await gateway.login("labels", "batch labeled-response")
    other = await gateway.login("other")
    labels.sends("@label=1 JOIN #room")
    other.sends("JOIN #room")
    lines = await labels.hears()
    assert [line.split()[0].split("=")[0] for line in lines[:-1]] == [
        "@label", "@batch", "@batch", "@batch", lines[4].split()[0]
    ]  # fmt: skip
    assert lines[1].endswith(":labels!~labels@127.0.0.1 JOIN #room")
    assert lines[-1] == ":other!~other@127.0.0.1 JOIN #room"
    assert told(await witness.hears()) == ["labels JOIN", "other JOIN"]


async def test_who_is_away_is_not_told_so_on_entering(gateway: MemoryGateway) -> None:
    """ "Clients SHOULD NOT be sent AWAY messages to notify them of their own away status"
    https://ircv3.net/specs/extensions/away-notify
    """
    witness, away = [await gateway.login(nick, "away-notify") for nick in ("witness", "sleeper")]
    await witness.says("JOIN #room")
    await away.says("AWAY :asleep")
    away.sends("JOIN #room")
    assert told(await witness.hears()) == ["sleeper JOIN", "sleeper AWAY"]
    assert told(await away.hears()) == ["sleeper JOIN"]


async def test_an_event_that_cannot_be_written_costs_nobody_the_others(
    world: World, gateway: MemoryGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """ "a bug with one event must not cost the others behind it": a PART without a room."""
    a, b = await crowd(gateway, "aa", "bb")
    for client in (a, b):
        await client.says("JOIN #room")
    await a.hears()
    b.sends("PRIVMSG #room :before")
    world.client.publish("chat:room:{#room}", "\0".join(("9-1", "P", "", "", "x", "x!x@x", "")))
    world.pump()
    b.sends("PRIVMSG #room :after")
    assert told(await a.hears()) == ["bb PRIVMSG", "bb PRIVMSG"]
    assert "an event could not be written" in caplog.text
    assert await a.says("PING still") == [":chat.internal PONG chat.internal still"]
