"""Bans, exceptions, extended bans. Sentences are of https://modern.ircdocs.horse unless said."""

from __future__ import annotations

import re

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

BANNED = "474 bob #room :Cannot join channel (+b)"
UNHEARD = (
    "404 bob #room :Cannot send to channel (+b): banned: who matches can neither enter nor speak"
)
MUTED = "404 bob #room :Cannot send to channel (+b): you are muted here"


async def founder(connect: Connect) -> IrcClient:
    """The operator of #room."""
    alice = await connect("alice")
    await join(alice, "#room")
    return alice


async def test_who_is_banned_cannot_enter(connect: Connect) -> None:
    """ "If they match one of these banned masks, they will receive an ERR_BANNEDFROMCHAN reply and
    the JOIN command will fail." """
    alice, bob = await founder(connect), await connect("Bob")
    assert await ask(alice, "MODE #room +b bOB!*@*") == ["alice MODE #room +b bOB!*@*"]
    assert await ask(bob, "JOIN #room") == ["474 Bob #room :Cannot join channel (+b)"]
    # masks that differ only in case are the same
    assert await ask(alice, "MODE #room -b bob!*@*") == ["alice MODE #room -b bOB!*@*"]
    assert (await ask(bob, "JOIN #room"))[0] == "Bob JOIN #room"


async def test_a_ban_stops_the_next_word(connect: Connect) -> None:
    """ "a list of client masks that are 'banned' from joining or speaking in the channel" """
    alice, bob = await founder(connect), await connect("bob")
    await join(bob, "#room")
    await ask(alice, "MODE #room +b *!~bob@127.*")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :hi") == [UNHEARD]
    await ask(alice, "MODE #room +v bob")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :a voice is stronger") == []
    assert await heard(alice) == ["bob PRIVMSG #room :a voice is stronger"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("bob", "bob!*@*"),
        ("bob!x", "bob!x@*"),
        ("x@host", "*!x@host"),
        ("@host", "*!*@host"),
        ("host.example", "*!*@host.example"),
        ("bob!*@*", "bob!*@*"),
        ("b?b", "b?b!*@*"),
        ("***", "*!*@*"),
        ("m:bob", "m:bob!*@*"),
        ("a:Bob", "a:Bob"),
        ("$a:bob", "a:bob"),
        ("~m:bob", "m:bob!*@*"),
        ("m:a:bob", "m:a:bob"),
        ("~account:bob", "a:bob"),
        ("m:account:bob", "m:a:bob"),
        ("$a", "a:*"),
        ("U:bob", "U:bob!*@*"),
        ("$U", "U:*!*@*"),
        ("m:$U", "m:U:*!*@*"),
        ("m:U:*!*@192.0.2.0/24", "m:U:*!*@192.0.2.0/24"),
        ("U", "U!*@*"),
        ("u:bob", "*!*@u:bob"),
    ],
)
async def test_masks_are_completed(connect: Connect, written: str, meant: str) -> None:
    alice = await founder(connect)
    assert await ask(alice, f"MODE #room +b {written}") == [f"alice MODE #room +b {meant}"]
    assert await ask(alice, f"MODE #room -b {written}") == [f"alice MODE #room -b {meant}"]


@pytest.mark.parametrize("mask", ["x" * 201, "a,b", "m:m:x", "U:a:x", "U:U:x", "\x02"])
async def test_masks_that_cannot_be(connect: Connect, mask: str) -> None:
    """ "Indicates that there was a problem with a mode parameter." """
    alice = await founder(connect)
    [line] = await ask(alice, f"MODE #room +b {mask}")
    assert line.startswith("696 alice #room b ")


