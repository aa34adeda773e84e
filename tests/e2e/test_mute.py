"""Mutes and the extended bans. Sentences are of docs/extensions.md unless said."""

from __future__ import annotations

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

REFUSED = "404 %s #room :Cannot send to channel (+b): you are muted here"


async def isupport(client: IrcClient) -> dict[str, str]:
    """What the server says that it supports."""
    await client.send("VERSION")
    words = [
        word for line in await client.fence() if line.command == "005" for word in line.params[1:]
    ]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


async def muted(connect: Connect, mask: str, nick: str = "bob") -> tuple[IrcClient, IrcClient]:
    """An operator, and somebody in #room whom a mask mutes."""
    alice = await connect("alice")
    await join(alice, "#room")
    bob = await registered(connect, nick)
    await join(bob, "#room")
    await ask(alice, f"MODE #room -t+b m:{mask}")
    await bob.fence()
    return alice, bob


async def test_what_the_server_says_of_its_extended_bans(connect: Connect) -> None:
    """ "`EXTBAN=[<prefix>],<types>` [...] If `<prefix>` does not exist then the server does not
    require a prefix for extbans, and they should be sent with no prefix." (modern.ircdocs.horse)
    "Servers publishing the `ACCOUNTEXTBAN` token MUST also publish the `EXTBAN` token. The value
    [...] is a comma-separated list of names for the extended ban type which matches account names."
    (account-extban)"""
    alice = await connect("alice")
    told = await isupport(alice)
    prefix, types = told["EXTBAN"].split(",")
    assert (prefix, sorted(types)) == ("", ["U", "a", "m"])
    assert told["ACCOUNTEXTBAN"].split(",") == ["a", "account"]
    # "<limit> is a positive integer specifying the maximum number of entries that all of the
    # modes in <modes>, combined, may set on a channel" (modern.ircdocs.horse)
    assert told["MAXLIST"] == "beI:100"


@pytest.mark.parametrize("name", ["a", "account"])
async def test_bans_by_each_name_that_is_told(connect: Connect, name: str) -> None:
    """ "Servers publishing the `ACCOUNTEXTBAN` [...] token allow clients to construct ban masks
    matching account names." (account-extban)"""
    alice, bob = await connect("alice"), await registered(connect, "bob")
    await join(alice, "#room")
    assert await ask(alice, f"MODE #room +b {name}:bob") == ["alice MODE #room +b a:bob"]
    await ask(bob, "NICK other")
    assert await ask(bob, "JOIN #room") == ["474 other #room :Cannot join channel (+b)"]
    [entry, _] = await ask(alice, "MODE #room b")
    assert entry.startswith("367 alice #room a:bob alice!~alice@127.0.0.1 1")


async def test_guests_are_kept_out(connect: Connect) -> None:
    """`U:MASK` matches who has no account."""
    alice, eve = await connect("alice"), await connect("eve")
    bob = await registered(connect, "bob")
    await join(alice, "#room")
    await ask(alice, "MODE #room +b U:*")
    assert await ask(eve, "JOIN #room") == ["474 eve #room :Cannot join channel (+b)"]
    assert (await ask(bob, "JOIN #room"))[0] == "bob JOIN #room"
    # an exception for some of them, and an exception from invite-only
    await ask(alice, "MODE #room +e U:eve")
    assert (await ask(eve, "JOIN #room"))[0] == "eve JOIN #room"
    await ask(eve, "PART #room")
    await ask(alice, "MODE #room +iI U:*!*@127.0.0.0/8")
    assert (await ask(eve, "JOIN #room"))[0] == "eve JOIN #room"
    await ask(bob, "PART #room")
    assert await ask(bob, "JOIN #room") == ["473 bob #room :Cannot join channel (+i)"]


async def test_guests_are_muted_until_they_log_in(connect: Connect) -> None:
    alice, eve = await connect("alice"), await connect("eve")
    await join(alice, "#room")
    await ask(alice, "MODE #room +b m:U:*")
    await join(eve, "#room")
    assert await ask(eve, "PRIVMSG #room :hello") == [REFUSED % "eve"]
    await eve.send(f"REGISTER * * :{PASSWORD}")
    await eve.expect("REGISTER SUCCESS", unless=" FAIL ")
    await eve.fence()  # it is logged in
    await heard(alice)
    assert await ask(eve, "PRIVMSG #room :hello") == []
    assert await heard(alice) == ["eve PRIVMSG #room :hello"]


