"""RENAME. https://ircv3.net/specs/extensions/channel-rename"""

from __future__ import annotations

from tests.e2e.asking import ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

CAP = ("draft/channel-rename",)


async def in_room(connect: Connect, room: str = "#old") -> tuple[IrcClient, IrcClient, IrcClient]:
    """Alice, the operator, and bob know RENAME; carol does not."""
    clients = (await connect("alice", CAP), await connect("bob", CAP), await connect("carol"))
    for client in clients:
        await join(client, room)
    for client in clients:
        await client.fence()
    return clients


async def test_all_are_told(connect: Connect) -> None:
    """ "A channel rename preserves all channel state, such as membership, mode and topic." """
    alice, bob, carol = await in_room(connect)
    await ask(alice, "TOPIC #old :the topic", "MODE #old +k key", "MODE #old +b *!*@spam")
    for client in (bob, carol):
        await client.fence()
    assert await ask(alice, "RENAME #old #new :Typo fix") == ["alice RENAME #old #new :Typo fix"]
    assert await heard(bob) == ["alice RENAME #old #new :Typo fix"]
    # "Server implementations MUST implement a fallback mechanism": PART, JOIN and what follows it
    assert [line.split(" ")[:3] for line in await heard(carol)] == [
        ["carol", "PART", "#old"],
        ["carol", "JOIN", "#new"],
        ["332", "carol", "#new"],
        ["333", "carol", "#new"],
        ["353", "carol", "="],
        ["366", "carol", "#new"],
    ]
    await bob.send("PRIVMSG #new :still here")
    await bob.fence()
    assert await heard(alice) == await heard(carol) == ["bob PRIVMSG #new :still here"]
    assert "324 alice #new +knt key" in await ask(alice, "MODE #new")
    assert any("*!*@spam" in line for line in await ask(alice, "MODE #new b"))
    assert [line.split()[0] for line in await ask(bob, "PRIVMSG #old :gone")] == ["403"]


async def test_the_reason_is_always_there(connect: Connect) -> None:
    """ "The server to client command MUST always include the third parameter, an empty string MAY
    be
    used if no reason is provided." """
    alice, _, _ = await in_room(connect)
    assert await ask(alice, "RENAME #old #new") == ["alice RENAME #old #new :"]


async def test_only_the_case(connect: Connect) -> None:
    """ "Implementations MUST allow channels to be renamed while only changing the casing", "This
    fallback SHOULD NOT be used if the rename only changes the case" """
    alice, bob, carol = await in_room(connect)
    assert await ask(alice, "RENAME #old #OLD :case") == ["alice RENAME #old #OLD :case"]
    assert await heard(bob) == ["alice RENAME #old #OLD :case"]
    assert await heard(carol) == []
    assert (await ask(bob, "NAMES #old"))[-1].split(" ")[2] == "#OLD"


async def test_the_old_name_is_free(connect: Connect) -> None:
    """Nobody is kept from the old name: it is a new room."""
    alice, _, carol = await in_room(connect)
    await ask(alice, "RENAME #old #new")
    await carol.fence()
    lines = await join(carol, "#old")
    assert lines[0] == "carol JOIN #old"
    assert "353 carol = #old :@carol" in lines
    await ask(alice, "PRIVMSG #new :hello")
    assert await heard(carol) == ["alice PRIVMSG #new :hello"]


async def test_the_history_goes_along(connect: Connect) -> None:
    """ "avoids issues with client-side logging where history is split across multiple names" """
    alice, bob, _ = await in_room(connect)
    await ask(alice, "PRIVMSG #old :before", "RENAME #old #new", "PRIVMSG #new :after")
    await bob.fence()
    lines = await ask(bob, "CAP REQ draft/chathistory", "CHATHISTORY LATEST #new * 10")
    assert [line.split(":")[-1] for line in lines if " PRIVMSG " in line] == ["before", "after"]


async def test_what_is_refused(connect: Connect) -> None:
    """ "If existing error numerics [...] are more appropriate, they SHOULD be used instead." """
    alice, bob, carol = await in_room(connect)
    await join(bob, "#taken")
    assert [line.split()[0] for line in await ask(bob, "RENAME #old #new")] == ["482"]
    assert [line.split()[0] for line in await ask(alice, "RENAME #none #new")] == ["403"]
    assert [line.split()[0] for line in await ask(alice, "RENAME #taken #new")] == ["442"]
    assert [line.split()[0] for line in await ask(alice, "RENAME #old")] == ["461"]
    failed = await ask(alice, "RENAME #old #taken", "RENAME #old old", "RENAME #old #old")
    assert [line.split(" :")[0] for line in failed] == [
        "FAIL RENAME CHANNEL_NAME_IN_USE #old #taken",
        "FAIL RENAME CANNOT_RENAME #old old",
        "FAIL RENAME CANNOT_RENAME #old #old",
    ]
    assert await heard(carol) == []


async def test_without_the_capability(connect: Connect) -> None:
    """ "If a client sends a valid RENAME command without having negotiated the capability, the
    server
    SHOULD rename the channel, but use the fallback mechanism" """
    carol = await connect("carol")
    await join(carol, "#old")
    lines = await ask(carol, "RENAME #old #new :Changing the name")
    assert lines[:2] == ["carol PART #old :Changing the name", "carol JOIN #new"]


async def test_a_registered_room_is_its_founders(connect: Connect) -> None:
    """ "Server implementations might choose to limit the renaming of channels" """
    alice, bob = await registered(connect, "alice"), await connect("bob")
    await join(alice, "#old")
    await join(bob, "#old")
    await ask(alice, "MODE #old +o bob", "ROOM REGISTER #old")
    await bob.fence()
    assert [line.split()[0] for line in await ask(bob, "RENAME #old #new")] == ["482"]
    assert "alice JOIN #new" in await ask(alice, "RENAME #old #new")
