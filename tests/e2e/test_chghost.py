"""chghost, oper-tag, RELAYMSG."""

from __future__ import annotations

from tests.e2e.asking import ask, heard, join
from tests.e2e.conftest import Connect

# -- https://ircv3.net/specs/extensions/chghost --------------------------------------------------


async def test_a_new_host_is_told_to_who_shares_a_room(connect: Connect) -> None:
    """ "servers MUST send the CHGHOST message to other clients who share channels with the target
    client and who have enabled the chghost capability", "also [...] to the client whose own
    username
    or host changed".
    """
    alice = await connect("alice", ("chghost",))
    bob = await connect("bob", ("chghost", "message-tags"))
    dave = await connect("dave", ("chghost",))
    oper = await connect("oper")
    for client in (alice, bob):
        await join(client, "#room", "#other")
    await ask(oper, "OPER operuser operpassword")
    for client in (alice, bob):
        await client.fence()
    await ask(oper, "CHGHOST alice ~b@ckyard")
    assert [line.raw for line in await alice.fence()] == [
        ":alice!~alice@127.0.0.1 CHGHOST ~b ckyard"
    ]
    (line,) = await bob.fence()  # once, though they share two rooms
    assert line.raw.endswith(":alice!~alice@127.0.0.1 CHGHOST ~b ckyard")
    assert "msgid" in line.tags
    assert await heard(dave) == []
    await alice.send("PRIVMSG #room :new")
    await alice.fence()
    assert (await bob.expect(":new")).source == "alice!~b@ckyard"
    assert any("~b ckyard" in line for line in await ask(dave, "WHOIS alice"))


async def test_the_fallback(connect: Connect) -> None:
    """ "servers SHOULD send fallback messages to simulate the client reconnecting. [...] For shared
    channels, the simulated events SHOULD include appropriate QUIT, JOIN and MODE commands".
    """
    alice, carol = await connect("alice"), await connect("carol", ("extended-join",))
    for room in ("#one", "#two"):
        await join(alice, room)
        await join(carol, room)
    await ask(alice, "MODE #one +v alice", "OPER operuser operpassword")
    await carol.fence()
    await ask(alice, "SETHOST staff.example.org")
    assert [line.raw for line in await carol.fence()] == [
        ":alice!~alice@127.0.0.1 QUIT :Changing host",
        ":alice!~alice@staff.example.org JOIN #one * :alice",
        ":chat.internal MODE #one +ov alice alice",
        ":alice!~alice@staff.example.org JOIN #two * :alice",
        ":chat.internal MODE #two +o alice",
    ]


async def test_hosts_are_for_operators(connect: Connect) -> None:
    """A host is changed by operators only, to one that can be a host."""
    alice, oper = await connect("alice"), await connect("oper")
    assert [line.split()[0] for line in await ask(alice, "SETHOST a.b")] == ["481"]
    assert [line.split()[0] for line in await ask(alice, "CHGHOST oper a.b")] == ["481"]
    await ask(oper, "OPER operuser operpassword", "CAP REQ standard-replies")
    (line,) = await ask(oper, "SETHOST :a b")
    assert line.startswith("FAIL SETHOST INVALID_HOST * :")
    assert [line.split()[0] for line in await ask(oper, "CHGHOST nobody a.b")] == ["401"]


# -- https://ircv3.net/specs/extensions/oper-tag -------------------------------------------------


async def test_the_tag_of_operators(connect: Connect) -> None:
    """ "The tag MUST be added by the ircd to all commands sent by a user" """
    oper, alice = await connect("oper"), await connect("alice", ("draft/oper-tag",))
    bob = await connect("bob", ("message-tags",))
    for client in (oper, alice, bob):
        await join(client, "#room")
    await ask(oper, "PRIVMSG #room :before", "OPER operuser operpassword")
    await ask(oper, "PRIVMSG #room :after", "TOPIC #room :topic", "PART #room")
    lines = [line for line in await alice.fence() if line.nick == "oper"]
    assert [(line.command, "draft/oper" in line.tags) for line in lines] == [
        ("PRIVMSG", False), ("PRIVMSG", True), ("TOPIC", True), ("PART", True)
    ]  # fmt: skip
    assert not [line for line in await bob.fence() if "draft/oper" in line.tags]


# -- RELAYMSG, https://github.com/ircv3/ircv3-specifications/pull/417 ----------------------------


async def test_relayed_messages(connect: Connect) -> None:
    """A bridge speaks for somebody elsewhere, and who wants to know sees the bridge in a tag."""
    caps = ("echo-message", "labeled-response", "batch", "message-tags")
    bridge = await connect("bridge", caps)
    alice = await connect("alice", (*caps, "draft/relaymsg"))
    bob = await connect("bob")
    for client in (bridge, alice, bob):
        await join(client, "#room")
    for client in (bridge, alice, bob):
        await client.fence()
    await bridge.send("@label=x RELAYMSG #room smt/discord :hi there")
    (echo,) = await bridge.fence()
    assert echo.tags["label"] == "x"
    assert (echo.nick, echo.params) == ("smt/discord", ["#room", "hi there"])
    (line,) = await alice.fence()
    assert (line.nick, line.tags["draft/relaymsg"]) == ("smt/discord", "bridge")
    (line,) = await bob.fence()
    assert line.raw == ":smt/discord!bridge@chat.internal PRIVMSG #room :hi there"


async def test_only_operators_of_the_room_relay(connect: Connect) -> None:
    """ "FAIL RELAYMSG PRIVS_NEEDED", "FAIL RELAYMSG INVALID_NICK" """
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room")
    await join(bob, "#room")
    (line,) = await ask(bob, "RELAYMSG #room smt/discord :hi")
    assert line.startswith("FAIL RELAYMSG PRIVS_NEEDED :")
    for nick in ("regular_nick", "in!valid/discord", "/discord", "smt/"):
        (line,) = await ask(alice, f"RELAYMSG #room {nick} :hi")
        assert line.startswith("FAIL RELAYMSG INVALID_NICK :")
    assert await heard(bob) == []
    assert await ask(alice, "RELAYMSG #room smt/discord :hi") == []
    assert await heard(bob) == ["smt/discord PRIVMSG #room :hi"]
