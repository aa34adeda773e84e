"""Messages of several lines, as they come and as they go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from chatd.wire.message import Message, parse
from cli.client import events as ev
from cli.client.multiline import MAX_BYTES, MAX_LINES, Joiner, Limits, limits_of
from cli.client.past import Past
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer
from tests.cli.test_past import said, started

Make = Callable[..., Client]

CAPS_ONE = (
    "message-tags batch echo-message labeled-response chatd/id "
    "draft/multiline=max-bytes=40,max-lines=4"
)


def joined(*lines: str) -> list[Message]:
    joiner = Joiner()
    return [one for line in lines if (one := joiner.take(parse(line.encode()))) is not None]


def test_lines_are_one_text() -> None:
    """The example of the specification: "Final concatenated message" """
    (whole,) = joined(
        "@msgid=xxx;account=account :n!u@h BATCH +123 draft/multiline #channel",
        "@batch=123 :n!u@h PRIVMSG #channel hello",
        "@batch=123 :n!u@h PRIVMSG #channel :",
        "@batch=123 :n!u@h PRIVMSG #channel :how is ",
        "@batch=123;draft/multiline-concat :n!u@h PRIVMSG #channel :everyone?",
        "BATCH -123",
    )
    assert whole.params == ["#channel", "hello\n\nhow is everyone?"]
    assert (whole.command, whole.source) == ("PRIVMSG", "n!u@h")
    assert whole.tags == {"msgid": "xxx", "account": "account"}


def test_what_is_no_message_of_several_lines_passes() -> None:
    lines = (
        "BATCH +a chathistory #x",
        "@batch=a :n PRIVMSG #x :one",
        "BATCH -a",
        "BATCH",
        "BATCH -",
    )
    assert [one.command for one in joined(*lines)] == [parse(x.encode()).command for x in lines]
    assert joined("BATCH +1 draft/multiline #x", "BATCH -1") == []


def test_a_server_cannot_fill_the_memory() -> None:
    begin = [f"BATCH +{number} draft/multiline #x" for number in range(100)]
    joiner = Joiner()
    for line in begin:
        joiner.take(parse(line.encode()))
    for _ in range(2 * MAX_LINES):
        joiner.take(parse(b"@batch=99 :n PRIVMSG #x :" + b"x" * 400))
    assert len(joiner._open) <= 16
    whole = joiner.take(parse(b"BATCH -99"))
    assert whole is not None
    assert len(whole.params[1]) <= MAX_BYTES


def test_limits() -> None:
    """ "Each line feed used to join line messages contributes one byte" """
    limits = limits_of("max-bytes=7,max-lines=2,other")
    assert limits == Limits(7, 2)
    assert limits.fit([("abc", False), ("def", False)])
    assert not limits.fit([("abc", False), ("defg", False)])
    assert limits.fit([("abc", False), ("defg", True)])
    assert not limits.fit([("a", False)] * 3)
    assert limits_of("max-bytes=5").max_lines > 100
    assert limits_of("max-bytes=x") == Limits(0, MAX_LINES)


async def test_a_text_goes_out_as_one_message(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna", caps=CAPS_ONE)
    await peer.expects("JOIN #global")
    await peer.passes_the_fence()
    await anna.session.ready.wait()
    anna.session.say("#global", "one\n\ntwo", multiline=True, reply_to="m1")
    await peer.expects(
        "@label=<label>;chatd/id=<id>;+draft/reply=m1;+reply=m1 "
        "BATCH +<ref> draft/multiline #global",
        "@batch=<ref> PRIVMSG #global :one",
        "@batch=<ref> PRIVMSG #global :",
        "@batch=<ref> PRIVMSG #global :two",
        "BATCH -<ref>",
    )
    await peer.sends(
        "@label=<label>;msgid=m2 :anna!u@h BATCH +1 draft/multiline #global",
        "@batch=1 :anna!u@h PRIVMSG #global :one",
        "@batch=1 :anna!u@h PRIVMSG #global :",
        "@batch=1 :anna!u@h PRIVMSG #global :two",
        "BATCH -1",
    )
    assert (await anna.next(ev.Sending)).text == "one\n\ntwo"
    assert (await anna.next(ev.SentAs)).msgid == "m2"
    told = await anna.next(ev.Said)
    assert (told.text, told.msgid, told.own) == ("one\n\ntwo", "m2", True)


@pytest.mark.parametrize("text", ["1\n2\n3\n4\n5", "a" * 25 + "\n" + "b" * 25])
async def test_a_text_beyond_the_limits_goes_out_in_lines(
    server: FakeServer, client: Make, text: str
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna", caps=CAPS_ONE)
    await peer.expects("JOIN #global")
    await peer.passes_the_fence()
    await anna.session.ready.wait()
    assert not anna.session.can_be_one("#global", text)
    anna.session.say("#global", text, multiline=True)
    first = text.partition("\n")[0]
    await peer.expects(f"@label=<label>;chatd/id=<id> PRIVMSG #global :{first}")


async def test_history_has_them_too(server: FakeServer, client: Make) -> None:
    anna = client()
    peer = await started(server, anna)
    asking = asyncio.create_task(said(anna, Past("#global", 1)))
    await peer.expects("CHATHISTORY LATEST #global * 1")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m1 :bob!u@h BATCH +m draft/multiline #global",
        "@batch=m :bob!u@h PRIVMSG #global :one",
        "@batch=m :bob!u@h PRIVMSG #global :two",
        "@batch=b :server BATCH -m",
        ":server BATCH -b",
    )
    assert await asking == ["one\ntwo"]
