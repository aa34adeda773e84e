"""Receivers who come back a second later than the sender."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.errors import ChatError, NoSuchTarget, NotConnected
from cli.client.outgoing import Outbox, Outgoing, Reply, Sent
from cli.client.timing import Timing
from cli.send import Item, Problems, Sender
from tests.cli.conftest import Client, StoppedClock
from tests.cli.fake_server import FakeServer

Make = Callable[..., Client]

Outcome = Sent | ChatError


def to(target: str, text: str, outcomes: list[Outcome]) -> Outgoing:
    return Outgoing(target, text, text, outcomes.append)


def texts(outbox: Outbox) -> list[str]:
    """The texts of what goes out now."""
    return [line.decode().rsplit(" ", 1)[-1].strip() for line in outbox.take(LABELS)]


LABELS = {"labeled-response", "echo-message"}


def answer(outbox: Outbox, line: str) -> Reply:
    assert outbox.under_way is not None
    return outbox.reply(parse(line.encode()), outbox.under_way.label)


def test_what_is_for_somebody_who_is_late_waits_in_order_and_holds_up_nobody_else() -> None:
    outbox, outcomes = Outbox(), list[Outcome]()
    outbox.patient = True
    for target, text in (("bob", "b1"), ("Bob", "b2"), ("carl", "c1"), ("bob", "b3")):
        outbox.put(to(target, text, outcomes))
    assert texts(outbox) == [":b1"]
    assert answer(outbox, ":s 401 anna bob :No such nick") is Reply.ABSENT
    outbox.put(to("BOB", "b4", outcomes))
    assert texts(outbox) == [":c1"]
    assert answer(outbox, ":anna!u@h PRIVMSG carl c1") is Reply.SENT
    assert (len(outbox), texts(outbox)) == (4, [])

    outbox.recall()
    for text in ("b1", "b2", "b3", "b4"):
        assert texts(outbox) == [f":{text}"]
        assert answer(outbox, f":anna!u@h PRIVMSG bob {text}") is Reply.SENT
    assert [one.key for one in outcomes if isinstance(one, Sent)] == ["c1", "b1", "b2", "b3", "b4"]
    assert not outbox


def test_when_nobody_is_waited_for_any_more_it_fails_with_the_reason() -> None:
    outbox, outcomes = Outbox(), list[Outcome]()
    outbox.put(to("bob", "hi", outcomes))
    outbox.patient = True
    texts(outbox)
    answer(outbox, ":s 401 anna bob :No such nick")
    outbox.patient = False
    outbox.recall()
    texts(outbox)
    assert answer(outbox, ":s 401 anna bob :No such nick") is Reply.REFUSED
    assert [str(outcome) for outcome in outcomes] == ["there is no user bob"]


def test_what_waits_for_somebody_outlives_the_connection_and_is_abandoned_with_the_rest() -> None:
    outbox, outcomes = Outbox(), list[Outcome]()
    outbox.patient = True
    for text in ("one", "two"):
        outbox.put(to("bob", text, outcomes))
    texts(outbox)
    answer(outbox, ":s 401 anna bob :No such nick")
    outbox.disconnected()
    assert (len(outbox), texts(outbox)) == (2, [":one"])
    answer(outbox, ":s 401 anna bob :No such nick")
    outbox.abandon(NotConnected("you left"))
    assert [str(outcome) for outcome in outcomes] == ["you left", "you left"]


async def test_a_message_waits_for_a_receiver_who_comes_back_a_second_later(
    server: FakeServer, client: Make
) -> None:
    """'a queued private message is dropped when its receiver is a second late after a restart'"""
    caps = "sasl labeled-response echo-message chatd/id"
    anna = client(secret="s3cret", rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=caps)
    await anna.session.ready.wait()
    anna.session.say("nobody", "before")  # not just after a reconnection
    await peer.expects("@label=<n>;chatd/id=<nid> PRIVMSG nobody :before")
    await peer.sends("@label=<n> :server 401 anna nobody :No such nick")
    assert (await anna.next(ev.NotSent)).reason == "there is no user nobody"

    await peer.closes()
    await anna.next(ev.Disconnected)
    anna.session.say("bob", "hi")
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=caps)
    for again in ("a", "b"):
        await peer.expects(f"@label=<{again}>;chatd/id=<id> PRIVMSG bob :hi")
        await peer.sends(f"@label=<{again}> :server 401 anna bob :No such nick")
    told = await anna.next(ev.Problem)
    assert told.text == "bob is not back yet: what you wrote waits up to 15 s"
    await peer.expects("@label=<c>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<c>;msgid=m :anna!u@h PRIVMSG bob :hi")
    assert (await anna.next(ev.Said)).msgid == "m"
    assert not [event for event in anna.told() if isinstance(event, ev.NotSent | ev.Problem)]


async def test_who_sends_for_a_time_of_their_own_hears_within_it_that_there_is_nobody(
    server: FakeServer, client: Make
) -> None:
    """`chat send --timeout`: exit code 3, "no such user", and not 6"""
    caps = "sasl labeled-response echo-message chatd/id"
    anna = client(secret="s3cret", rooms=(), clock=StoppedClock(), timing=Timing(retry_first=100.0))
    anna.run()
    await (await server.accept()).welcomes("anna", secret="kept", caps=caps)
    await anna.session.ready.wait()
    anna.session.reconnect()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=caps)
    sending = asyncio.create_task(
        Sender(anna.session, Problems(print), "bob", 1.0).send(Item("hi", "k"), "k")
    )
    await peer.expects("@label=<l>;chatd/id=k PRIVMSG bob :hi")
    await peer.sends("@label=<l> :server 401 anna bob :No such nick")
    with pytest.raises(NoSuchTarget, match="there is no user bob"):
        await sending
    assert anna.session.delivery.pending == 0
