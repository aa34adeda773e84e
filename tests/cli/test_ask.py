"""``chat ask``: whose answer counts, which choice it is, and the exit code."""

from __future__ import annotations

import asyncio
import json

import pytest
from click.testing import CliRunner

from cli.question import Question
from cli.shell.group import chat as command
from tests.cli.fake_server import FakeServer, Peer
from tests.cli.programs import Ended, Programs, keep_secret
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

ACCOUNTS = "account-tag"


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("y", 0), (" Y ", 0), ("No", 1), ("later", 2), ("LATER", 2), ("anna: y", 0),
        ("@Anna no", 1),
        ("yes", None), ("", None), ("y n", None), ("anna:", None), ("annay", None),
    ],
)  # fmt: skip
def test_which_choice_a_text_is(text: str, choice: int | None) -> None:
    question = Question("anna", "bob", "deploy?", ("y", "no", "Later"), None, 60.0)
    assert question.sentence == "deploy? [y/no/Later]"
    assert question.choice(text, "anna") == choice


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", "--help"], 0),
        (["--nonsense", "ask", "bob", "x"], 102),
        (["ask", "bob"], 102),
        (["ask", "", "x"], 102),
        (["ask", "bob", ""], 102),
        (["ask", "bob", "x", "--choices", "y,Y"], 102),
        (["ask", "bob", "x", "--choices", "y,,n"], 102),
        (["ask", "bob", "x", "--from", "carl"], 102),
        (["ask", "bob", "x", "--from", "#dev"], 102),
        (["ask", "bob", "x", "-s", "127.0.0.1:1", "--as", "anna"], 104),
        (["ask", "bob", "x", "-s", "x:y"], 102),
    ],
)
def test_what_goes_wrong_is_never_an_answer(
    arguments: list[str], code: int, tmp_path: pytest.TempPathFactory
) -> None:
    ended = CliRunner().invoke(command, arguments, env={"CHAT_STATE_DIR": str(tmp_path)})
    assert (ended.exit_code, ended.exception.__class__) == (
        code,
        SystemExit if code else type(None),
    )
    assert "Traceback" not in ended.output


async def asks(
    server: FakeServer, chat: Programs, *arguments: str, attached: tuple[str, ...] = ()
) -> tuple[asyncio.Task[Ended], Peer]:
    """Begin to ask as anna, whose login the server takes."""
    keep_secret(chat, server, "anna")
    asking = asyncio.create_task(
        chat.run("ask", *arguments, "--as", "anna", "--server", server.address)
    )
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=CAPS, attached=attached)
    return asking, peer


CAPS = (
    "message-tags server-time batch echo-message labeled-response standard-replies account-tag "
    "sasl=PLAIN draft/chathistory chatd/id"
)


async def test_the_answer_may_come_on_another_connection(
    server: FakeServer, chat: Programs
) -> None:
    """ "survives a lost connection": what was said meanwhile is among what was missed."""
    asking, peer = await asks(server, chat, "bob", "deploy?")
    await peer.expects("@label=<who> WHOIS bob")
    await peer.sends(
        "@label=<who> :s BATCH +w labeled-response",
        "@batch=w :s 330 anna bob bobby :is logged in as",
        "@batch=w :s 318 anna bob :End",
        ":s BATCH -w",
    )
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :deploy? [y/n]")
    await peer.sends(
        "@label=<l>;msgid=m1 :anna!u@h PRIVMSG bob :deploy? [y/n]",
        "@account=carl :carl!u@h PRIVMSG anna :y",
        ":bob!u@h PRIVMSG anna :y",  # a guest who has the nick now
        "@account=bobby :bob!u@h NOTICE anna :y",
        "@account=bobby;+draft/reply=m0 :bob!u@h PRIVMSG anna :y",
        "@account=bobby :bob!u@h PRIVMSG #room :y",
    )
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=CAPS)
    await peer.expects("CHATHISTORY AFTER * <from> 200")
    await peer.sends(
        ":s BATCH +b chathistory *",
        "@batch=b;account=bobby;msgid=m9;time=2025-11-22T12:03:00.000Z :rob!u@h PRIVMSG anna :N",
        ":s BATCH -b",
    )
    await peer.expects("QUIT")
    await peer.closes()
    ended = await asking
    assert (ended.code, ended.out) == (1, "n\n"), ended


