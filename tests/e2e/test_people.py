"""WHO, WHOIS, ISON, USERHOST. Sentences are of https://modern.ircdocs.horse unless said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.conftest import Gateways
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.wait import wait_until


async def ask(client: IrcClient, *lines: str) -> list[str]:
    """Send lines; return all that comes before a fence."""
    await client.fence()
    await client.send(*lines)
    return [line.raw for line in await client.fence()]


async def join(client: IrcClient, *rooms: str) -> None:
    await client.send(*(f"JOIN {room}" for room in rooms))
    await client.fence()


# -- WHO -----------------------------------------------------------------------------------------


async def test_who_of_a_room(connect: Connect) -> None:
    """ "A channel name, in which case the channel members are listed." """
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    await join(alice, "#Room")
    await join(bob, "#room")
    await ask(bob, "AWAY :fishing")
    # "If the WHO command was given a channel as the <mask> parameter, then the same channel MUST
    # be returned in <channel>." 315: "<mask> MUST be the same <mask> parameter sent"
    # "H [...] the user is here, or the letter G [...] is gone"; "the highest channel membership
    # prefix that the client has in <channel>, if the client has one"
    assert await ask(carol, "WHO #ROOM") == [
        ":chat.internal 352 carol #Room ~alice 127.0.0.1 chat.internal alice H@ :0 alice",
        ":chat.internal 352 carol #Room ~bob 127.0.0.1 chat.internal bob G :0 bob",
        ":chat.internal 315 carol #ROOM :End of WHO list",
    ]


async def test_who_of_a_nick(connect: Connect) -> None:
    """ "An exact nickname, in which case a single user is returned." """
    alice, bob = await connect("Alice"), await connect("alice2")
    await join(alice, "#room")
    # "Otherwise <channel> is an arbitrary channel [...] or a literal asterisk character"
    assert await ask(bob, "WHO aLICE") == [
        ":chat.internal 352 alice2 * ~Alice 127.0.0.1 chat.internal Alice H :0 Alice",
        ":chat.internal 315 alice2 aLICE :End of WHO list",
    ]


@pytest.mark.parametrize("line", ["WHO", "WHO *", "WHO 0", "WHO :"])
async def test_who_of_everybody(connect: Connect, line: str) -> None:
    await connect("alice")
    bob = await connect("bob")
    *rows, end = await ask(bob, line)
    assert [row.split()[-1] for row in rows] == ["alice", "bob"]
    assert end.endswith(" :End of WHO list")


@pytest.mark.parametrize(
    ("mask", "found"),
    [
        ("a?ice", ["alice"]),
        ("*", ["alice", "bob", "Аня"]),
        ("а*", ["Аня"]),  # Cyrillic, in the other case
        # "Servers MAY match other user-specific values, such as the hostname, [...] real name or
        # username."
        ("~BO*", ["bob"]),
        ("127.*", ["alice", "bob", "Аня"]),
        ("*ня", ["Аня"]),
        (r"a\*", []),  # "These two characters can be escaped"
        ("[a-z]*", []),
        ("*x*", []),
    ],
)
async def test_who_of_a_mask(connect: Connect, mask: str, found: list[str]) -> None:
    """ "A mask pattern, in which case all visible users whose nickname matches are listed." """
    await connect("alice")
    await connect("Аня")
    bob = await connect("bob")
    *rows, end = await ask(bob, f"WHO {mask}")
    assert [row.split()[7] for row in rows] == found
    assert end == f":chat.internal 315 bob {mask} :End of WHO list"


@pytest.mark.parametrize("mask", ["nobody", "#nowhere", "* o", ":no nick", "@", "☕"])
async def test_who_of_nobody(connect: Connect, mask: str) -> None:
    """ "zero, one or more RPL_WHOREPLY, and end the list with RPL_ENDOFWHO" """
    alice = await connect("alice")
    [end] = await ask(alice, f"WHO {mask}")
    assert end.startswith(":chat.internal 315 alice ")


async def test_multi_prefix(connect: Connect) -> None:
    """ "send all possible prefixes which apply to a user in NAMES, WHO and WHOIS output",
    https://ircv3.net/specs/extensions/multi-prefix
    """
    alice = await connect("alice", caps=("multi-prefix",))
    await join(alice, "#room")
    row, _ = await ask(alice, "WHO #room")
    assert row.endswith(" alice H@ :0 alice")


# -- WHOIS ---------------------------------------------------------------------------------------


async def test_whois(connect: Connect) -> None:
    alice, bob = await connect("alice"), await connect("Bob")
    await join(alice, "#one", "#two")
    await join(bob, "#two")
    await ask(bob, "AWAY :fishing", "SETNAME :Bob Smith")
    user, rooms, server, away, idle, end = await ask(alice, "WHOIS bob")
    # "<client> <nick> <username> <host> * :<realname>"
    assert user == ":chat.internal 311 alice Bob ~Bob 127.0.0.1 * :Bob Smith"
    assert rooms == ":chat.internal 319 alice Bob :#two"
    assert server == ":chat.internal 312 alice Bob chat.internal :The chatd network"
    # "RPL_AWAY, with the away message, in replies to WHOIS messages"
    assert away == ":chat.internal 301 alice Bob :fishing"
    # "<client> <nick> <secs> <signon> :seconds idle, signon time"; "a unix timestamp"
    _, code, _, nick, seconds, signon, *_ = idle.split()
    assert (code, nick) == ("317", "Bob")
    assert int(seconds) < 60
    assert abs(int(signon) - time.time()) < 60
    # "<nick> MUST be exactly the <nick> parameter sent by the client"
    assert end == ":chat.internal 318 alice bob :End of /WHOIS list"


async def test_whois_shows_how_long_somebody_is_idle(connect: Connect) -> None:
    """ "<secs> is the number of seconds since the client has been active"; talking is being active,
    asking is not.
    """
    alice, bob = await connect("alice"), await connect("bob")

    async def idle() -> int:
        await bob.fence()
        await bob.send("WHOIS alice")
        return int((await bob.expect(" 317 ")).params[2])

    async def for_a_while() -> bool:
        await alice.fence()
        return await idle() >= 2

    async def since_the_notice() -> bool:
        return await idle() <= time.monotonic() - said

    await wait_until(for_a_while, "alice is idle")
    said = time.monotonic()
    await alice.send("NOTICE alice :x")
    await wait_until(since_the_notice, "alice was active then: her gateway has told it")


async def test_whois_of_oneself_shows_the_host(connect: Connect) -> None:
    """ "Servers typically send some of these numerics only to the client itself" """
    alice, bob = await connect("alice"), await connect("bob")
    line = ":chat.internal 338 alice alice 127.0.0.1 :Is actually using host"
    assert line in await ask(alice, "WHOIS alice")
    assert not any(" 338 " in line for line in await ask(bob, "WHOIS alice"))


async def test_whois_shows_prefixes_and_divides_rooms_among_lines(connect: Connect) -> None:
    """ "RPL_WHOISCHANNELS can be sent multiple times in the same whois reply, if the target is on
    too many channels to fit in a single message."
    """
    alice, bob = await connect("alice"), await connect("bob")
    rooms = [f"#{'x' * 50}{number:02}" for number in range(20)]
    await join(alice, *rooms)
    lines = [line for line in await ask(bob, "WHOIS alice") if " 319 " in line]
    assert len(lines) > 1
    assert all(len(line) <= 510 for line in lines)
    shown = [room for line in lines for room in line.partition(" :")[2].split()]
    # "[prefix]<channel>{ [prefix]<channel>}"
    assert shown == [f"@{room}" for room in rooms]


async def test_whois_of_nobody(connect: Connect) -> None:
    """ "The server SHOULD end its response [...] with RPL_ENDOFWHOIS, even if it did not send any
    other numeric message."
    """
    alice = await connect("alice")
    assert await ask(alice, "WHOIS ZED") == [
        ":chat.internal 401 alice ZED :No such nick/channel",
        ":chat.internal 318 alice ZED :End of /WHOIS list",
    ]


@pytest.mark.parametrize("line", ["WHOIS", "WHOIS :", "WHOIS ,", "WHOIS alice :"])
async def test_whois_without_a_nick(connect: Connect, line: str) -> None:
    alice = await connect("alice")
    assert await ask(alice, line) == [":chat.internal 431 alice :No nickname given"]


@pytest.mark.parametrize("target", ["chat.internal", "CHAT.*", "alice", "bob"])
async def test_whois_with_a_target(connect: Connect, target: str) -> None:
    """ "If the <target> parameter is specified, it SHOULD be a server name or the nick of a
    user."
    """
    await connect("alice")
    bob = await connect("bob")
    lines = await ask(bob, f"WHOIS {target} alice")
    assert lines[0] == ":chat.internal 311 bob alice ~alice 127.0.0.1 * :alice"
    assert lines[-1] == ":chat.internal 318 bob alice :End of /WHOIS list"


async def test_whois_with_an_unknown_target(connect: Connect) -> None:
    alice = await connect("alice")
    assert await ask(alice, "WHOIS elsewhere.example alice") == [
        ":chat.internal 402 alice elsewhere.example :No such server",
        ":chat.internal 318 alice alice :End of /WHOIS list",
    ]


async def test_whois_of_several(connect: Connect) -> None:
    """ "if the client sent multiple nicks, this MUST be the comma-separated list of nicks, even if
    some of them were dropped"
    """
    await connect("alice")
    bob = await connect("bob")
    lines = await ask(bob, "WHOIS Bob,zed,alice,x,y")
    codes = [line.split()[1] for line in lines]
    assert [code for code in codes if code in ("311", "401", "407", "318")] == [
        "311", "401", "311", "401", "407", "318",
    ]  # fmt: skip
    assert lines[-2:] == [
        ":chat.internal 407 bob y :At most 4 targets",
        ":chat.internal 318 bob Bob,zed,alice,x,y :End of /WHOIS list",
    ]


async def test_whois_shows_the_account(connect: Connect) -> None:
    """ "the client with the nickname <nick> was authenticated as the owner of <account>" """
    alice, bob = await connect("alice"), await connect("bob")
    await alice.send("REGISTER * * secret")
    await alice.expect("REGISTER SUCCESS alice")
    await alice.fence()  # she is logged in to it a moment later
    line = ":chat.internal 330 bob alice alice :is logged in as"
    assert line in await ask(bob, "WHOIS alice")
    assert not any(" 330 " in line for line in await ask(alice, "WHOIS bob"))


async def test_long_names_fit_a_line(connect: Connect) -> None:
    """ "each message [...] MUST NOT exceed 512 bytes": the test's client fails on a longer one."""
    nick, room = "Я" * 32, f"#{'𐑐' * 31}"  # two and four bytes for a character
    anna = await connect(nick)
    await join(anna, room)
    await ask(anna, f"TOPIC {room} :{'ж' * 195}", f"JOIN {room[:-1]}", f"JOIN {room[:-2]}")
    await ask(anna, f"SETNAME :{'ж' * 75}", f"AWAY :{'ж' * 100}")
    lines = await ask(
        anna, f"WHO {room}", f"WHOIS {nick}", f"TOPIC {room}", f"LIST {room}", f"NAMES {room}",
        f"USERHOST {' '.join([nick] * 5)}", f"WHOIS {'ы' * 240}", f"WHO {'ы' * 240}",
    )  # fmt: skip
    assert lines[0].startswith(f":chat.internal 352 {nick} {room} ~")
    assert sum(line.count(f"{nick}=-") for line in lines) == 5


