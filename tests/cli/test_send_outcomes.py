"""``chat send``: delivered, kept for later, nobody; waiting; line by line; several lines as one."""

from __future__ import annotations

import asyncio
import json
import signal

import pytest

from tests.cli.fake_server import FakeServer, Peer
from tests.cli.programs import Ended, Programs, keep_secret
from tests.support.wait import wait_until

KEPT = "NOTE PRIVMSG MESSAGE_KEPT bob :bob is offline"
NOBODY = "@label=<{0}> :server 401 anna bob :No such nick/channel"


class Sending:
    """``chat send --as anna --to bob`` against a written server."""

    def __init__(self, server: FakeServer, chat: Programs) -> None:
        keep_secret(chat, server, "anna")
        self.server = server
        self.chat = chat

    def run(self, *arguments: str, stdin: str = "") -> asyncio.Task[Ended]:
        command = ("send", "--as", "anna", "--to", "bob", "--server", self.server.address)
        return asyncio.create_task(self.chat.run(*command, *arguments, stdin=stdin))

    async def accept(self, more: str = "") -> Peer:
        peer = await self.server.accept()
        await peer.welcomes("anna", secret="kept", more=more)
        return peer


@pytest.fixture
def sending(server: FakeServer, chat: Programs) -> Sending:
    return Sending(server, chat)


async def goes(peer: Peer) -> None:
    """The client leaves."""
    await peer.expects("QUIT")
    await peer.closes()


async def test_what_is_kept_for_later_is_said_in_one_sentence(sending: Sending) -> None:
    """Issue 10: "`chat send` tells apart: delivered, kept for later, no such user". The labelled
    answer is a batch: "the receiver can hear it now" is known when it ends.
    """
    ended = sending.run("--json", "--id", "K", "hi")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=K PRIVMSG bob :hi")
    await peer.sends(
        "@label=<l> :server BATCH +r labeled-response",
        "@batch=r;msgid=m1;time=2025-11-22T12:03:00.000Z :anna!u@h PRIVMSG bob :hi",
        f"@batch=r :server {KEPT}",
        ":server BATCH -r",
    )
    await goes(peer)
    code, out, err = (await ended).code, (await ended).out, (await ended).err
    assert (code, err) == (0, "chat: bob is offline: the message is kept for the next login\n")
    assert json.loads(out) == {
        "outcome": "kept", "msgid": "m1", "time": "2025-11-22T12:03:00.000Z", "target": "bob",
        "id": "K",
    }  # fmt: skip


async def test_a_receiver_who_is_away_has_it(sending: Sending) -> None:
    ended = sending.run("hi")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends(
        "@label=<l> :server BATCH +r labeled-response",
        "@batch=r;msgid=m1 :anna!u@h PRIVMSG bob :hi",
        "@batch=r :server 301 anna bob :out for lunch",
        ":server BATCH -r",
    )
    await goes(peer)
    assert (await ended) == Ended(0, "", "")


async def test_a_terminal_is_told_that_it_was_delivered(
    sending: Sending, server: FakeServer, chat: Programs
) -> None:
    command = ("send", "--as", "anna", "--to", "bob", "hi", "--server", server.address)
    async with await chat.terminal(*command) as terminal:
        peer = await sending.accept()
        await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
        await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
        await terminal.shows("chat: delivered to bob")
        await goes(peer)
        assert await terminal.ended() == 0


async def test_nobody_is_said_as_json_too(sending: Sending) -> None:
    ended = sending.run("--json", "--id", "K", "hi")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=K PRIVMSG bob :hi")
    await peer.sends(NOBODY.format("l"))
    await goes(peer)
    assert ((await ended).code, (await ended).err) == (3, "chat: there is no user bob\n")
    assert json.loads((await ended).out) == {
        "outcome": "no such target", "msgid": None, "time": None, "target": "bob", "id": "K",
    }  # fmt: skip


async def test_an_echo_without_the_rest_of_the_answer_is_an_acknowledgement(
    server: FakeServer, chat: Programs
) -> None:
    """Who has no account would say it twice: what was stored is settled by its echo."""
    command = ("send", "--as", "anna", "--to", "bob", "hi", "--server", server.address)
    ended = asyncio.create_task(chat.run(*command))
    peer = await server.accept()
    await peer.welcomes("anna", caps="labeled-response echo-message batch chatd/id")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends(
        "@label=<l> :server BATCH +r labeled-response",
        "@batch=r;msgid=m1 :anna!u@h PRIVMSG bob :hi",
    )
    await peer.closes()
    assert (await ended) == Ended(0, "", "")


# -- waiting -------------------------------------------------------------------------------------


