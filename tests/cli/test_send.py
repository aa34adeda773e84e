"""``chat send`` as it is called from a script, against a written server."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs, keep_secret


async def test_send_returns_when_the_server_has_acknowledged(
    server: FakeServer, chat: Programs
) -> None:
    """'exit 0 and the message id with --json'"""
    keep_secret(chat, server, "anna").logged_in("anna")
    arguments = ("send", "--to", "bob", "--id", "K", "--json", "Lunch", "is here")
    sending = asyncio.create_task(chat.run(*arguments, "--server", server.address))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<l>;chatd/id=K PRIVMSG bob :Lunch is here")
    await peer.sends(
        "@label=<l>;msgid=m1;time=2025-11-22T12:03:00.000Z :anna!u@h PRIVMSG bob :Lunch is here"
    )
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == {
        "outcome": "delivered",
        "msgid": "m1",
        "time": "2025-11-22T12:03:00.000Z",
        "target": "bob",
        "id": "K",
    }


async def test_send_reads_messages_from_stdin_one_on_each_line(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "bob", "--id", "K", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments, stdin="one\n\ntwo\n"))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    for number, text in ((1, "one"), (3, "two")):
        await peer.expects(f"@label=<l{number}>;chatd/id=K.{number} PRIVMSG bob :{text}")
        await peer.sends(f"@label=<l{number}>;msgid=m{number} :anna!u@h PRIVMSG bob :{text}")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert (ended.code, ended.out, ended.err) == (0, "", "")


async def test_send_enters_a_room_for_the_message_and_leaves_it(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "#dev", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<look> MODE #dev")
    await peer.sends("@label=<look> :server 324 anna #dev +nt")
    await peer.expects("JOIN #dev", "PING <fence>")
    await peer.sends(":anna!u@h JOIN #dev", ":server PONG server <fence>")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #dev :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #dev :hi")
    await peer.expects("@+chatd/passing=#dev;+typing=done TAGMSG anna", "PART #dev", "QUIT")
    await peer.closes()
    assert (await sending).code == 0


async def test_send_makes_no_room_of_a_name_that_was_typed_wrong(
    server: FakeServer, chat: Programs
) -> None:
    """'`chat send --to '#tpyo'` exits 0 although the help promises 3'"""
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "#tpyo", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<look> MODE #tpyo")
    await peer.sends("@label=<look> FAIL MODE TEMPORARILY_UNAVAILABLE :Redis is away")
    del server.words["look"]
    await peer.expects("@label=<look> MODE #tpyo")
    await peer.sends("@label=<look> :server 403 anna #tpyo :No such channel")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert (ended.code, ended.err) == (3, "chat: there is no room #tpyo\n")


async def test_send_waits_where_the_login_is_refused_only_for_now(
    server: FakeServer, chat: Programs
) -> None:
    """'`chat send` while its login is throttled gives up at once'"""
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "bob", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server FAIL AUTHENTICATE TOO_MANY_ATTEMPTS :Try again in 1 second")
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert (ended.code, ended.err) == (0, "")


async def test_send_says_why_the_login_was_refused_when_its_time_is_over(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    arguments = ("--as", "anna", "--to", "bob", "hi", "--timeout", "0.3", "-s", server.address)
    sending = asyncio.create_task(chat.run("send", *arguments))
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server FAIL AUTHENTICATE TOO_MANY_ATTEMPTS :Try again in 9 seconds")
    ended = await sending
    assert (ended.code, ended.err) == (4, "chat: Try again in 9 seconds\n")


async def test_send_stays_in_a_room_that_the_user_is_in(server: FakeServer, chat: Programs) -> None:
    """'works while that user is logged in elsewhere'"""
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "#dev", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", attached=("#dev",))
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #dev :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #dev :hi")
    await peer.expects("QUIT")
    await peer.closes()
    assert (await sending).code == 0


async def test_send_enters_again_where_another_command_of_the_user_left_the_room(
    server: FakeServer, chat: Programs
) -> None:
    """Rooms are the user's: two of six `chat send` at once said "there is no room #global"."""
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "#global", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", attached=("#global",))
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :hi")
    await peer.sends(
        ":anna!u@h PART #global", "@label=<l> :server 403 anna #global :No such channel"
    )
    await peer.expects("JOIN #global", "PING <fence>")
    await peer.sends(":anna!u@h JOIN #global", ":server PONG server <fence>")
    await peer.expects("@label=<m>;chatd/id=<id> PRIVMSG #global :hi")
    await peer.sends("@label=<m>;msgid=m1 :anna!u@h PRIVMSG #global :hi")
    await peer.expects("@+chatd/passing=#global;+typing=done TAGMSG anna", "PART #global", "QUIT")
    await peer.closes()
    assert (await sending).code == 0


@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        (":server 401 anna bob :No such nick/channel", 3, "there is no user bob"),
        ("FAIL PRIVMSG FORBIDDEN bob :Not today", 5, "Not today"),
        (":server 404 anna bob :Cannot send", 5, "Cannot send"),
    ],
)
async def test_send_says_in_one_line_why_not(
    server: FakeServer, chat: Programs, reply: str, code: int, text: str
) -> None:
    """'another code and one line on stderr for no such user, not connected, refused'"""
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "bob", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends(f"@label=<l> {reply}")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert ended.code == code
    assert text in ended.err
    assert ended.err.count("\n") == 1


