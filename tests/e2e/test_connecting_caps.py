"""pre-away, extended-isupport, no-implicit-names, userhost-in-names, network-icon."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway

# -- https://ircv3.net/specs/extensions/pre-away -------------------------------------------------


@pytest.mark.parametrize("text", ["*", "Gone to lunch.  Back in 5"])
async def test_away_before_connecting(connect: Connect, text: str) -> None:
    """ "servers MUST accept the AWAY command before connection registration has completed" """
    client = await connect.open()
    await client.send("CAP REQ :draft/pre-away", f"AWAY :{text}", "NICK alice", "USER a 0 * :A")
    await client.expect(" 306 ")
    await client.send("CAP END")
    await client.expect(" (422|376) ")
    await client.fence()
    bob = await connect("bob")
    assert await ask(bob, "PRIVMSG alice :hi") == [f"301 bob alice :{text}"]


async def test_away_needs_the_capability_before_connecting(connect: Connect) -> None:
    """ "If the capability has been negotiated" """
    client = await connect.open()
    await client.send("AWAY :gone")
    await client.expect(" 451 ")


async def test_a_client_that_nobody_looks_at_does_not_count(connect: Connect) -> None:
    """ "it should not supersede a human-readable AWAY message set by another connection" """
    alice = await registered(connect, "alice")
    await ask(alice, "AWAY :at lunch")
    second = await connect.open()
    await second.send("CAP REQ :draft/pre-away sasl", "AWAY *", "NICK alice", "USER a 0 * :A")
    await second._authenticate("alice", PASSWORD)
    await second.send("CAP END")
    await second.expect(" (422|376) ")
    await second.fence()
    bob = await connect("bob")
    assert await ask(bob, "PRIVMSG alice :hi") == ["301 bob alice :at lunch"]


# -- https://ircv3.net/specs/extensions/extended-isupport ----------------------------------------


async def test_isupport_before_connecting(connect: Connect) -> None:
    """ "The server MUST group all RPL_ISUPPORT messages inside a draft/isupport batch" """
    client = await connect.open()
    await client.send("ISUPPORT")
    await client.expect(" 451 ")
    await client.send("CAP REQ batch draft/extended-isupport", "ISUPPORT", "PING x")
    await client.expect("ACK :batch draft/extended-isupport$")
    lines = await client.lines_until("PONG")
    _in_one_batch(lines[:-1])
    await client.send("NICK alice", "USER a 0 * :A", "CAP END")
    lines = await client.lines_until(" (422|376) ")
    start = next(number for number, line in enumerate(lines) if line.command == "BATCH")
    end = max(number for number, line in enumerate(lines) if line.command == "BATCH")
    _in_one_batch(lines[start : end + 1])
    # "The server MUST NOT send any unbatched RPL_ISUPPORT message"
    assert not [line for line in lines if line.command == "005" and "batch" not in line.tags]


def _in_one_batch(lines: list[Line]) -> None:
    first, *rows, last = lines
    assert first.params[1:] == ["draft/isupport"]
    assert last.params == [f"-{first.params[0][1:]}"]
    assert {row.command for row in rows} == {"005"}


async def test_isupport_without_the_capability_once_connected(connect: Connect) -> None:
    """ "When receiving this command, the server MUST reply with one or more RPL_ISUPPORT
    messages" """
    alice = await connect("alice")
    lines = await ask(alice, "ISUPPORT")
    assert {line.split()[0] for line in lines} == {"005"}


async def test_the_icon(tmp_path: Path) -> None:
    """ "If a server publishes a draft/ICON ISUPPORT token, the value MUST be a URL ..." """
    url = "https://example.org/icon.svg"
    async with (
        Gateway("--data-dir", str(tmp_path), "--icon", url) as gateway,
        await IrcClient.connect(gateway.host, gateway.port) as client,
    ):
        lines = await client.register("alice")
        tokens = [word for line in lines if line.command == "005" for word in line.params]
        assert f"draft/ICON={url}" in tokens


# -- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "draft/", "soju.im/"])
async def test_no_implicit_names(connect: Connect, prefix: str) -> None:
    """ "servers MUST NOT send an implicit NAMES reply after sending a JOIN message. Servers MUST
    reply
    to explicit NAMES commands sent by the client as usual."
    """
    alice, bob = await connect("alice"), await connect("bob", (f"{prefix}no-implicit-names",))
    await join(alice, "#room")
    await ask(alice, "TOPIC #room :topic")
    assert [line.split()[0] for line in await join(bob, "#room")] == ["bob", "332", "333"]
    lines = await ask(bob, "NAMES #room")
    assert lines[-1].startswith("366 bob #room ")
    assert lines[0] in ("353 bob = #room :@alice bob", "353 bob = #room :bob @alice")
    assert await ask(bob, "CAP LIST") == [f"CAP bob LIST :cap-notify {prefix}no-implicit-names"]


async def test_userhost_in_names(connect: Connect) -> None:
    """ "the NAMES reply messages (RPL_NAMREPLY) [...] contain the full hostmask (nick!user@host) of
    every user listed"
    """
    caps = ("userhost-in-names", "multi-prefix")
    alice, bob = await connect("alice", caps), await connect("bob", caps)
    await join(alice, "#room")
    await ask(alice, "MODE #room +v alice")
    expected = {"@+alice!~alice@127.0.0.1", "bob!~bob@127.0.0.1"}
    for lines in (await join(bob, "#room"), await ask(bob, "NAMES #room")):
        (names,) = (line for line in lines if line.startswith("353 "))
        assert set(names.partition(":")[2].split(" ")) == expected
    assert await heard(alice)
