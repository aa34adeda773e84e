"""Messages to an account that is offline, or online under another nick; see docs/extensions.md."""

from __future__ import annotations

import pytest

from tests.e2e.asking import PASSWORD, ask, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient, Line

CAPS = ("message-tags", "server-time", "batch", "labeled-response", "echo-message",
        "standard-replies", "draft/chathistory", "draft/message-redaction", "chatd/id",
        "draft/multiline")  # fmt: skip
KEPT = "is offline: the message waits for the next login, 7 days at most"


async def left(connect: Connect, name: str, *lines: str) -> None:
    """Make an account and leave it offline."""
    client = await registered(connect, name)
    await ask(client, *lines)
    await quits(client)


async def quits(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


async def back(connect: Connect, account: str, nick: str = "") -> IrcClient:
    """Log in to an account again, under its name or under another nick."""
    return await connect(nick or account, CAPS, (account, PASSWORD))


async def said(client: IrcClient, line: str, tags: str = "") -> list[Line]:
    """Say something with a label; all that answers it."""
    await client.fence()
    await client.send(f"@label=x{tags and ';' + tags} {line}")
    return await client.fence()


async def history(client: IrcClient, target: str = "*") -> list[str]:
    """What CHATHISTORY has of a target, in order."""
    await client.fence()
    await client.send(f"CHATHISTORY LATEST {target} * 100")
    lines = [line for line in await client.fence() if line.command in ("PRIVMSG", "NOTICE")]
    return [line.text for line in lines]


async def targets(client: IrcClient) -> list[str]:
    """With whom CHATHISTORY knows that the client has talked."""
    await client.fence()
    ends = ("timestamp=2020-01-01T00:00:00.000Z", "timestamp=2100-01-01T00:00:00.000Z")
    await client.send(f"CHATHISTORY TARGETS {' '.join(ends)} 10")
    lines = [line for line in await client.fence() if line.command == "CHATHISTORY"]
    return [line.params[1] for line in lines]


async def test_a_message_to_an_account_that_is_offline_is_there_at_its_next_login(
    connect: Connect,
) -> None:
    """Issue 10: "A private message to an account that is offline is kept and delivered at its next
    login, on every device; the sender is told that it waits (a standard reply where the client
    takes it)".

    echo-message: "receiving a message with themselves as the sender acts as an acknowledgement
    that the message has been delivered"; labeled-response: "one message [...] or a batch".
    """
    await left(connect, "bob")
    alice = await connect("alice", CAPS)
    begin, echo, note, end = await said(alice, "PRIVMSG bob :are you there?")
    assert (begin.command, begin.tags["label"], begin.params[1]) == (
        "BATCH", "x", "labeled-response",
    )  # fmt: skip
    assert (echo.command, echo.params) == ("PRIVMSG", ["bob", "are you there?"])
    assert (note.command, note.params) == (
        "NOTE", ["PRIVMSG", "MESSAGE_KEPT", "bob", f"bob {KEPT}"],
    )  # fmt: skip
    assert end.params == [f"-{begin.params[0][1:]}"]
    assert await history(alice, "bob") == ["are you there?"]
    first, second = await back(connect, "bob"), await back(connect, "bob")
    assert await targets(alice) == ["bob"]
    for device in (first, second):
        assert await targets(device) == ["alice"]
        assert await history(device) == ["are you there?"]
        assert await history(device, "alice") == ["are you there?"]
    await device.send(f"CHATHISTORY AROUND alice msgid={echo.tags['msgid']} 10")
    (line,) = [line for line in await device.fence() if line.command == "PRIVMSG"]
    assert line.tags["msgid"] == echo.tags["msgid"]
    assert line.tags["time"] == echo.tags["time"]
    answer = await said(alice, "PRIVMSG bob :there you are")
    assert [line.command for line in answer] == ["PRIVMSG"], "it does not wait any more"


async def test_a_client_without_standard_replies_is_told_with_301(connect: Connect) -> None:
    """ "301 RPL_AWAY: Indicates that the user with the nickname <nick> is currently away and sends
    the away message that they set."

    RFC 1459: "automatic replies must never be sent in response to a NOTICE message".
    """
    await left(connect, "bob")
    alice = await connect("alice")
    assert await ask(alice, "PRIVMSG bob :hi", "NOTICE bob :hi", "PRIVMSG nobody :hi") == [
        f"301 alice bob :bob {KEPT}",
        "401 alice nobody :No such nick/channel",
    ]
    assert await history(await back(connect, "bob")) == ["hi", "hi"]


async def test_a_notice_is_noted_to_who_asked_for_standard_replies(connect: Connect) -> None:
    """Standard replies: "NOTE indicates an informational message about the success of a command"
    is what the client has asked for, and no automatic reply as of an answering machine.
    """
    await left(connect, "bob")
    alice = await connect("alice", ("standard-replies",))
    assert await ask(alice, "NOTICE bob :hi") == [f"NOTE NOTICE MESSAGE_KEPT bob :bob {KEPT}"]


async def test_what_is_not_kept(connect: Connect) -> None:
    """ "TAGMSG is not kept", nor CTCP, which a client would have to answer; ACTION is said."""
    await left(connect, "bob")
    alice = await connect("alice", ("message-tags",))
    lines = ("@+typing=active TAGMSG bob", "PRIVMSG bob :\x01VERSION\x01")
    assert await ask(alice, *lines) == ["401 alice bob :No such nick/channel"] * 2
    assert await ask(alice, "PRIVMSG bob :\x01ACTION waves\x01") == [f"301 alice bob :bob {KEPT}"]
    assert await history(await back(connect, "bob")) == ["\x01ACTION waves\x01"]


async def test_several_lines_wait_as_one_message(connect: Connect) -> None:
    await left(connect, "bob")
    alice = await connect("alice", CAPS)
    await alice.fence()
    await alice.send(
        "@label=x BATCH +1 draft/multiline bob",
        "@batch=1 PRIVMSG bob :one", "@batch=1 PRIVMSG bob :two", "BATCH -1",
    )  # fmt: skip
    answer = await alice.fence()
    assert [line.params[1] for line in answer if line.command == "NOTE"] == ["MESSAGE_KEPT"]
    assert await history(await back(connect, "bob")) == ["one", "two"]


async def test_a_name_in_any_script_is_folded(connect: Connect) -> None:
    await left(connect, "Жанна")
    alice = await connect("alice", CAPS)
    answer = await said(alice, "PRIVMSG ЖАННА :привет")
    assert [line.params[1:3] for line in answer if line.command == "NOTE"] == [
        ["MESSAGE_KEPT", "ЖАННА"]
    ]
    assert await history(await back(connect, "Жанна")) == ["привет"]


async def test_a_retry_of_what_waits_is_the_same_message(connect: Connect) -> None:
    """ "the same person sending to the same room or person under the same key within a day, on any
    gateway, sends one message; each retry is acknowledged with the same msgid", and the sender
    hears as long as it waits that it does.
    """
    await left(connect, "bob")
    alice = await registered(connect, "alice")
    await quits(alice)
    ids = []
    for _ in range(3):
        alice = await back(connect, "alice")
        answer = await said(alice, "PRIVMSG bob :once", "chatd/id=k")
        (echo,) = [line for line in answer if line.command == "PRIVMSG"]
        assert [line.params[1] for line in answer if line.command == "NOTE"] == ["MESSAGE_KEPT"]
        ids.append(echo.tags["msgid"])
        await quits(alice)
    alice = await back(connect, "alice")
    (refused,) = await said(alice, "PRIVMSG bob :something else", "chatd/id=k")
    assert refused.params[:3] == ["PRIVMSG", "ID_REUSED", "k"]
    bob = await back(connect, "bob")
    (echo,) = await said(alice, "PRIVMSG bob :once", "chatd/id=k")
    assert {*ids, echo.tags["msgid"]} == {ids[0]}
    assert await history(bob) == ["once"]


async def test_who_takes_it_back_in_time_was_never_heard(connect: Connect) -> None:
    """ "chathistory responses SHOULD either: exclude it entirely" """
    await left(connect, "bob")
    alice, carol = await connect("alice", CAPS), await connect("carol", CAPS)
    ids = {
        line.text: line.tags["msgid"]
        for text in ("stays", "goes")
        for line in await said(alice, f"PRIVMSG bob :{text}")
        if line.command == "PRIVMSG"
    }
    (refused,) = await said(carol, f"REDACT bob {ids['stays']}")
    assert refused.params[:2] == ["REDACT", "UNKNOWN_MSGID"]
    (redaction,) = await said(alice, f"REDACT bob {ids['goes']} :sorry")
    assert redaction.params == ["bob", ids["goes"], "sorry"]
    assert await history(alice, "bob") == ["stays"]
    assert await history(await back(connect, "bob")) == ["stays"]


async def test_guests_may_not_write_to_an_account_that_had_set_it(connect: Connect) -> None:
    """ "Only who is logged in to an account may send to this user (+R)", also while it is away."""
    await left(connect, "bob", "MODE bob +R")
    guest, alice = await connect("guest"), await registered(connect, "alice")
    text = "Only who is logged in to an account may send to this user (+R)"
    assert await ask(guest, "PRIVMSG bob :hi") == [f"477 guest bob :{text}"]
    assert await ask(alice, "PRIVMSG bob :hi") == [f"301 alice bob :bob {KEPT}"]
    bob = await back(connect, "bob")
    assert await history(bob) == ["hi"]
    await quits(bob)  # it has not set it this time
    assert await ask(guest, "PRIVMSG bob :hi") == [f"301 guest bob :bob {KEPT}"]


@pytest.mark.parametrize("caps", [(), ("standard-replies",)])
async def test_nobody_fills_what_waits_for_an_account(
    connect: Connect, caps: tuple[str, ...]
) -> None:
    """100 of one who writes, and of all guests together; a long one counts for several."""
    await left(connect, "bob")
    alice = await registered(connect, "alice")
    guests = [await connect(nick, caps) for nick in ("mallory", "mallet")]
    for guest in guests:
        await guest.send(*["PRIVMSG bob :buy"] * 50)
        await guest.fence()
    (refused,) = await ask(guests[0], "PRIVMSG bob :buy now")
    words = "too many messages wait for this user already: none is kept until the next login"
    assert refused == (
        f"FAIL PRIVMSG TOO_MANY_WAITING bob :bob: {words}" if caps
        else f"400 mallory PRIVMSG :bob: {words}"
    )  # fmt: skip
    assert await ask(alice, "PRIVMSG bob :dinner?") == [f"301 alice bob :bob {KEPT}"]
    bob = await back(connect, "bob")
    assert (await history(bob))[-1] == "dinner?"
    await quits(bob)
    (kept,) = await ask(guests[0], "PRIVMSG bob :buy now")
    assert "waits for the next login" in kept


# -- online under another nick -------------------------------------------------------------------


async def test_it_reaches_the_account_under_the_nick_that_it_has(connect: Connect) -> None:
    """Who writes to anna, while she is online as anna_home, reaches anna."""
    await left(connect, "anna")
    home = await back(connect, "anna", "anna_home")
    alice = await connect("alice", CAPS)
    (echo,) = await said(alice, "PRIVMSG anna :hi")
    assert (echo.command, echo.params) == ("PRIVMSG", ["anna", "hi"])
    (heard,) = await home.fence()
    assert (heard.command, heard.params) == ("PRIVMSG", ["anna_home", "hi"])
    assert heard.tags["msgid"] == echo.tags["msgid"]
    assert await history(home, "alice") == ["hi"]
    assert await history(alice, "anna") == ["hi"] == await history(alice, "anna_home")


async def test_it_reaches_all_its_nicks_and_their_away_text_is_told(connect: Connect) -> None:
    await left(connect, "anna")
    crowd = [await back(connect, "anna", nick) for nick in ("anna_home", "anna_work")]
    await ask(crowd[0], "AWAY :cooking")
    alice = await connect("alice", CAPS)
    _, echo, away, _ = await said(alice, "PRIVMSG anna :hi")
    assert (away.command, away.params[1:]) == ("301", ["anna", "cooking"])
    for client in crowd:
        (line,) = [line for line in await client.fence() if line.command == "PRIVMSG"]
        assert (line.params, line.tags["msgid"]) == ([client.nick, "hi"], echo.tags["msgid"])
        assert await history(client, "alice") == ["hi"]
        assert await targets(client) == ["alice"]
    assert await targets(alice) == ["anna"]
    await said(alice, f"REDACT anna {echo.tags['msgid']}")
    for client in crowd:
        (line,) = await client.fence()
        assert (line.command, line.params[:2]) == ("REDACT", [client.nick, echo.tags["msgid"]])
        assert await history(client, "alice") == []


async def test_a_line_under_a_longer_nick_is_cut_at_a_character(connect: Connect) -> None:
    """Modern: "IRC messages [...] SHALL NOT exceed 512 bytes in length" """
    await left(connect, "anna")
    nick = "a" * 30
    home = await back(connect, "anna", nick)
    alice = await connect("alice", CAPS)
    (echo,) = await said(alice, f"PRIVMSG anna :{'ä' * 240}")
    (heard,) = await home.fence()
    line = heard.raw.split(" ", 1)[1]
    assert 509 <= len(line.encode()) <= 510
    assert echo.text.startswith(heard.text)


async def test_a_retry_and_a_redaction_reach_it_too(connect: Connect) -> None:
    await left(connect, "anna")
    home = await back(connect, "anna", "anna_home")
    alice = await connect("alice", CAPS)
    (echo,) = await said(alice, "PRIVMSG anna :hi", "chatd/id=k")
    (again,) = await said(alice, "PRIVMSG anna :hi", "chatd/id=k")
    (heard,) = await home.fence()
    assert again.tags["msgid"] == echo.tags["msgid"] == heard.tags["msgid"]
    (refused,) = await said(alice, "PRIVMSG anna :ho", "chatd/id=k")
    assert refused.params[:3] == ["PRIVMSG", "ID_REUSED", "k"]
    await said(alice, f"REDACT anna {echo.tags['msgid']}")
    (redaction,) = await home.fence()
    assert redaction.command == "REDACT"
    assert await history(home) == [] == await history(alice, "anna")


async def test_its_user_modes_count_under_the_other_nick(connect: Connect) -> None:
    await left(connect, "anna")
    home = await back(connect, "anna", "anna_home")
    await ask(home, "MODE anna_home +R")
    guest = await connect("guest")
    text = "Only who is logged in to an account may send to this user (+R)"
    assert await ask(guest, "PRIVMSG anna :hi") == [f"477 guest anna_home :{text}"]


async def test_who_logs_in_under_another_nick_has_what_waited(connect: Connect) -> None:
    """ "delivered at its next login, on every device": also of the log of the name."""
    await left(connect, "anna")
    alice = await connect("alice", CAPS)
    for text in ("one", "two", "goes"):
        answer = await said(alice, f"PRIVMSG anna :{text}")
        (echo,) = [line for line in answer if line.command == "PRIVMSG"]
    await said(alice, f"REDACT anna {echo.tags['msgid']}")
    home = await back(connect, "anna", "anna_home")
    assert await history(home) == ["one", "two"] == await history(home, "alice")
    await quits(home)
    home = await back(connect, "anna", "anna_home")
    assert await history(home) == ["one", "two"], "once"
    await said(home, "NICK anna")
    assert await history(home) == ["one", "two"]


async def test_a_guest_who_logs_in_hears_what_waited(connect: Connect) -> None:
    await left(connect, "anna")
    home = await connect("home", (*CAPS, "sasl"))
    alice = await connect("alice", CAPS)
    await said(alice, "PRIVMSG home :to the guest")
    await said(alice, "PRIVMSG anna :to the account")
    await said(alice, "PRIVMSG home :to the guest again")
    await home.fence()
    await home._authenticate("anna", PASSWORD)
    await home.fence()
    heard = [line.params for line in home.log if line.command == "PRIVMSG"]
    assert heard[2:] == [["home", "to the account"]]
    assert sorted(await history(home)) == [
        "to the account", "to the guest", "to the guest again",
    ]  # fmt: skip
