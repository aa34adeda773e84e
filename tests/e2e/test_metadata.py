"""METADATA. https://ircv3.net/specs/extensions/metadata"""

from __future__ import annotations

from tests.e2e.asking import ask, heard, join
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

CAPS = ("draft/metadata-2", "batch")


def inside(lines: list[str]) -> list[str]:
    """The lines of the one batch that an answer is, without the tag."""
    assert " BATCH +" in f" {lines[0]}", lines
    assert " BATCH -" in f" {lines[-1]}", lines
    return [line.partition(" ")[2].partition(" ")[2] for line in lines[1:-1]]


async def raw(client: IrcClient, *lines: str) -> list[str]:
    """Send lines; what came meanwhile, as it came."""
    await client.fence()
    await client.send(*lines)
    return [line.raw for line in await client.fence()]


async def test_set_get_and_remove(connect: Connect) -> None:
    """ "the server carries out the requested change and responds with one RPL_KEYVALUE event,
    representing the new value if any, or RPL_KEYNOTSET if not"
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    assert await ask(alice, "METADATA * SET url :http://example.com/ä 💜") == [
        "761 alice alice url * :http://example.com/ä 💜"
    ]
    assert await ask(alice, "METADATA alice SET empty :") == ["761 alice alice empty * :"]
    # "The response will be a metadata batch containing [...] for every key in order"
    assert inside(await raw(bob, "METADATA alice GET none url $bad$")) == [
        "766 bob alice none :key not set",
        "761 bob alice url * :http://example.com/ä 💜",
        "FAIL METADATA KEY_INVALID $bad$ :A key has letters a-z, digits and _./-",
    ]
    assert sorted(inside(await raw(bob, "METADATA alice LIST"))) == [
        "761 bob alice empty * :",
        "761 bob alice url * :http://example.com/ä 💜",
    ]
    assert await ask(alice, "METADATA * SET url") == ["766 alice alice url :key not set"]
    assert inside(await raw(alice, "METADATA * CLEAR")) == ["761 alice alice empty * :"]
    assert inside(await raw(alice, "METADATA * LIST")) == []


async def test_what_is_refused(connect: Connect) -> None:
    """ "Servers MUST reply to erroneous requests using Standard Replies" """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await join(alice, "#room")
    await join(bob, "#room")
    expected = {
        "METADATA nobody LIST": "INVALID_TARGET nobody",
        "METADATA $a:x SET url :x": "INVALID_TARGET $a:x",
        "METADATA * SET $url$ :x": "KEY_INVALID $url$",
        "METADATA * SET url": "KEY_NOT_SET bob url",
        "METADATA alice SET url :x": "KEY_NO_PERMISSION alice url",
        "METADATA alice CLEAR": "KEY_NO_PERMISSION alice *",
        "METADATA #room SET url :x": "KEY_NO_PERMISSION #room url",
        "METADATA * destr0y": "SUBCOMMAND_INVALID destr0y",
        f"METADATA * SET url :{'x' * 301}": "VALUE_INVALID",
    }
    for line, failure in expected.items():
        (answer,) = await ask(bob, line)
        assert answer.startswith(f"FAIL METADATA {failure} :"), line
    await ask(bob, *(f"METADATA * SET key{n} :x" for n in range(30)))
    (answer,) = await ask(bob, "METADATA * SET one-more :x")
    assert answer.startswith("FAIL METADATA LIMIT_REACHED bob :")


async def test_subscriptions(connect: Connect) -> None:
    """ "The server MUST NOT list the same key multiple times", "that key MUST appear in a
    RPL_METADATASUBOK reply numeric"
    """
    alice = await connect("alice", CAPS)
    lines = await ask(alice, "METADATA * SUB avatar $bad website avatar")
    assert lines == [
        "FAIL METADATA KEY_INVALID $bad :A key has letters a-z, digits and _./-",
        "770 alice avatar website avatar",
    ]
    assert inside(await raw(alice, "METADATA * SUBS")) == ["772 alice avatar website"]
    assert await ask(alice, "METADATA * UNSUB avatar none") == ["771 alice avatar none"]
    assert inside(await raw(alice, "METADATA * SUBS")) == ["772 alice website"]
    await ask(alice, *(f"METADATA * SUB k{n}" for n in range(49)))
    (answer,) = await ask(alice, "METADATA * SUB email city")
    assert answer.startswith("FAIL METADATA TOO_MANY_SUBS email :")


async def test_changes_are_told_to_who_has_subscribed(connect: Connect) -> None:
    """ "users who have subscribed to the changed key will receive a METADATA message", "themselves
    (excluding changes they make themselves)"
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    carol = await connect("carol", CAPS)
    for client in (alice, bob, carol):
        await join(client, "#room", "#other")
    await ask(bob, "METADATA * SUB url")
    await ask(alice, "METADATA * SUB url", "METADATA * SET url :a", "METADATA * SET other :b")
    await ask(alice, "METADATA #room SET url :r", "METADATA * SET url", "METADATA #room CLEAR")
    assert await heard(bob) == [
        "alice METADATA alice url * :a",  # once, though they share two rooms
        "alice METADATA #room url * :r",
        "alice METADATA alice url *",
        "alice METADATA #room url *",
    ]
    assert [line for line in await heard(carol) if "METADATA" in line] == []


