"""WHOX, and WHOIS of oneself. Sentences are of https://ircv3.net/specs/extensions/whox."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, operator


async def test_all_fields(connect: Connect) -> None:
    """ "Servers MUST send the fields in the order specified above." """
    alice, bob = await connect("alice"), await connect("bob")
    assert any(" WHOX " in line.raw for line in bob.log if line.command == "005")
    await ask(alice, "JOIN #room", "AWAY :gone")
    # 354 <client> [token] [channel] [user] [ip] [host] [server] [nick] [flags] [hopcount] [idle]
    # [account] [oplevel] [:realname]
    row = "~alice 127.0.0.1 127.0.0.1 chat.internal alice"
    for fields in ("tcuihsnfdlaor", "roaldfnshiuct"):
        lines = await ask(bob, f"WHO #room %{fields},42")
        assert lines[0].startswith(f":chat.internal 354 bob 42 #room {row} G@ 0 ")
        assert lines[0].endswith(" 0 n/a :alice")
        assert lines[1] == ":chat.internal 315 bob #room :End of WHO list"


@pytest.mark.parametrize(
    ("fields", "row"),
    [("cuhnar", "* ~alice 127.0.0.1 alice 0 :alice"), ("afnt,7", "7 alice H 0"),
     ("n", "alice"), ("xyzn", "alice"), ("tn,1234", "0 alice")],
)  # fmt: skip
async def test_exactly_the_fields_requested(connect: Connect, fields: str, row: str) -> None:
    """ "Exactly the fields requested by the client MUST be returned"; "Servers MUST ignore any
    non-standard field they don't support"; "0 is used for [account] when the user is logged out";
    a token "MUST contain at most 3 characters".
    """
    _, bob = await connect("alice"), await connect("bob")
    assert await ask(bob, f"WHO alice %{fields}") == [
        f":chat.internal 354 bob {row}",
        ":chat.internal 315 bob alice :End of WHO list",
    ]


async def test_account(connect: Connect) -> None:
    alice, bob = await connect("alice"), await connect("bob")
    await alice.send("REGISTER * * :secret")
    await alice.expect("REGISTER SUCCESS")
    await alice.fence()  # it is logged in
    assert (await ask(bob, "WHO alice %na"))[0] == ":chat.internal 354 bob alice alice"


async def test_operators_only(connect: Connect) -> None:
    """ "Servers MAY support additional non-standard flags before the percent character." """
    await operator(connect)
    bob = await connect("bob")
    assert await ask(bob, "WHO * o%nf") == [
        ":chat.internal 354 bob boss H*",
        ":chat.internal 315 bob * :End of WHO list",
    ]


async def test_whois_shows_more_to_oneself_and_to_operators(connect: Connect) -> None:
    """ "Servers typically send some of these numerics only to the client itself and to servers
    operators", https://modern.ircdocs.horse/#whois-message
    """
    alice = await connect("alice")
    await alice.send("REGISTER * * :secret", "MODE alice +i")
    await alice.expect("MODE alice")
    await connect("alice", sasl=("alice", "secret"))
    boss, bob = await operator(connect), await connect("bob")
    for asker in (alice, boss):
        nick = asker.nick
        lines = await ask(asker, "WHOIS alice")
        assert f":chat.internal 379 {nick} alice :is using modes +i" in lines
        assert f":chat.internal 338 {nick} alice 127.0.0.1 :Is actually using host" in lines
        host = f":chat.internal 378 {nick} alice :is connecting from ~alice@127.0.0.1 127.0.0.1"
        assert lines.count(host) == 2  # one for each session
    assert not {"338", "378", "379"} & {line.split()[1] for line in await ask(bob, "WHOIS alice")}