async def test_who_is_in_the_room_already_stays_there(server: FakeServer, chat: Programs) -> None:
    """The rooms are the user's: whoever asks from a script does not take them out of one."""
    keep_secret(chat, server, "anna")
    arguments = ("ask", "--as", "anna", "--from", "bob", "#ops", "who?", "--server", server.address)
    asking = asyncio.create_task(chat.run(*arguments))
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", attached=("#ops",))
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #ops :who? [y/n]")
    await peer.sends(
        "@label=<l>;msgid=m1 :anna!u@h PRIVMSG #ops :who? [y/n]", ":bob!u@h PRIVMSG #ops :y"
    )
    await peer.expects("QUIT")
    await peer.closes()
    assert (await asking).code == 0


LEFT = ("@+chatd/passing=#ops;+typing=done :anna!u@h TAGMSG anna", ":anna!u@h PART #ops")
"""Of `chat send`, which had to enter it for one message."""


async def test_the_answer_is_heard_though_another_command_leaves_the_room(
    server: FakeServer, chat: Programs
) -> None:
    asking, peer = await asks(server, chat, "#ops", "--from", "bob", "who?", attached=("#ops",))
    await peer.expects("@label=<who> WHOIS bob")
    await peer.sends("@label=<who> :s 318 anna bob :End")
    await peer.expects("@label=<l>;chatd/id=<id> PRIVMSG #ops :who? [y/n]")
    await peer.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #ops :who? [y/n]", *LEFT)
    await peer.expects("JOIN #ops")
    await peer.sends(":anna!u@h JOIN #ops", ":bob!u@h PRIVMSG #ops :y")
    await peer.expects(LEFT[0].replace(":anna!u@h ", ""), "PART #ops", "QUIT")
    await peer.closes()
    assert (await asking).code == 0


@pytest.fixture
async def both(two_gateways: tuple[Gateway, Gateway], chat: Programs) -> Gateway:
    """The gateway of those who answer; ``chat`` uses the other."""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = f"{first.host}:{first.port}"
    return second


@pytest.mark.slow
async def test_asking_somebody_and_a_room(both: Gateway, chat: Programs) -> None:
    async with (
        await IrcClient.connect(both.host, both.port) as bob,
        await IrcClient.connect(both.host, both.port) as carl,
    ):
        await bob.register("bob")
        await carl.register("carl")
        await bob.send("JOIN #ops")
        await bob.fence()
        await carl.send("JOIN #ops")
        await carl.fence()

        asking = asyncio.create_task(chat.run("ask", "--as", "anna", "bob", "deploy?", "--json"))
        await bob.expect("PRIVMSG bob :deploy\\? \\[y/n\\]")
        await carl.send("PRIVMSG anna :y")
        await carl.fence()
        await bob.send("PRIVMSG anna :perhaps")
        await bob.expect("please answer with one of: y, n")
        await bob.send("PRIVMSG anna :N")
        ended = await asking
        row = json.loads(ended.out)
        assert (ended.code, row["answer"], row["choice"], row["from"]) == (1, "n", 1, "bob")

        question = ("ask", "--as", "anna", "#ops", "who?", "--choices", "me,not me")
        asking = asyncio.create_task(chat.run(*question))
        await bob.expect("PRIVMSG #ops :who\\? \\[me/not me\\]")
        await carl.send("PRIVMSG #ops :not I", "PRIVMSG #ops :anna: Not Me")
        ended = await asking
        assert (ended.code, ended.out) == (1, "not me\n")
        await bob.expect("anna.* PART #ops")

        asking = asyncio.create_task(chat.run(*question, "--from", "bob", "--timeout", "3"))
        await bob.expect("PRIVMSG #ops :who")
        await carl.send("PRIVMSG #ops :me")
        await bob.expect("PRIVMSG #ops :too late")
        ended = await asking
        assert (ended.code, ended.out, ended.err) == (110, "", "chat: no answer within 3 s\n")
        for nobody in ("nobody", "#nix"):
            assert (await chat.run("ask", "--as", "anna", nobody, "x")).code == 103