@pytest.mark.parametrize(
    ("mask", "matches"),
    [
        ("*!*@*", True),
        ("bob!*@*", True),
        ("b*b!*@*", True),
        ("b?b!~b?b@127.0.0.?", True),
        ("*!*@127.*", True),
        ("*!*@*.0.1", True),
        ("*o*!*~*b@*0*0*1", True),
        ("bob!~bob@127.0.0.1", True),
        ("?ob!*@*", True),
        ("bo!*@*", False),
        ("?bob!*@*", False),
        ("*!*@127.0.0", False),
        ("*!bob@*", True),  # "~" says that nobody vouches for the user: it need not be there
        ("*!?bob@*", True),
        ("*!??bob@*", False),
        ("*!*@127.0.0.0/8", True),
        ("*!*@::ffff:127.0.0.0/104", True),
        ("*!*@126.0.0.0/8", False),
        ("*!*@127.0.0.0/33", False),
        ("*!*@::/0", False),
        ("b.b!*@*", False),
        ("*!*@*.0.2", False),
        ("*x*!*@*", False),
        ("[b]ob!*@*", False),
        ("bob!*@127%d0", False),
        ("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*!*@*", False),
    ],
)
async def test_what_a_mask_matches(connect: Connect, mask: str, matches: bool) -> None:
    """ "'*' [...] matches any text, '?' one character" """
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, f"MODE #room +b {mask}")
    first, *_ = await ask(bob, "JOIN #room")
    assert first == (BANNED if matches else "bob JOIN #room")


async def test_names_in_any_script(connect: Connect) -> None:
    alice, eva = await founder(connect), await connect("Ünal")
    await ask(alice, "MODE #room +b üNA?!*@*")
    assert await ask(eva, "JOIN #room") == ["474 Ünal #room :Cannot join channel (+b)"]
    await ask(alice, "MODE #room -b+b üNA?!*@* ?na??!*@*")
    assert (await ask(eva, "JOIN #room"))[0] == "Ünal JOIN #room"


# -- the lists -----------------------------------------------------------------------------------


async def test_anybody_may_read_the_bans(connect: Connect) -> None:
    """ "If a type A mode has been sent without an argument, the contents of the list MUST be sent
    to the user, unless it contains sensitive information" """
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, "MODE #room +bb one two")
    for query in ("b", "+b", "-b", "bb"):
        first, second, end = await ask(bob, f"MODE #room {query}")
        # "<client> <channel> <mask> [<who> <set-ts>]"
        row = r"367 bob #room %s!\*@\* alice!~alice@127.0.0.1 1\d{9}"
        assert re.fullmatch(row % "one", first)
        assert re.fullmatch(row % "two", second)
        assert end == "368 bob #room :End of channel ban list"


@pytest.mark.parametrize(
    ("letter", "entry", "end"),
    [
        ("e", "348", "349 alice #room :End of channel exception list"),
        ("I", "346", "347 alice #room :End of Channel Invite Exception List"),
    ],
)
async def test_operators_read_the_exceptions(
    connect: Connect, letter: str, entry: str, end: str
) -> None:
    """ "Servers MAY choose to restrict the above information to channel operators" """
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, f"MODE #room +{letter} friend")
    row, last = await ask(alice, f"MODE #room {letter}")
    assert row.startswith(f"{entry} alice #room friend!*@* alice!~alice@127.0.0.1 1")
    assert last == end
    assert await ask(bob, f"MODE #room {letter}") == ["482 bob #room :You're not channel operator"]


async def test_exceptions_from_bans(connect: Connect) -> None:
    """ "they will not be blocked from joining due to the ban mode" """
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, "MODE #room +be *!*@* bo?")
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"
    assert await ask(bob, "PRIVMSG #room :hi") == []
    await ask(alice, "MODE #room -e bo?")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :hi") == [UNHEARD]


async def test_exceptions_from_invite_only(connect: Connect) -> None:
    """ "they do not need to require an INVITE in order to join the channel" """
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, "MODE #room +i")
    assert await ask(bob, "JOIN #room") == ["473 bob #room :Cannot join channel (+i)"]
    await ask(alice, "MODE #room +I bob!*@127.*")
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"