async def test_who_joins_gets_the_values(connect: Connect) -> None:
    """ "On joining a channel, users will get the channel's current metadata sent to them with
    METADATA
    messages, and get the same information for all users who are in the channel. Specifically, they
    get that information for the keys they are subscribed to."
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await join(alice, "#room")
    await ask(alice, "METADATA #room SET url :r", "METADATA * SET url :a", "METADATA * SET x :y")
    await ask(bob, "METADATA * SUB url")
    lines = await raw(bob, "JOIN #room")
    start = next(number for number, line in enumerate(lines) if " BATCH +" in line)
    assert " 366 " in lines[start - 1]
    assert inside(lines[start:]) == ["METADATA #room url * :r", "METADATA alice url * :a"]
    assert inside(await raw(bob, "METADATA #room SYNC")) == inside(lines[start:])
    # "When subscribing to a key, clients SHOULD receive the current value of that key"
    lines = await raw(bob, "METADATA * SUB x")
    assert inside(lines[1:]) == ["METADATA alice x * :y"]


async def test_a_room_that_hides_keeps_its_values(connect: Connect) -> None:
    """ "Servers MAY replace metadata which is considered not visible for the requesting user" """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await join(alice, "#room")
    await ask(alice, "METADATA #room SET url :r")
    assert inside(await raw(bob, "METADATA #room LIST")) == ["761 bob #room url * :r"]
    await ask(alice, "MODE #room +i")
    (answer,) = await ask(bob, "METADATA #room LIST")
    assert answer.startswith("FAIL METADATA KEY_NO_PERMISSION #room * :")


async def test_before_connecting(connect: Connect) -> None:
    """ "clients receive their current metadata (any metadata stored by the server or by services,
    plus
    any metadata set by the client during connection registration via before-connect) in a metadata
    batch with their own nick as target as part of the registration burst"
    """
    client = await connect.open()
    await client.send("CAP REQ :draft/metadata-2 batch", "METADATA * SET display-name :a b c")
    await client.expect(r"^:chat.internal 761 \* \* display-name \* :a b c$")
    await client.send("METADATA * SUB display-name", "METADATA abc LIST")
    await client.expect(r" 770 \* display-name$")
    await client.expect("FAIL METADATA INVALID_TARGET abc :")
    await client.send("NICK abc", "USER abc 0 * :A", "CAP END")
    lines = [line.raw for line in await client.lines_until(" (422|376) ")]
    start = next(number for number, line in enumerate(lines) if " BATCH +" in line)
    assert inside(lines[start:-1]) == ["METADATA abc display-name * :a b c"]
    other = await connect.open()
    await other.send("CAP REQ :draft/metadata-2 batch", "NICK x", "USER x 0 * :X", "CAP END")
    lines = [line.raw for line in await other.lines_until(" (422|376) ")]
    start = next(number for number, line in enumerate(lines) if " BATCH +" in line)
    assert inside(lines[start:-1]) == []  # "the server MUST send an empty batch instead"


async def test_values_go_along_with_a_new_nick_and_with_the_user(connect: Connect) -> None:
    """Values are the user's, not the name's."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await ask(alice, "METADATA * SET url :a", "NICK alicia")
    assert inside(await raw(bob, "METADATA alicia LIST")) == ["761 bob alicia url * :a"]
    await alice.send("QUIT")
    await alice.expect_closed()
    again = await connect("alicia", CAPS)
    assert inside(await raw(again, "METADATA * LIST")) == []
