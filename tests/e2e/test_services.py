"""Services: "the services that answer to what people type"; docs/extensions.md."""

from __future__ import annotations

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def told(client: IrcClient, service: str, *lines: str) -> list[str]:
    """What a service answers, without its name, and all else as it came."""
    await client.fence()
    await client.send(*(f"PRIVMSG {service} :{line}" for line in lines))
    start = f"{service} NOTICE {client.nick} :"
    return [line.removeprefix(start) for line in await heard(client)]


# -- what a service is ---------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["NickServ", "ChanServ", "HistServ"])
async def test_help(connect: Connect, service: str) -> None:
    """ "HELP lists words with one line each" """
    alice = await connect("alice")
    lines = await told(alice, service, "help")
    assert lines[0].startswith(f"{service} is about ")
    assert all(" - " in line for line in lines[1:-1])
    assert 2 < len(lines) < 40
    await alice.send(f"PRIVMSG {service.lower()} :HELP")
    raw = (await alice.fence())[0].raw
    assert raw.startswith(f":{service}!{service}@chat.internal NOTICE alice :{service} is about ")


async def test_ways_to_say_it(connect: Connect) -> None:
    """By name, by name and server, as a command, by SQUERY; "on every gateway the same"."""
    alice = await connect("alice")
    answer = ["NickServ NOTICE alice :Accounts need no confirmation: REGISTER is all."]
    for line in (
        "PRIVMSG NickServ :verify x",
        "PRIVMSG nickserv@chat.internal :VERIFY x",
        "PRIVMSG NICKSERV@services. :VERIFY",
        "SQUERY NickServ :VERIFY",
        "NICKSERV VERIFY x",
        "NS :verify x",
        "ns verify",
    ):
        assert await ask(alice, line) == answer, line
    assert await ask(alice, "SQUERY Nobody :VERIFY") == ["408 alice Nobody :No such service"]
    # "ERR_NOTEXTTOSEND (412): Returned by the PRIVMSG command when a message cannot be delivered
    # because there was no text to send"
    assert await ask(alice, "PRIVMSG NickServ") == ["412 alice :No text to send"]
    # "automatic replies MUST NOT be sent in response to a NOTICE"
    assert await ask(alice, "NOTICE NickServ :HELP") == []
    version = (await ask(alice, "PRIVMSG NickServ :\x01VERSION\x01"))[0]
    assert version.startswith("NickServ NOTICE alice :\x01VERSION ")
    assert await ask(alice, "PRIVMSG NickServ :\x01PING 1\x01") == []


async def test_a_word_that_is_none(connect: Connect) -> None:
    """ "a sentence with the nearest word and `help`"; what may be a password is not repeated"""
    alice = await connect("alice")
    assert await told(alice, "NickServ", "indentify secret", "hunter2", "HELP indentify") == [
        "That is no word that NickServ knows; did you mean IDENTIFY? HELP lists all.",
        "That is no word that NickServ knows; HELP lists those that there are.",
        "That is no word that NickServ knows; did you mean IDENTIFY? HELP lists all.",
    ]
    assert await told(alice, "NickServ", "HELP ghost") == [
        "Write: RECOVER <nick> [password]",
        "Takes back your nick: ends who has it, and calls you so.",
        "Also: GHOST, REGAIN, RECLAIM.",
    ]


async def test_nobody_can_have_the_name(connect: Connect) -> None:
    """ "NickServ, ChanServ, HistServ and look-alikes cannot be taken as nicks" """
    alice = await connect("alice")
    names = (
        "NickServ", "nickserv", "ChanServ", "HistServ", "NickServ_", "N1ckServ", "NlckServ",
        "nickserv2", "`NickServ`", "\u039dickServ", "Nick\u0405erv",
    )  # fmt: skip
    for name in names:
        [line] = await ask(alice, f"NICK {name}")
        assert line.startswith(f"432 alice {name} :"), line
    await ask(alice, "NICK nickserver")
    assert (await ask(alice, "PING x")) == ["PONG chat.internal x"]
    late = await connect.open()
    await late.send("NICK NickServ", "USER x 0 * :x")
    await late.expect(r" 432 \* NickServ :NickServ would be taken for a service of this server")


