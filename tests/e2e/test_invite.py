"""INVITE. Sentences are of https://modern.ircdocs.horse/#invite-message unless said."""

from __future__ import annotations

from tests.e2e.asking import ask, heard, join
from tests.e2e.conftest import Connect


async def test_invite(connect: Connect) -> None:
    """ "the server MUST send a RPL_INVITING numeric to the command issuer, and an INVITE message,
    with the issuer as <source>, to the target user. Other channel members SHOULD NOT be notified."
    """
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    await join(alice, "#Room")
    await join(carol, "#room")
    await alice.fence()
    assert await ask(alice, "INVITE BOB #room") == ["341 alice bob #Room"]
    assert await heard(bob) == ["alice INVITE bob #Room"]
    assert await heard(carol) == []


async def test_who_is_invited_may_enter_once(connect: Connect) -> None:
    """ "If this mode is set on a channel, a user must have received an INVITE for this channel
    before being allowed to join it." """
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room")
    await ask(alice, "MODE #room +iklbR key 1 bob")
    assert await ask(bob, "JOIN #room") == ["474 bob #room :Cannot join channel (+b)"]
    await ask(alice, "INVITE bob #room")
    assert "bob JOIN #room" in await ask(bob, "JOIN #room")
    await ask(bob, "PART #room")
    assert await ask(bob, "JOIN #room") == ["474 bob #room :Cannot join channel (+b)"]


async def test_an_invitation_follows_a_new_nick(connect: Connect) -> None:
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room")
    await ask(alice, "MODE #room +i", "INVITE bob #room")
    await ask(bob, "NICK robert")
    assert "robert JOIN #room" in await ask(bob, "JOIN #room")


async def test_an_invitation_is_not_for_a_later_room_of_the_name(connect: Connect) -> None:
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    await join(alice, "#room")
    await ask(alice, "INVITE bob #room", "PART #room")
    await join(carol, "#room")
    await ask(carol, "MODE #room +i")
    await bob.fence()
    assert await ask(bob, "JOIN #room") == ["473 bob #room :Cannot join channel (+i)"]
    assert await ask(bob, "INVITE") == ["337 bob :End of /INVITE list"]


async def test_the_own_invitations(connect: Connect) -> None:
    """ "Servers MAY allow the INVITE with no parameter, and reply with a list of channels the
    sender is invited to as RPL_INVITELIST numerics, ending with RPL_ENDOFINVITELIST" """
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#One", "#two")
    await ask(alice, "INVITE bob #one", "INVITE bob #two")
    await bob.fence()
    end = "337 bob :End of /INVITE list"
    assert await ask(bob, "INVITE") == ["336 bob #One", "336 bob #two", end]
    await join(bob, "#one")
    assert await ask(bob, "INVITE") == ["336 bob #two", end]


async def test_errors(connect: Connect) -> None:
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    # "The target channel SHOULD exist [...] Otherwise, the server SHOULD reject the command with
    # the ERR_NOSUCHCHANNEL numeric."
    assert await ask(alice, "INVITE bob #none") == ["403 alice #none :No such channel"]
    await join(alice, "#room")
    # "Only members of the channel are allowed to invite other users. Otherwise, the server MUST
    # reject the command with the ERR_NOTONCHANNEL numeric."
    assert await ask(carol, "INVITE bob #room") == ["442 carol #room :You're not on that channel"]
    assert await ask(alice, "INVITE nobody #room") == ["401 alice nobody :No such nick/channel"]
    assert await ask(alice, "INVITE bob") == ["461 alice INVITE :Not enough parameters"]
    await join(bob, "#room")
    await alice.fence()
    # "If the user is already on the target channel, the server MUST reject the command with the
    # ERR_USERONCHANNEL numeric."
    on_channel = "443 alice bob #room :is already on channel"
    assert await ask(alice, "INVITE BOB #ROOM") == [on_channel]
    # "they SHOULD reject it when the channel has invite-only mode set, and the user is not a
    # channel operator"
    assert await ask(bob, "INVITE carol #room") == ["341 bob carol #room"]
    await ask(alice, "MODE #room +i")
    await bob.fence()
    assert await ask(bob, "INVITE carol #room") == ["482 bob #room :You're not channel operator"]


async def test_who_is_away_says_so(connect: Connect) -> None:
    """RFC 2812, section 3.2.7, lists RPL_AWAY among the replies."""
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room")
    await ask(bob, "AWAY :fishing")
    assert await ask(alice, "INVITE bob #room") == [
        "341 alice bob #room",
        "301 alice bob :fishing",
    ]


async def test_operators_hear_of_invitations(connect: Connect) -> None:
    """ "a server may choose to only send the message to clients having channel op"
    (invite-notify)"""
    caps = ("invite-notify",)
    alice, dora, erik = [await connect(name, caps=caps) for name in ("alice", "dora", "erik")]
    fred, bob = await connect("fred"), await connect("bob")
    for client in (alice, dora, erik, fred):
        await join(client, "#room")
    await ask(alice, "MODE #room +ho dora fred")
    for client in (dora, erik, fred):
        await client.fence()
    assert await ask(alice, "INVITE bob #room") == ["341 alice bob #room"]
    assert await heard(dora) == ["alice INVITE bob #room"]
    assert await heard(erik) == []  # no operator
    assert await heard(fred) == []  # has not asked for it
    assert await heard(bob) == ["alice INVITE bob #room"]
