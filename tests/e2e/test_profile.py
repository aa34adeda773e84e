"""AWAY and SETNAME."""

from __future__ import annotations

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def raw(client: IrcClient) -> list[str]:
    return [line.raw for line in await client.fence()]


async def in_one_room(*clients: IrcClient) -> None:
    for client in clients:
        await client.send("JOIN #room")
        await client.fence()
    for client in clients:
        await client.fence()


# -- AWAY, https://modern.ircdocs.horse/#away-message --------------------------------------------


async def test_away_and_back(connect: Connect) -> None:
    """ "The server acknowledges the change in away status by returning the RPL_NOWAWAY and
    RPL_UNAWAY numerics."
    """
    alice, bob = await connect("alice"), await connect("bob")
    gone = ":chat.internal 306 alice :You have been marked as being away"
    back = ":chat.internal 305 alice :You are no longer marked as being away"
    await alice.send("AWAY :gone fishing")
    assert await raw(alice) == [gone]
    await alice.send("AWAY :gone fishing")  # changes nothing, is answered all the same
    assert await raw(alice) == [gone]
    # "RPL_AWAY, with the away message, when a PRIVMSG command is directed at the away user"
    await bob.send("PRIVMSG alice :hello")
    assert await raw(bob) == [":chat.internal 301 bob alice :gone fishing"]
    await alice.fence()
    await alice.send("AWAY")
    assert await raw(alice) == [back]
    await alice.send("AWAY")
    assert await raw(alice) == [back]
    await bob.send("PRIVMSG alice :hello")
    assert await raw(bob) == []


async def test_away_with_an_empty_text_is_back(connect: Connect) -> None:
    """ "If this command is sent with no parameters, or with the empty string as the parameter, the
    user is no longer away."
    """
    alice = await connect("alice")
    await alice.send("AWAY :gone fishing", "AWAY :")
    assert [line.split()[1] for line in await raw(alice)] == ["306", "305"]


async def test_a_long_away_text_is_cut_between_characters(connect: Connect) -> None:
    """ISUPPORT AWAYLEN: "the maximum length for the <reason> of an AWAY command" """
    alice, bob = await connect("alice"), await connect("bob")
    await alice.send(f"AWAY :x{'я' * 150}")
    await alice.fence()
    await bob.send("PRIVMSG alice :hello")
    line = await bob.expect(" 301 ")
    assert line.text == "x" + "я" * 99  # 199 of 200 bytes: half a character is none


async def test_away_notify(connect: Connect) -> None:
    """ "Clients will be notified when a user they share a channel with is away or returns",
    https://ircv3.net/specs/extensions/away-notify
    """
    alice = await connect("alice", caps=("away-notify",))
    bob = await connect("bob", caps=("away-notify",))
    carol = await connect("carol")
    await in_one_room(alice, bob, carol)
    await alice.send("AWAY :gone fishing")
    assert await raw(alice) == [":chat.internal 306 alice :You have been marked as being away"]
    assert await raw(bob) == [":alice!~alice@127.0.0.1 AWAY :gone fishing"]
    assert await raw(carol) == []
    await alice.send("AWAY")
    await alice.fence()
    # "If the message is not present, the user is no longer away"
    assert await raw(bob) == [":alice!~alice@127.0.0.1 AWAY"]


async def test_a_labelled_away(connect: Connect) -> None:
    """https://ircv3.net/specs/extensions/labeled-response"""
    alice = await connect("alice", caps=("labeled-response", "batch"))
    await alice.send("@label=a AWAY :gone")
    assert await raw(alice) == [
        "@label=a :chat.internal 306 alice :You have been marked as being away"
    ]


# -- SETNAME, https://ircv3.net/specs/extensions/setname -----------------------------------------


async def test_setname(connect: Connect) -> None:
    """ "they MUST send the server-to-client version of the SETNAME message to all clients in common
    channels, as well as to the client from which it originated"
    """
    alice = await connect("alice", caps=("setname",))
    bob = await connect("bob", caps=("setname",))
    carol = await connect("carol")
    dave = await connect("dave", caps=("setname",))
    await in_one_room(alice, bob, carol)
    await alice.send("SETNAME :Alice Smith")
    line = ":alice!~alice@127.0.0.1 SETNAME :Alice Smith"
    assert await raw(alice) == [line]
    assert await raw(bob) == [line]
    # "MUST NOT be sent to clients which do not have the setname capability negotiated"
    assert await raw(carol) == []
    assert await raw(dave) == []  # shares no room
    await dave.send("WHOIS alice")
    assert (await dave.expect(" 311 ")).text == "Alice Smith"


async def test_setname_to_the_same_is_confirmed(connect: Connect) -> None:
    """ "the client MUST assume that no change has happened until the server confirms" """
    alice = await connect("alice", caps=("setname",))
    await alice.send("SETNAME alice")
    assert await raw(alice) == [":alice!~alice@127.0.0.1 SETNAME alice"]


async def test_setname_without_the_capability_is_silent(connect: Connect) -> None:
    """ "Servers advertising the setname capability MUST support usage of the command even while the
    capability is not negotiated"; "the server SHOULD handle it silently (with no response)"
    """
    alice = await connect("alice")
    await alice.send("SETNAME :Alice Smith")
    assert await raw(alice) == []
    await alice.send("WHOIS alice")
    assert (await alice.expect(" 311 ")).text == "Alice Smith"


async def test_setname_refuses_what_is_no_realname(connect: Connect) -> None:
    """ "If the server rejects the realname as a result of a validation failure, it MUST send a FAIL
    message with the INVALID_REALNAME code." "NAMELEN [...] with the maximum allowed length"
    """
    alice = await connect("alice", caps=("setname", "standard-replies"))
    fail = ":chat.internal FAIL SETNAME INVALID_REALNAME :A realname has 1 to 150 bytes"
    await alice.send("VERSION")
    assert "NAMELEN=150" in " ".join(await raw(alice))
    await alice.send(f"SETNAME :{'я' * 75}x", "SETNAME :", "SETNAME : ")
    assert await raw(alice) == [fail] * 3
    await alice.send("SETNAME")
    assert await raw(alice) == [":chat.internal 461 alice SETNAME :Not enough parameters"]
    await alice.send(f"SETNAME :{'я' * 75}")
    assert await raw(alice) == [f":alice!~alice@127.0.0.1 SETNAME :{'я' * 75}"]
