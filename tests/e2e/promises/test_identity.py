"""Issue 8, "Identity is a person": wherever a nickname stands for somebody across time, "it is the
account, or for guests a uid given at login; it follows a NICK and ends with the session's owner".
"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.promises.absence import do, settle
from tests.e2e.promises.support import heard, say, texts
from tests.support.irc import IrcClient, Line

CAPS = (
    "message-tags", "server-time", "batch", "echo-message", "labeled-response",
    "standard-replies", "chatd/id", "draft/chathistory", "draft/message-redaction", "multi-prefix",
)  # fmt: skip
PASSWORD = "sesame"
SAYING = ("PRIVMSG", "NOTICE")


async def room_of(connect: Connect, room: str, *nicks: str) -> list[IrcClient]:
    """People in one room; the first is its operator."""
    clients = [await connect(nick, CAPS) for nick in nicks]
    for client in clients:
        await do(client, f"JOIN {room}")
    await settle(*clients)
    return clients


async def said(client: IrcClient, command: str, target: str, text: str, key: str) -> Line:
    """Send under an idempotency key; the answer."""
    await client.fence()
    await client.send(f"@label=x;chatd/id={key} {command} {target} :{text}")
    return await client.expect(lambda line: line.tags.get("label") == "x")


async def leave(client: IrcClient) -> None:
    """QUIT: the name is free when the connection is closed."""
    await client.send("QUIT")
    await client.expect_closed()


async def history(client: IrcClient, target: str) -> list[str]:
    """Texts of the last messages."""
    await client.fence()
    await client.send(f"CHATHISTORY LATEST {target} * 50")
    return [line.text for line in await client.fence() if line.command == "PRIVMSG"]


# -- idempotency keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("command", SAYING)
@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_a_key_follows_a_nick(connect: Connect, command: str, target: str) -> None:
    """ "`@chatd/id=k PRIVMSG #r :once`, `NICK new`, the same line: two messages." """
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    first = await said(alice, command, target, "once", "k")
    await do(alice, "NICK alicia")
    again = await said(alice, command, target, "once", "k")
    assert again.command == first.command == command
    assert again.tags["msgid"] == first.tags["msgid"]
    await settle(bob)
    assert texts(heard(bob, command, target)) == ["once"]


@pytest.mark.parametrize("command", SAYING)
@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_a_key_is_not_the_next_guests(connect: Connect, command: str, target: str) -> None:
    """ "Another guest of the same name under the same key: acknowledged and delivered to
    nobody." """
    bob, alice = await room_of(connect, "#room", "bob", "alice")
    first = await said(alice, command, target, "hello", "k")
    await leave(alice)
    stranger = await connect("alice", CAPS)
    await do(stranger, "JOIN #room")
    second = await said(stranger, command, target, "hello", "k")
    assert second.command == command
    assert second.tags["msgid"] != first.tags["msgid"]
    await settle(bob)
    assert texts(heard(bob, command, target)) == ["hello", "hello"]


@pytest.mark.parametrize("command", SAYING)
@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_a_key_is_for_one_text(connect: Connect, command: str, target: str) -> None:
    """ "The same key with other text: refused with a standard reply." """
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    await said(alice, command, target, "one", "k")
    answer = await said(alice, command, target, "two", "k")
    assert answer.command == "FAIL", answer.raw
    assert answer.params[:2] == [command, "ID_REUSED"]
    await settle(bob)
    assert texts(heard(bob, command, target)) == ["one"]


async def test_a_key_of_an_account_on_two_gateways(connect: Connect) -> None:
    """ "A retry with the same idempotency key is the same message, on any gateway." """
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    await do(alice, f"REGISTER * * :{PASSWORD}")
    elsewhere = await connect("alice", CAPS, ("alice", PASSWORD))
    again = await connect("alice", CAPS, ("alice", PASSWORD))
    for target in ("#room", "bob"):
        ids = {
            (await said(client, "PRIVMSG", target, "once", "k")).tags["msgid"]
            for client in (alice, elsewhere, again)
        }
        assert len(ids) == 1, target
        await settle(bob)
        assert texts(heard(bob, "PRIVMSG", target)) == ["once"]