async def test_the_lists_have_an_end(connect: Connect) -> None:
    """MAXLIST: "the maximum number of entries that all of the modes, combined, may set" """
    alice = await founder(connect)
    for start in range(0, 96, 12):
        names = " ".join(f"n{number}" for number in range(start, start + 12))
        await ask(alice, f"MODE #room +{'beIbeIbeIbeI'} {names}")
    assert await ask(alice, "MODE #room +bbbbbb v w x y z z") == [
        "alice MODE #room +bbbb v!*@* w!*@* x!*@* y!*@*",
        "478 alice #room b :Channel list is full",
    ]
    # what is in it can be set again, and removed
    assert await ask(alice, "MODE #room +b v") == []
    assert await ask(alice, "MODE #room -b+b v z") == ["alice MODE #room -b+b v!*@* z!*@*"]


# -- extended bans -------------------------------------------------------------------------------


async def test_mute(connect: Connect) -> None:
    """m: lets enter and listen, but not speak."""
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, "MODE #room +b m:BOB")
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"
    assert await ask(bob, "PRIVMSG #room :hi") == [MUTED]
    await ask(alice, "MODE #room +e m:*!*bob@*")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :hi") == []
    # an exception from mutes does not let in
    await ask(bob, "PART #room")
    await ask(alice, "MODE #room +b bob")
    assert await ask(bob, "JOIN #room") == [BANNED]


async def test_account_bans(connect: Connect) -> None:
    """ "Servers MUST support matching exact account names." (account-extban)"""
    alice = await founder(connect)
    bob = await registered(connect, "Bob")
    await ask(alice, "MODE #room +b a:bOb")
    assert await ask(bob, "JOIN #room") == ["474 Bob #room :Cannot join channel (+b)"]
    # it is the account that counts, not the nick
    await ask(bob, "NICK carol")
    assert await ask(bob, "JOIN #room") == ["474 carol #room :Cannot join channel (+b)"]
    await ask(alice, "MODE #room -b a:bob", "MODE #room +be *!*@* a:b*")
    assert (await ask(bob, "JOIN #room"))[0] == "carol JOIN #room"
    await ask(bob, "PART #room")
    await ask(alice, "MODE #room +i-b *!*@*")
    assert await ask(bob, "JOIN #room") == ["473 carol #room :Cannot join channel (+i)"]
    await ask(alice, "MODE #room +I a:bob")
    assert (await ask(bob, "JOIN #room"))[0] == "carol JOIN #room"


async def test_an_account_ban_is_not_for_the_nick(connect: Connect) -> None:
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, "MODE #room +b a:bob")
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"


async def test_a_muted_account(connect: Connect) -> None:
    alice = await founder(connect)
    bob = await registered(connect, "bob")
    await join(bob, "#room")
    second = await connect("bob", sasl=("bob", PASSWORD))
    await ask(alice, "MODE #room +b m:a:bob")
    for session in (bob, second):
        await session.fence()
        assert await ask(session, "PRIVMSG #room :hi") == [MUTED]


async def test_who_was_free_to_speak_is_looked_at_again(connect: Connect) -> None:
    """A new ban, a new nick, an exception that goes: each counts for the very next word."""
    alice, bob = await founder(connect), await connect("bob")
    await ask(alice, "MODE #room +bb m:other m:mallory")
    await join(bob, "#room")
    assert await ask(bob, "PRIVMSG #room :one") == []
    await ask(bob, "NICK mallory")
    [line] = await ask(bob, "PRIVMSG #room :two")
    assert line.startswith("404 mallory #room :")
    await ask(alice, "MODE #room +e mallory")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :three") == []
    await ask(alice, "MODE #room -e mallory")
    await bob.fence()
    [line] = await ask(bob, "PRIVMSG #room :four")
    assert line.startswith("404 mallory #room :")
    await ask(alice, "MODE #room -b m:mallory")
    await bob.fence()
    await ask(bob, "NICK bob")
    assert await ask(bob, "PRIVMSG #room :five") == []
    await ask(alice, "MODE #room +b m:bob")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :six") == [MUTED]