async def test_what_is_shown_of_a_service(connect: Connect) -> None:
    alice = await connect("alice")
    assert await ask(alice, "WHOIS nickserv") == [
        "311 alice NickServ NickServ chat.internal * :Service of this server; /msg NickServ help",
        "312 alice NickServ chat.internal :The chatd network",
        "313 alice NickServ :is a network service",
        "318 alice nickserv :End of /WHOIS list",
    ]
    assert await ask(alice, "ISON nickserv nobody alice") == ["303 alice :NickServ alice"]
    assert await ask(alice, "MONITOR + NickServ,nobody") == [
        "730 alice :NickServ!NickServ@chat.internal",
        "731 alice :nobody",
    ]


# -- passwords -----------------------------------------------------------------------------------


async def test_passwords_reach_nobody(connect: Connect) -> None:
    """ "never relayed, stored, echoed or kept in history, also when the echo-message capability is
    on"; "other sessions of the user must NOT see it"
    """
    alice = await registered(connect, "alice")
    login = ("alice", PASSWORD)
    caps = ("echo-message", "draft/chathistory", "batch", "labeled-response", "message-tags")
    phone = await connect("alice", caps, login)
    await alice.fence()
    assert await ask(phone, "PRIVMSG NickServ :identify alice hunter2") == [
        "alice PRIVMSG NickServ :identify ***",
        "NickServ NOTICE alice :The password is wrong, or there is no such account",
    ]
    assert (await ask(phone, "PRIVMSG NickServ :hunter2 hunter2"))[0] == (
        "alice PRIVMSG NickServ :***"
    )
    assert (await ask(phone, "PRIVMSG NickServ :set password x"))[0] == (
        "alice PRIVMSG NickServ :set password ***"
    )
    assert (await ask(phone, "PRIVMSG NickServ :help identify"))[0] == (
        "alice PRIVMSG NickServ :help identify"
    )
    for line in ("PRIVMSG alice,NickServ :identify hunter2", "PRIVMSG @NickServ :identify hunter2"):
        await ask(phone, line)
    assert "hunter2" not in "".join(await ask(phone, "CHATHISTORY LATEST NickServ * 10"))
    assert await heard(alice) == ["alice PRIVMSG alice :identify hunter2"]  # it was said to alice
    wide = "\uff2e\uff49\uff43\uff4b\uff33\uff45\uff52\uff56"
    assert await ask(phone, f"PRIVMSG {wide} :identify hunter2") == [
        "407 alice NickServ :Write to NickServ alone, in one line"
    ]
    assert await heard(alice) == []


async def test_an_answer_has_its_label(connect: Connect) -> None:
    """ "labelled-response works (one batch)" """
    alice = await connect("alice", ("batch", "labeled-response", "echo-message"))
    await alice.send("@label=x PRIVMSG NickServ :help recover")
    start, *lines, end = await alice.fence()
    assert (start.tags, start.command) == ({"label": "x"}, "BATCH")
    batch = {"batch": start.params[0][1:]}
    assert [line.tags for line in lines] == [batch] * 4
    assert end.params == ["-" + start.params[0][1:]]
    await alice.send("@label=y PRIVMSG NickServ :\x01CLIENTINFO\x01", "@label=z NOTICE NickServ :x")
    echo, ack = await alice.fence()
    assert (echo.tags, echo.command) == ({"label": "y"}, "PRIVMSG")
    assert (ack.tags, ack.command) == ({"label": "z"}, "ACK")


# -- NickServ ------------------------------------------------------------------------------------