async def test_a_key_of_an_account_under_another_nick(connect: Connect) -> None:
    """The account is the person, also under a nick that is not the account's."""
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    await do(alice, f"REGISTER * * :{PASSWORD}")
    first = await said(alice, "PRIVMSG", "#room", "once", "k")
    await do(alice, "NICK alicia")
    await leave(alice)
    again = await connect("elsewho", CAPS, ("alice", PASSWORD))
    await do(again, "JOIN #room")
    second = await said(again, "PRIVMSG", "#room", "once", "k")
    assert second.tags["msgid"] == first.tags["msgid"]
    await settle(bob)
    assert texts(heard(bob, "PRIVMSG", "#room")) == ["once"]


# -- ACCEPT --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["ACCEPT bob", "PRIVMSG bob :hello"])
@pytest.mark.parametrize("way", ["NICK robert", "QUIT"])
async def test_who_is_accepted_is_a_person(connect: Connect, how: str, way: str) -> None:
    """ "`MODE me +R`, `ACCEPT bob`; bob renames or quits, a stranger takes `bob`: is heard." """
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await do(alice, "MODE alice +R", how)
    assert (await say(bob, "alice", "it is me")).command == "PRIVMSG"
    if way == "QUIT":
        await leave(bob)
    else:
        await do(bob, way)
    stranger = await connect("bob", CAPS)
    assert (await say(stranger, "alice", "I am bob")).command == "477"
    if way != "QUIT":
        assert (await say(bob, "alice", "still me")).command == "PRIVMSG"
        await settle(alice)
        assert texts(heard(alice, "PRIVMSG", "alice")) == ["it is me", "still me"]


# -- invitations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("obstacle", ["+b *!*@*", "+k key", "+l 2", "+R"])
async def test_who_may_not_lift_an_obstacle_does_not_override_it(
    connect: Connect, obstacle: str
) -> None:
    """ "`+b *!*@*` (or +k, +l, +R), not +i: a member without a prefix sends INVITE, the invited
    enters. Only who could lift the obstacle overrides it." """
    boss, member = await room_of(connect, "#room", "boss", "member")
    guest = await connect("guest", CAPS)
    await do(boss, f"MODE #room {obstacle}")
    await do(member, "INVITE guest #room")
    refused = {"b": " 474 ", "k": " 475 ", "l": " 471 ", "R": " 477 "}[obstacle[1]]
    answers = await do(guest, "JOIN #room")
    assert any(refused in line for line in answers), answers
    await do(boss, "INVITE guest #room")
    answers = await do(guest, "JOIN #room")
    assert any(" JOIN " in line for line in answers), answers


async def test_an_invitation_lifts_what_its_maker_may_lift(connect: Connect) -> None:
    """A half-operator may set and lift +b and +i, but neither +k nor +l."""
    boss, half = await room_of(connect, "#room", "boss", "half")
    guest = await connect("guest", CAPS)
    await do(boss, "MODE #room +h half", "MODE #room +ib *!*@*")
    await do(half, "INVITE guest #room")
    assert any(" JOIN " in line for line in await do(guest, "JOIN #room"))
    await do(guest, "PART #room")
    await do(boss, "MODE #room +k key")
    await do(half, "INVITE guest #room")
    assert any(" 475 " in line for line in await do(guest, "JOIN #room"))


async def test_an_invitation_is_for_a_person(connect: Connect) -> None:
    """It follows NICK, and is not for a stranger who takes the name."""
    (boss,) = await room_of(connect, "#room", "boss")
    guest = await connect("guest", CAPS)
    await do(boss, "MODE #room +i", "INVITE guest #room")
    await do(guest, "NICK renamed")
    stranger = await connect("guest", CAPS)
    assert any(" 473 " in line for line in await do(stranger, "JOIN #room"))
    assert any(" JOIN " in line for line in await do(guest, "JOIN #room"))