# -- ISON, USERHOST ------------------------------------------------------------------------------


async def test_ison(connect: Connect) -> None:
    """ "a list of nicknames delimited by a space ... those that are online", RFC 2812 4.9, "in the
    order in which they were passed".
    """
    await connect("Alice")
    bob = await connect("bob")
    assert await ask(bob, "ISON zed BOB alice :x ☕ y") == [":chat.internal 303 bob :bob Alice"]
    assert await ask(bob, "ISON zed") == [":chat.internal 303 bob :"]
    assert await ask(bob, "ISON") == [":chat.internal 461 bob ISON :Not enough parameters"]


async def test_userhost(connect: Connect) -> None:
    """ "reply = nickname [ isop ] "=" isaway hostname"; ""+" represents that the user is not away,
    and "-" represents that the user is away."
    """
    alice, bob = await connect("Alice"), await connect("bob")
    await ask(alice, "AWAY :fishing")
    assert await ask(bob, "USERHOST bob zed alice") == [
        ":chat.internal 302 bob :bob=+~bob@127.0.0.1 Alice=-~Alice@127.0.0.1"
    ]
    assert await ask(bob, "USERHOST zed") == [":chat.internal 302 bob :"]
    assert await ask(bob, "USERHOST") == [":chat.internal 461 bob USERHOST :Not enough parameters"]
    # "takes up to five nicknames"
    [line] = await ask(bob, "USERHOST a b c d bob alice")
    assert line == ":chat.internal 302 bob :bob=+~bob@127.0.0.1"


