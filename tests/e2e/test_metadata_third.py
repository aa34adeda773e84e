"""draft/metadata-3. Sentences are of https://github.com/ircv3/ircv3-specifications/pull/613"""

from __future__ import annotations

import pytest

from tests.e2e.asking import ask, heard, join
from tests.e2e.conftest import Connect
from tests.e2e.test_metadata import inside, raw

CAPS = ("draft/metadata-3", "batch")
SECOND = ("draft/metadata-2", "batch")


async def test_the_capability(connect: Connect) -> None:
    """ "max-key-bytes: The maximum size of keys a client is allowed to set"; "Clients MUST NOT
    request more than one of metadata-notify, draft/metadata-2, and draft/metadata-3. Servers MUST
    NOT accept these requests either."
    """
    client = await connect.open()
    await client.send("CAP LS 302")
    await client.expect(
        r"draft/metadata-3=before-connect,max-subs=50,max-keys=30,max-value-bytes=300,"
        r"max-key-bytes=40( |$)"
    )
    await client.send("CAP REQ :draft/metadata-2 draft/metadata-3")
    await client.expect(r"CAP \S+ NAK :?draft/metadata-2 draft/metadata-3")
    await client.send("CAP REQ :draft/metadata-3 batch")
    await client.expect(r"CAP \S+ ACK")
    await client.send("CAP REQ :draft/metadata-2")
    await client.expect(r"CAP \S+ NAK :?draft/metadata-2")
    await client.send("CAP REQ :-draft/metadata-3 draft/metadata-2")
    await client.expect(r"CAP \S+ ACK")


async def test_set_get_list_and_clear(connect: Connect) -> None:
    """ "If the Value parameter is omitted or is an empty string, the key is removed"; "It is not an
    error if a client attempts to set a key to its current value or remove a nonexistent key".
    """
    alice = await connect("alice", CAPS)
    for value in ("x", "x", "y z"):
        assert await ask(alice, f"METADATA * SET url :{value}") == [
            f"761 alice alice url * :{value}"
        ]
    for line in ("METADATA * SET url :", "METADATA * SET url", "METADATA * SET none"):
        assert (await ask(alice, line))[0].startswith("766 alice alice ")
    await ask(alice, "METADATA * SET a :1", "METADATA * SET b :2")
    # "INVALID_KEY [...] GET: WARN", "The ordering of responses within the batch MUST match"
    assert inside(await raw(alice, "METADATA alice GET none $bad b")) == [
        "766 alice alice none :key not set",
        "WARN METADATA INVALID_KEY $bad :A key has 1 to 40 of the letters a-z, digits and _./-",
        "761 alice alice b * :2",
    ]
    assert sorted(inside(await raw(alice, "METADATA * LIST"))) == [
        "761 alice alice a * :1",
        "761 alice alice b * :2",
    ]
    # "a metadata batch containing one 766 RPL_KEYNOTSET message per cleared key"
    assert sorted(inside(await raw(alice, "METADATA * CLEAR"))) == [
        "766 alice alice a :key not set",
        "766 alice alice b :key not set",
    ]
    # who asks for the second gets what that says
    bob = await connect("bob", SECOND)
    assert await ask(bob, "METADATA * SET url :") == ["761 bob bob url * :"]
    assert inside(await raw(bob, "METADATA * CLEAR")) == ["761 bob bob url * :"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("METADATA alice SNEEZE", "INVALID_PARAMS SNEEZE"),
        ("METADATA alice GET", "INVALID_PARAMS GET"),
        ("METADATA nobody LIST", "INVALID_TARGET nobody"),
        ("METADATA * SET $url$ :x", "INVALID_KEY $url$"),
        ("METADATA alice SET url :x", "KEY_NO_PERMISSION alice url"),
        ("METADATA alice CLEAR", "KEY_NO_PERMISSION alice *"),
        (f"METADATA * SET url :{'x' * 301}", "INVALID_VALUE url"),
        ("METADATA alice SUB url", "INVALID_TARGET alice"),
        ("METADATA alice UNSUB url", "INVALID_TARGET alice"),
        ("METADATA alice SUBS", "INVALID_TARGET alice"),
    ],
)
async def test_what_is_refused(connect: Connect, line: str, answer: str) -> None:
    """ "FAIL is reserved for when the entire command cannot proceed due to an error." """
    await connect("alice", CAPS)
    bob = await connect("bob", CAPS)
    (told,) = await ask(bob, line)
    assert told.startswith(f"FAIL METADATA {answer} :")


async def test_limits(connect: Connect) -> None:
    """ "LIMIT_REACHED: <Command> <Item> <Limit>" """
    bob = await connect("bob", CAPS)
    await ask(bob, *(f"METADATA * SET key{number} :x" for number in range(30)))
    (answer,) = await ask(bob, "METADATA * SET more :x")
    assert answer.startswith("FAIL METADATA LIMIT_REACHED SET bob 30 :")
    await ask(bob, *(f"METADATA * SUB k{number}" for number in range(50)))
    (answer,) = await ask(bob, "METADATA * SUB email city")
    assert answer.startswith("FAIL METADATA LIMIT_REACHED SUB email 50 :")