# -- histories, REDACT ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_a_message_is_taken_back_by_who_said_it(connect: Connect, target: str) -> None:
    """Not by who took the author's name; by the author also under another name."""
    bob, alice = await room_of(connect, "#room", "bob", "alice")
    first = (await say(alice, target, "first")).tags["msgid"]
    second = (await say(alice, target, "second")).tags["msgid"]
    await do(alice, "NICK alicia")
    stranger = await connect("alice", CAPS)
    await do(stranger, "JOIN #room")
    answers = await do(stranger, f"REDACT {target} {first}")
    assert any(" FAIL REDACT " in line for line in answers), answers
    answers = await do(alice, f"REDACT {target} {second}")
    assert any(f" REDACT {target} {second}" in line for line in answers), answers
    await settle(bob)
    assert [line.params[1] for line in heard(bob, "REDACT")] == [second]
    shown = await history(bob, target if target == "#room" else "alicia")
    assert shown == ["first"]


async def test_the_history_of_a_conversation_is_with_a_person(connect: Connect) -> None:
    """CHATHISTORY with ``bob`` does not show what an earlier guest ``bob`` said, or heard."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await say(alice, "bob", "to the first bob")
    await say(bob, "alice", "from the first bob")
    await leave(bob)
    bob = await connect("bob", CAPS)
    await say(bob, "alice", "from the second bob")
    assert await history(alice, "bob") == ["from the second bob"]
    assert await history(bob, "alice") == ["from the second bob"]


async def test_the_own_history_follows_a_nick(connect: Connect) -> None:
    """After NICK the own history with somebody is still there, on both sides."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await say(alice, "bob", "one")
    await say(bob, "alice", "two")
    await do(alice, "NICK alicia")
    await say(alice, "bob", "three")
    assert await history(alice, "bob") == ["one", "two", "three"]
    assert await history(bob, "alicia") == ["one", "two", "three"]
    stranger = await connect("alice", CAPS)
    assert await history(stranger, "bob") == []
    assert await history(bob, "alice") == []


async def test_direct_messages_of_an_earlier_guest_are_nobodys(connect: Connect) -> None:
    """ "ends with the session's owner": the next guest of a name reads nothing of the last."""
    bob, alice = await connect("bob", CAPS), await connect("alice", CAPS)
    await say(bob, "alice", "for the first alice")
    await leave(alice)
    stranger = await connect("alice", CAPS)
    assert await history(stranger, "bob") == []
    assert await history(stranger, "*") == []


async def test_the_history_of_a_room_that_ended(connect: Connect) -> None:
    """ "Somebody is banned from a room (474), all leave, the banned one enters and reads by
    CHATHISTORY what was said meanwhile: the history of a room that ended is for those who were in
    it." """
    boss, team = await room_of(connect, "#room", "boss", "team")
    await do(team, f"REGISTER * * :{PASSWORD}")
    eve = await connect("eve", CAPS)
    await do(boss, "MODE #room +b eve!*@*")
    assert any(" 474 " in line for line in await do(eve, "JOIN #room"))
    await do(boss, "PRIVMSG #room :without eve")
    await do(boss, "PART #room")
    await do(team, "PART #room")
    assert any(" JOIN " in line for line in await do(eve, "JOIN #room"))
    assert await history(eve, "#room") == []
    await do(team, "JOIN #room")
    assert await history(team, "#room") == ["without eve"]


async def test_the_modes_of_a_secret_room(connect: Connect) -> None:
    """ "`MODE #secret` by an outsider tells modes, creation time and the forward's name." """
    boss, member = await room_of(connect, "#secret", "boss", "member")
    await do(boss, "JOIN #other", "MODE #secret +sf #other")
    outsider = await connect("outsider", CAPS)
    answers = await do(outsider, "MODE #secret")
    assert [line.split()[1] for line in answers] == ["442"], answers
    answers = await do(member, "MODE #secret")
    assert any(" 324 member #secret " in line and "#other" in line for line in answers)