async def test_an_account_from_first_to_last(connect: Connect) -> None:
    alice = await connect("alice")
    assert await told(alice, "NickServ", "REGISTER") == [
        "Write: REGISTER <password> [email or invitation]"
    ]
    lines = await told(alice, "NickServ", f"REGISTER {PASSWORD} a@example.org")
    assert lines[0] == "Account created; you are logged in"
    assert "900 alice alice!~alice@127.0.0.1 alice :You are now logged in as alice" in lines
    assert await told(alice, "NickServ", f"REGISTER {PASSWORD}") == [
        "You are logged in to an account"
    ]
    other = await connect("alice2")
    assert await told(other, "NickServ", "identify alice wrong") == [
        "The password is wrong, or there is no such account"
    ]
    lines = await told(other, "NickServ", f"identify alice {PASSWORD}")
    assert lines[:2] == [
        "900 alice2 alice2!~alice2@127.0.0.1 alice :You are now logged in as alice",
        "You are now logged in as alice",
    ]
    assert lines[2].startswith("There were 1 wrong password for your account")
    assert await told(other, "NickServ", "SET PASSWORD mine") == [
        "The password is changed; 1 other session of your account goes on: SESSIONS END ALL ends"
        " what is not this one"
    ]
    assert (await told(other, "NickServ", "sessions"))[-1].startswith("Sessions: 2; ")
    assert await told(other, "NickServ", "CLIENTS LOGOUT all") == ["1 session has ended"]
    await alice.expect_closed()
    [line] = await told(other, "NickServ", "info")
    assert line.startswith("The account alice was made on ")
    assert line.endswith("; you have 1 session")
    assert await told(other, "NickServ", "info nobody") == ["There is no such account"]
    assert await told(other, "NickServ", "set always-on off") == [
        "ALWAYS-ON is OFF for your account"
    ]
    assert await told(other, "NickServ", "set autoreplay-lines 20") == [
        "REPLAY is 20 for your account"
    ]
    assert await told(other, "NickServ", "set replay many") == ["Write 0 to 1000 lines, or DEFAULT"]
    assert await told(other, "NickServ", "set nothing at all") == [
        "Write: SET PASSWORD|ALWAYS-ON|REPLAY|RETENTION <value>"
    ]
    mark = "ab" * 32
    assert (await told(other, "NickServ", f"CERT ADD {mark}"))[0].startswith("Who has this ")
    first, *_, last = await told(other, "NickServ", "cert")
    assert first.startswith(f"{mark}: added on ")
    assert last == "Certificates of your account: 1"
    assert await told(other, "NickServ", f"cert del {mark}") == [
        "It lets nobody log in to your account any more"
    ]
    assert await told(other, "HistServ", "forget status") == ["Nothing is being erased"]
    assert await told(other, "NickServ", "drop alice wrong") == [
        "That is not the password of your account"
    ]
    assert any(
        "The account alice is deleted" in line
        for line in await told(other, "NickServ", "drop mine keep")
    )


async def test_a_nick_is_taken_back(connect: Connect) -> None:
    """GHOST, RECOVER, REGAIN: an earlier connection that hangs has the nick."""
    await registered(connect, "alice")
    bob = await connect("bob")
    hanging = await connect("away", sasl=("alice", PASSWORD))
    await join(bob, "#room")
    await join(hanging, "#room")
    await bob.fence()
    new = await connect("guest")
    assert await told(new, "NickServ", "GHOST away") == ["Log in to your account first"]
    lines = await told(new, "NickServ", f"GHOST away {PASSWORD}")
    assert lines == ["The password is wrong, or there is no such account"]  # of the account "away"
    await ask(new, f"IDENTIFY alice {PASSWORD}")
    assert await told(new, "NickServ", "REGAIN bob") == ["Somebody else has this nick"]
    assert await ask(new, "PRIVMSG NickServ :REGAIN away") == [
        "guest NICK away",
        "NickServ NOTICE away :You are called away now",
    ]
    assert (await hanging.expect_closed())[-1].raw == (
        "ERROR :Your nick was taken back by the account that it belongs to"
    )
    assert await heard(bob) == ["away QUIT :Nick taken back"]
    new.nick = "away"
    assert await told(new, "NickServ", "GHOST away") == [
        "You have this nick; SESSIONS END ALL ends your other sessions"
    ]


# -- ChanServ ------------------------------------------------------------------------------------