async def test_changes_are_told_by_numerics(connect: Connect) -> None:
    """ "either a 761 RPL_KEYVALUE indicating the key on the target was set to a particular value or
    a 766 RPL_KEYNOTSET indicating that the key was removed"; the second has METADATA.
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    carol = await connect("carol", SECOND)
    for client in (alice, bob, carol):
        await join(client, "#room", "#other")
    for client in (bob, carol):
        await ask(client, "METADATA * SUB url")
        await heard(client)
    await ask(alice, "METADATA * SET url :a", "METADATA #room SET url :r", "METADATA * SET url")
    assert await heard(bob) == [
        "761 bob alice url * :a",  # once, though they share two rooms
        "761 bob #room url * :r",
        "766 bob alice url :key not set",
    ]
    assert await heard(carol) == [
        "alice METADATA alice url * :a",
        "alice METADATA #room url * :r",
        "alice METADATA alice url *",
    ]


async def test_a_new_subscription_shows_what_there_is(connect: Connect) -> None:
    """ "the server MUST then either send a metadata batch with *ALL as its parameter containing the
    current values of all newly-subscribed keys visible to the user for all visible targets or a
    774"; "If the target is [...] (*ALL), it synchronizes metadata for all visible targets".
    """
    alice, bob, dora = [await connect(nick, CAPS) for nick in ("alice", "bob", "dora")]
    for room in ("#one", "#two"):
        await join(alice, room)
        await join(bob, room)
    await ask(alice, "METADATA * SET url :a", "METADATA #one SET url :1", "METADATA * SET x :y")
    await ask(dora, "METADATA * SET url :d")
    await ask(bob, "MONITOR + dora")
    lines = await raw(bob, "METADATA * SUB url $bad")
    assert lines[0].endswith(
        "WARN METADATA INVALID_KEY $bad :A key has 1 to 40 of the letters a-z, digits and _./-"
    )
    assert lines[1].endswith(" 770 bob url")
    assert lines[2].endswith(" metadata *ALL")
    told = ["761 bob #one url * :1", "761 bob alice url * :a", "761 bob dora url * :d"]
    assert sorted(inside(lines[2:])) == told
    # "no new keys were subscribed to"
    assert await ask(bob, "METADATA * SUB url") == ["770 bob url"]
    assert sorted(inside(await raw(bob, "METADATA *ALL SYNC"))) == told


async def test_who_enters_a_room_is_shown_its_values(connect: Connect) -> None:
    """ "When a metadata-aware client joins a channel, the server MUST send either a metadata batch
    containing the channel's metadata as well as the metadata for all users on the channel or a
    774 [...] the batch MUST be identical to what would be returned if METADATA SYNC was issued".
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await join(alice, "#room", "#empty")
    await ask(alice, "METADATA #room SET url :r", "METADATA * SET url :a")
    lines = await raw(bob, "JOIN #empty")
    start = next(number for number, line in enumerate(lines) if " BATCH +" in line)
    assert lines[start].endswith(" metadata #empty")
    assert inside(lines[start:]) == []
    await ask(bob, "METADATA * SUB url")
    lines = await raw(bob, "JOIN #room")
    start = next(number for number, line in enumerate(lines) if " BATCH +" in line)
    assert inside(lines[start:]) == ["761 bob #room url * :r", "761 bob alice url * :a"]
    assert inside(await raw(bob, "METADATA #room SYNC")) == inside(lines[start:])


async def test_who_is_monitored(connect: Connect) -> None:
    """ "When server sends 730 RPL_MONONLINE to a metadata-aware client [...], the server MUST
    additionally send either a metadata batch containing the monitored user's metadata to the
    client or a 774".
    """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await ask(alice, "METADATA * SET url :a")
    await ask(bob, "METADATA * SUB url")
    lines = await raw(bob, "MONITOR + alice,carol")
    assert " 730 bob :alice!" in lines[0]
    assert lines[1].endswith(" metadata alice")
    assert inside(lines[1:4]) == ["761 bob alice url * :a"]
    await connect("carol", CAPS)
    assert [line.partition(" :")[0] for line in await heard(bob)] == ["730 bob", "774 bob carol 0"]


async def test_before_connecting(connect: Connect) -> None:
    """ "This batch MUST include all visible keys set on the client, irrespective of whether the
    client has subscribed to that key"; "METADATA SUB does not generate any metadata batches or 774
    [...] when used before connection registration has completed".
    """
    client = await connect.open()
    await client.send("CAP REQ :draft/metadata-3 batch", "METADATA * SUB display-name")
    await client.expect(r" 770 \* display-name$", unless=" 774 | BATCH ")
    await client.send("METADATA * SET display-name :a b c", "METADATA * SET none")
    await client.expect(r" 761 \* \* display-name \* :a b c$")
    await client.expect(r" 766 \* \* none ")
    await client.send("NICK abc", "USER abc 0 * :abc", "CAP END")
    burst = [line.raw for line in await client.lines_until(r" 422 | 376 ")]
    start = next(number for number, line in enumerate(burst) if " BATCH +" in line)
    assert burst[start].endswith(" metadata abc")
    assert burst[start + 1].endswith(" 761 abc abc display-name * :a b c")


async def test_without_the_capability_there_are_no_subscriptions(connect: Connect) -> None:
    """ "If a client removes this capability or the batch capability from themselves, servers MUST
    clear that client's subscription list."
    """
    for removed in CAPS:
        client = await connect(f"x{removed[-1]}", CAPS)
        await ask(client, "METADATA * SUB url", f"CAP REQ -{removed}", f"CAP REQ {removed}")
        assert inside(await raw(client, "METADATA * SUBS")) == []


async def test_a_room_that_hides(connect: Connect) -> None:
    """ "KEY_NO_PERMISSION: GET: WARN, LIST: WARN" """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await join(alice, "#room")
    await ask(alice, "METADATA #room SET url :r", "MODE #room +i")
    assert inside(await raw(bob, "METADATA #room GET url")) == [
        "WARN METADATA KEY_NO_PERMISSION #room url :Only who is in the room may see that"
    ]
    assert inside(await raw(bob, "METADATA #room LIST")) == [
        "WARN METADATA KEY_NO_PERMISSION #room * :Only who is in the room may see that"
    ]