# -- ROSTER --------------------------------------------------------------------------------------


async def test_roster_needs_no_login(connect: Connect) -> None:
    """docs/protocol.md: ``ROSTER <nick> <H|G> <since> :<away text>``, then ``ROSTER END``."""
    alice = await connect("alice")
    await connect("bob")
    await ask(alice, "AWAY :gone fishing")
    stranger = await connect.open()
    await stranger.send("ROSTER")
    first, second, end = await stranger.lines_until("ROSTER END")
    assert first.params[:3] == ["alice", "G", first.params[2]]
    assert first.text == "gone fishing"
    assert abs(int(first.params[2]) / 1000 - time.time()) < 60
    assert second.params == ["bob", "H", second.params[2], ""]
    assert end.raw == ":chat.internal ROSTER END 2"


async def test_roster_of_a_server_with_a_password(gateways: Gateways, tmp_path: Path) -> None:
    """docs/protocol.md: a server with a password tells only who has given it by PASS."""
    (tmp_path / "password").write_text("sesame\n")
    [gateway] = await gateways(1, "--password-file", str(tmp_path / "password"))
    async with await IrcClient.connect(gateway.host, gateway.port) as stranger:
        await stranger.send("ROSTER")
        line = await stranger.expect("ROSTER")
        assert line.text == "FAIL ROSTER NEED_PASSWORD: Give the server's password with PASS first"
        await stranger.send("PASS wrong", "ROSTER")
        await stranger.expect("NEED_PASSWORD")
        await stranger.send("PASS sesame", "ROSTER")
        await stranger.expect("ROSTER END 0")
        await stranger.send("NICK alice", "USER a 0 * :a")
        await stranger.expect(" 422 ")
        await stranger.send("ROSTER")
        await stranger.expect("ROSTER END 1")