async def test_send_without_acknowledgement_tells_how_to_retry(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "bob", "--timeout", "4", "hi")
    sending = asyncio.create_task(chat.run(*arguments, "--server", server.address))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.is_left()
    ended = await sending
    assert ended.code == 6
    assert f"--id {server.words['id']}" in ended.err


async def test_send_on_a_lost_connection_goes_on_at_the_next_server(
    server: FakeServer, chat: Programs
) -> None:
    async with FakeServer() as other:
        servers = f"{server.address},{other.address}"
        keep_secret(chat, server, "anna")
        arguments = ("send", "--as", "anna", "--to", "bob", "--id", "K", "hi", "--server", servers)
        sending = asyncio.create_task(chat.run(*arguments))
        peer = await server.accept()
        await peer.welcomes("anna", secret="kept")
        await peer.expects("@label=<l>;chatd/id=K PRIVMSG bob :hi")
        await peer.closes()
        peer = await other.accept()
        await peer.welcomes("anna", secret="kept")
        await peer.expects("CHATHISTORY AFTER * timestamp=<t> 200")
        await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a")
        await peer.expects("@label=<l2>;chatd/id=K PRIVMSG bob :hi")
        await peer.sends("@label=<l2>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
        await peer.expects("QUIT")
        await peer.closes()
        assert (await sending).code == 0


@pytest.mark.parametrize("given", [True, False])
async def test_send_without_an_account_says_that_an_id_does_not_help(
    server: FakeServer, chat: Programs, *, given: bool
) -> None:
    """'say it to the user in one sentence (stderr) that a retry may be doubled then'"""
    arguments = ("send", "--as", "anna", "--to", "bob", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments, *(("--id", "K") if given else ())))
    peer = await server.accept()
    await peer.welcomes("anna", caps="labeled-response echo-message chatd/id")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert ended.code == 0
    warning = (
        "chat: anna is not logged in to an account here: a retry with the same --id may arrive "
        "twice\n"
    )
    assert ended.err == (warning if given else "")


async def test_send_without_an_account_over_a_broken_connection_says_that_it_may_arrive_twice(
    server: FakeServer, chat: Programs
) -> None:
    arguments = ("send", "--as", "anna", "--to", "bob", "hi", "--server", server.address)
    sending = asyncio.create_task(chat.run(*arguments))
    caps = "labeled-response echo-message chatd/id"
    peer = await server.accept()
    await peer.welcomes("anna", caps=caps)
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna", caps=caps)
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert ended.code == 0
    assert ended.err == (
        "chat: without an account the server cannot tell a retry from a new message: what was on "
        "its way to bob when the connection broke may arrive twice\n"
    )


async def test_send_without_acknowledgement_and_account_promises_no_safe_retry(
    server: FakeServer, chat: Programs
) -> None:
    arguments = ("send", "--as", "anna", "--to", "bob", "--timeout", "2", "hi")
    sending = asyncio.create_task(chat.run(*arguments, "--server", server.address))
    peer = await server.accept()
    await peer.welcomes("anna", caps="labeled-response echo-message chatd/id")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.is_left()
    ended = await sending
    assert ended.code == 6
    assert "without an account a retry may arrive twice" in ended.err
    assert "--id" not in ended.err


async def test_send_with_an_id_that_had_another_text_is_refused(
    server: FakeServer, chat: Programs
) -> None:
    """'The same key with other text: refused with a standard reply.'"""
    keep_secret(chat, server, "anna")
    arguments = ("send", "--as", "anna", "--to", "bob", "--id", "K", "hi")
    sending = asyncio.create_task(chat.run(*arguments, "--server", server.address))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("@label=<l>;chatd/id=K PRIVMSG bob :hi")
    await peer.sends("@label=<l> FAIL PRIVMSG ID_REUSED K :This id is another message's")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await sending
    assert ended.code == 5
    assert ended.err == ("chat: the id K was used before, for another text: this one is not sent\n")