async def test_a_room_from_first_to_last(connect: Connect) -> None:
    alice, bob = await registered(connect, "alice"), await registered(connect, "bob")
    assert await told(alice, "ChanServ", "REGISTER #nowhere") == ["There is no such room"]
    await join(alice, "#room")
    await join(bob, "#room")
    await alice.fence()
    assert (await told(alice, "ChanServ", "REGISTER #room"))[-1] == (
        "The room belongs to the account alice now"
    )
    await bob.fence()
    assert await told(bob, "ChanServ", "OP #room") == ["#room: You're not channel operator"]
    await heard(alice)
    assert await told(alice, "ChanServ", "op #room bob") == ["alice MODE #room +o bob", "Done."]
    assert await told(alice, "ChanServ", "deop #room bob") == ["alice MODE #room -o bob", "Done."]
    assert await told(alice, "ChanServ", "TOPIC #room about  this") == [
        "alice TOPIC #room :about this",
        "Done.",
    ]
    banned = await told(alice, "ChanServ", "ban #room eve!*@* 2h", "ban #room")
    assert banned[:2] == [
        "alice MODE #room +b eve!*@*",
        "eve!*@* is banned for 7200 s",
    ]
    assert banned[2].startswith("eve!*@* until 2")
    assert banned[3] == "1 mask is in the list"
    assert await told(alice, "ChanServ", "mute #room bob") == [
        "alice MODE #room +b m:a:bob",
        "m:a:bob is muted until it is lifted",
    ]
    assert await told(
        alice, "ChanServ", "unmute #room bob", "unban #room eve!*@*", "unban #room"
    ) == [
        "alice MODE #room -b m:a:bob",
        "m:a:bob is in the list no more",
        "alice MODE #room -b eve!*@*",
        "eve!*@* is in the list no more",
        "There is no such ban",
    ]
    assert await told(alice, "ChanServ", "ban #room nobody") == ["Nobody is called so; give a mask"]
    assert await told(alice, "ChanServ", "kick #room bob too loud") == [
        "alice KICK #room bob :too loud",
        "Done.",
    ]
    assert await told(alice, "ChanServ", "invite #room bob") == ["bob is invited to #room"]
    assert (await told(alice, "ChanServ", "info #room"))[0].startswith("Registered on ")
    assert await told(alice, "ChanServ", "flags #room bob +op") == ["bob is op there now"]
    assert await told(alice, "ChanServ", "vop #room add bob") == ["bob is voice there now"]
    assert await told(alice, "ChanServ", "access #room") == [
        "bob is voice, as alice has said",
        "1 accounts are in the list",
    ]
    assert await told(alice, "ChanServ", "access list #room") == [
        "bob is voice, as alice has said",
        "1 accounts are in the list",
    ]
    assert await told(alice, "ChanServ", "aop #room del bob") == ["bob is not in the list any more"]
    assert (await told(alice, "ChanServ", "access #room bob"))[0].startswith("Write: ACCESS ")
    assert await told(alice, "ChanServ", "transfer #room nobody") == ["There is no such account"]
    assert await told(alice, "ChanServ", "transfer #room bob") == [
        "MODE #room -q alice",
        "The room belongs to the account bob now",
    ]
    assert await told(alice, "ChanServ", "drop #room") == [
        "The room does not belong to your account"
    ]


# -- HistServ and HISTORY ------------------------------------------------------------------------


async def test_what_was_said(connect: Connect) -> None:
    """ "a plain command that shows what CHATHISTORY LATEST would, for people who type" """
    alice = await connect("alice", ("server-time",))
    bob = await connect("bob")
    await join(alice, "#room")
    await join(bob, "#room")
    for number in range(4):
        await ask(bob, f"PRIVMSG #room :line {number}")
    await ask(bob, "PRIVMSG alice :psst")
    lines = [f"line {number}" for number in range(4)]

    async def texts(client: IrcClient, line: str) -> list[str]:
        await client.fence()
        await client.send(line)
        return [one.text for one in await client.fence()]

    await alice.fence()
    assert await texts(alice, "HISTORY #room") == lines
    assert await texts(alice, "HISTORY #room 2") == lines[2:]
    assert await texts(alice, "HISTORY #room 1h") == lines
    assert await texts(alice, "PRIVMSG HistServ :PLAY #room 2") == lines[2:]
    assert await texts(alice, "HISTORY me") == ["psst"]
    assert await texts(alice, "HISTORY bob") == ["psst"]
    assert await told(alice, "HistServ", "play nobody") == [
        "Nothing is kept that was said there: nobody"
    ]
    assert await ask(alice, "HISTORY #room many") == [
        "NOTICE alice :FAIL HISTORY INVALID_PARAMS: Write how many lines, or a time as 30m or 2h"
    ]
    assert [text[8:] for text in await texts(bob, "HISTORY #room 1")] == ["line 3"]  # [09:31]
    assert (await ask(alice, "HISTORY #elsewhere"))[0].startswith("403 alice #elsewhere ")