async def test_a_mute_holds_for_all_that_one_says(connect: Connect) -> None:
    alice = await connect("alice", caps=("message-tags", "draft/multiline", "batch"))
    await join(alice, "#room")
    bob = await connect("bob", caps=("message-tags", "draft/multiline", "batch"))
    await join(bob, "#room")
    await ask(alice, "MODE #room -t+b m:bob")
    await bob.fence()
    for line in ("PRIVMSG #room :a", "PRIVMSG #room :\x01ACTION a\x01", "@+a=b TAGMSG #room"):
        assert await ask(bob, line) == [REFUSED % "bob"], line
    assert await ask(bob, "NOTICE #room :a") == []
    multiline = ("BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :a",
                 "@batch=1 PRIVMSG #room :b", "BATCH -1")  # fmt: skip
    assert await ask(bob, *multiline) == [REFUSED % "bob"]
    assert await ask(bob, "TOPIC #room :a") == ["404 bob #room :Cannot send to channel"]
    await ask(bob, "PART #room :a")
    [part] = await heard(alice)
    assert part.endswith(" PART #room")


async def test_the_reason_of_a_redaction_is_not_told(connect: Connect) -> None:
    """What was said before may be taken back, but nothing is said with that."""
    caps = ("message-tags", "draft/message-redaction", "echo-message")
    alice = await connect("alice", caps=caps)
    bob = await connect("bob", caps=caps)
    await join(alice, "#room")
    await join(bob, "#room")
    await bob.send("PRIVMSG #room :a", "PRIVMSG #room :b")
    first, second = [line.tags["msgid"] for line in await bob.fence() if "PRIVMSG" in line.raw]
    await heard(alice)
    await ask(bob, f"REDACT #room {first} :oops")
    assert (await heard(alice))[-1].endswith(f" REDACT #room {first} :oops")
    await ask(alice, "MODE #room +b m:bob")
    await bob.fence()
    await ask(bob, f"REDACT #room {second} :you cannot stop me")
    assert (await heard(alice))[-1].endswith(f" REDACT #room {second}")


async def test_who_has_a_prefix_is_not_muted(connect: Connect) -> None:
    alice, bob = await muted(connect, "*")
    assert await ask(bob, "PRIVMSG #room :a") == [REFUSED % "bob"]
    await ask(alice, "MODE #room +v bob")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :a", "TOPIC #room :b") == ["bob TOPIC #room :b"]
    assert await ask(bob, "NICK robert") == ["bob NICK robert"]


async def test_another_nick_does_not_get_around_a_mute(connect: Connect) -> None:
    """Who may say nothing in a room takes no other name."""
    _, bob = await muted(connect, "bob")
    assert await ask(bob, "NICK robert") == [
        "435 bob robert #room :Cannot change nickname while banned or muted in the channel"
    ]
    assert await ask(bob, "NICK Bob") == ["bob NICK Bob"]  # it is the same name
    assert await ask(bob, "PRIVMSG #room :a") == [REFUSED % "Bob"]
    await ask(bob, "PART #room")
    assert await ask(bob, "NICK robert") == ["Bob NICK robert"]


async def test_another_account_does_not_get_around_a_mute(connect: Connect) -> None:
    """Nor does it leave its account for another."""
    alice, bob = await muted(connect, "a:bob")
    await registered(connect, "carol")
    await bob.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    await bob.expect("AUTHENTICATE ")
    await bob.send("AUTHENTICATE AGNhcm9sAHNlc2FtZQ==")  # carol
    line = await bob.expect(" 904 ", unless=" 903 ")
    assert line.text == "You are banned or muted in #room: leave it first"
    assert await ask(bob, "PRIVMSG #room :a") == [REFUSED % "bob"]
    assert [one for one in await heard(alice) if "PRIVMSG" in one] == []


async def test_another_session_is_muted_too(connect: Connect) -> None:
    _, bob = await muted(connect, "a:bob")
    second = await connect("bob", sasl=("bob", PASSWORD))
    under_another = await connect("bobby", sasl=("bob", PASSWORD))
    await join(under_another, "#room")
    for session in (bob, second):
        assert (await ask(session, "PRIVMSG #room :a"))[-1] == REFUSED % "bob"
    assert await ask(under_another, "PRIVMSG #room :a") == [REFUSED % "bobby"]


@pytest.mark.parametrize(
    "mask", ["m:*!*@127.0.0.0/8", "m:*!*@::ffff:127.0.0.0/104", "m:U:*!*@127.0.0.1"]
)
async def test_networks_and_what_is_shown(connect: Connect, mask: str) -> None:
    """A user matches with each host that one of its sessions comes from, whatever is shown."""
    alice = await connect("alice")
    await join(alice, "#room")
    eve = await connect("eve")
    await eve.send("OPER operuser operpassword", "SETHOST hidden.example")
    await eve.expect(" 381 ")
    await join(eve, "#room")
    await ask(alice, f"MODE #room +b {mask}")
    await eve.fence()
    assert await ask(eve, "PRIVMSG #room :a") == [REFUSED % "eve"]