async def test_wait_sends_when_the_user_comes_online(sending: Sending) -> None:
    """ "if nobody has that name yet (no account, nobody online), it waits until the user comes
    online"; MONITOR: "RPL_MONONLINE: This numeric is used to indicate to a client that either a
    target has just become online".
    """
    ended = sending.run("--id", "K", "--wait", "hi", "there")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=K PRIVMSG bob :hi there")
    await peer.sends(NOBODY.format("l"))
    await peer.expects("MONITOR + bob")
    await peer.sends(":server 731 anna :bob")
    await peer.passes_the_fence()
    await peer.sends(":server 730 anna :bob!u@h")
    await peer.expects("MONITOR - bob", "@label=<l2>;chatd/id=K PRIVMSG bob :hi there")
    await peer.sends("@label=<l2>;msgid=m1 :anna!u@h PRIVMSG bob :hi there")
    await goes(peer)
    assert (await ended) == Ended(0, "", "")


async def test_wait_goes_on_over_a_lost_connection(sending: Sending) -> None:
    ended = sending.run("--wait", "100", "hi")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends(NOBODY.format("l"))
    await peer.expects("MONITOR + bob")
    await peer.passes_the_fence()
    await peer.closes()
    peer = await sending.server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("CHATHISTORY AFTER * timestamp=<t> 200")
    await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a")
    await peer.expects("MONITOR + bob")
    await peer.sends(":server 730 anna :bob!u@h")
    await peer.passes_the_fence()
    await peer.expects("MONITOR - bob", "@label=<l2>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<l2>;msgid=m1 :anna!u@h PRIVMSG bob :hi")
    await goes(peer)
    assert (await ended).code == 0


async def test_wait_for_some_seconds(sending: Sending) -> None:
    ended = sending.run("--wait", "0.2", "hi")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends(NOBODY.format("l"))
    await peer.expects("MONITOR + bob")
    await peer.passes_the_fence()
    await goes(peer)
    text = "chat: there is no user bob, and nobody of that name came within 0.2 s\n"
    assert (await ended) == Ended(3, "", text)


# -- line by line --------------------------------------------------------------------------------


async def test_lines_from_a_pipe_are_sent_as_they_come(
    sending: Sending, server: FakeServer, chat: Programs
) -> None:
    """ "`chat send` from a pipe sends line by line as they come" """
    command = ("send", "--as", "anna", "--to", "bob", "--id", "K", "--json", "-s", server.address)
    async with await chat.start(*command) as program:
        program.write("one\n")
        peer = await sending.accept()
        for number, text in ((1, "one"), (2, "two")):
            await peer.expects(f"@label=<l{number}>;chatd/id=K.{number} PRIVMSG bob :{text}")
            await peer.sends(f"@label=<l{number}>;msgid=m{number} :anna!u@h PRIVMSG bob :{text}")
            await program.line(f'"outcome": "delivered", "msgid": "m{number}"')
            if number == 1:
                program.write("two\n")
        assert program.process.stdin is not None
        program.process.stdin.close()
        await goes(peer)
        assert (await program.ended()).code == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
async def test_who_is_stopped_says_how_many_lines_were_acknowledged(
    sending: Sending, server: FakeServer, chat: Programs, number: signal.Signals, code: int
) -> None:
    """ "says how many lines were acknowledged when it stops early" """
    command = ("send", "--as", "anna", "--to", "bob", "--id", "K", "-s", server.address)
    async with await chat.start(*command) as program:
        program.write("one\ntwo\n")
        peer = await sending.accept()
        await peer.expects("@label=<l1>;chatd/id=K.1 PRIVMSG bob :one")
        await peer.sends("@label=<l1>;msgid=m1 :anna!u@h PRIVMSG bob :one")
        await peer.expects("@label=<l2>;chatd/id=K.2 PRIVMSG bob :two")
        program.process.send_signal(number)
        await goes(peer)
        ended = await program.ended()
    assert ended.code == code
    assert ended.err == (
        "chat: stopped: 1 line was acknowledged, the same input with `--id K` sends none of them "
        "again\n"
    )


async def test_who_is_refused_says_how_many_lines_were_acknowledged(sending: Sending) -> None:
    ended = sending.run("--id", "K", stdin="one\ntwo\nthree\n")
    peer = await sending.accept()
    await peer.expects("@label=<l1>;chatd/id=K.1 PRIVMSG bob :one")
    await peer.sends("@label=<l1>;msgid=m1 :anna!u@h PRIVMSG bob :one")
    await peer.expects("@label=<l2>;chatd/id=K.2 PRIVMSG bob :two")
    await peer.sends("@label=<l2> FAIL PRIVMSG TOO_MANY_WAITING bob :bob: too many messages wait")
    await goes(peer)
    assert (await ended) == Ended(5, "", (
        "chat: the server refused the message to bob: bob: too many messages wait; 1 line was "
        "acknowledged, the same input with `--id K` sends none of them again\n"
    ))  # fmt: skip


async def test_who_loses_its_connection_says_how_many_lines_were_acknowledged(
    sending: Sending,
) -> None:
    ended = sending.run("--id", "K", "--timeout", "2", stdin="one\ntwo\nthree\n")
    peer = await sending.accept()
    await peer.expects("@label=<l1>;chatd/id=K.1 PRIVMSG bob :one")
    await peer.sends("@label=<l1>;msgid=m1 :anna!u@h PRIVMSG bob :one")
    await peer.expects("@label=<l2>;chatd/id=K.2 PRIVMSG bob :two")
    await sending.server.stops_listening()
    await peer.closes()
    assert (await ended) == Ended(4, "", (
        "chat: the connection was lost and does not come back: it may have arrived, `--id K` makes "
        "a retry safe; 1 line was acknowledged, the same input with `--id K` sends none of them "
        "again\n"
    ))  # fmt: skip


async def test_nobody_reads_the_output(
    sending: Sending, server: FakeServer, chat: Programs
) -> None:
    command = ("send", "--as", "anna", "--to", "bob", "--id", "K", "--json", "-s", server.address)
    async with await chat.start(*command) as program:
        program.write("one\n")
        peer = await sending.accept()
        await peer.expects("@label=<l1>;chatd/id=K.1 PRIVMSG bob :one")
        transport = program.process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        transport.close()
        pipe = transport.get_extra_info("pipe")
        await wait_until(lambda: pipe.closed, "nobody reads it any more")
        await peer.sends("@label=<l1>;msgid=m1 :anna!u@h PRIVMSG bob :one")
        await goes(peer)
        code = await program.process.wait()
        assert program.process.stderr is not None
        err = (await program.process.stderr.read()).decode()
    assert code == 141
    assert "nobody reads the output: 1 line was acknowledged" in err


async def test_no_line_and_no_text_is_nothing_to_send(sending: Sending) -> None:
    for options in ((), ("--multiline",)):
        ended = await sending.run(*options, stdin="\n \n")
        text = "chat: there is nothing to send: give a text, or lines on stdin\n"
        assert ended == Ended(1, "", text)


# -- several lines as one ------------------------------------------------------------------------


async def test_multiline_is_one_message(sending: Sending) -> None:
    """multiline: "@label=123 BATCH +123 draft/multiline #channel"; "draft/multiline-concat: the
    content of this message should be concatenated with the previous one".
    """
    long = "x" * 600
    ended = sending.run("--multiline", "--id", "K", "--json", stdin=f"one\n\n{long}\n")
    peer = await sending.accept("draft/multiline")
    await peer.expects(
        "@label=<l>;chatd/id=K BATCH +<r> draft/multiline bob",
        "@batch=<r> PRIVMSG bob :one",
        "@batch=<r> PRIVMSG bob :",
        "@batch=<r> PRIVMSG bob :<begin>",
        "@batch=<r>;draft/multiline-concat PRIVMSG bob :<rest>",
        "BATCH -<r>",
    )
    assert sending.server.words["begin"] + sending.server.words["rest"] == long
    await peer.sends(
        "@label=<l> :server BATCH +r labeled-response",
        "@batch=r;msgid=m1;time=2025-11-22T12:03:00.000Z :anna!u@h BATCH +m draft/multiline bob",
        "@batch=m :anna!u@h PRIVMSG bob :one",
        "@batch=r :anna!u@h BATCH -m",
        f"@batch=r :server {KEPT}",
        ":server BATCH -r",
    )
    await goes(peer)
    assert (await ended).code == 0
    row = json.loads((await ended).out)
    assert (row["outcome"], row["msgid"], row["id"]) == ("kept", "m1", "K")


async def test_multiline_whose_whole_answer_is_its_echo(sending: Sending) -> None:
    ended = sending.run("--multiline", "one\ntwo")
    peer = await sending.accept("draft/multiline")
    await peer.expects(
        "@label=<l>;chatd/id=<id> BATCH +<r> draft/multiline bob",
        "@batch=<r> PRIVMSG bob :one", "@batch=<r> PRIVMSG bob :two", "BATCH -<r>",
    )  # fmt: skip
    await peer.sends(
        "@label=<l>;msgid=m1 :anna!u@h BATCH +m draft/multiline bob",
        "@batch=m :anna!u@h PRIVMSG bob :one", "@batch=m :anna!u@h PRIVMSG bob :two",
        ":anna!u@h BATCH -m",
    )  # fmt: skip
    await goes(peer)
    assert (await ended) == Ended(0, "", "")


async def test_multiline_that_the_server_does_not_take(sending: Sending) -> None:
    ended = sending.run("--multiline", "one\ntwo")
    peer = await sending.accept()
    await goes(peer)
    text = "chat: this server takes no message of several lines: do without --multiline\n"
    assert (await ended) == Ended(5, "", text)


async def test_multiline_of_one_line_is_a_plain_message(sending: Sending) -> None:
    ended = sending.run("--multiline", stdin="one\n")
    peer = await sending.accept()
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :one")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :one")
    await goes(peer)
    assert (await ended).code == 0
