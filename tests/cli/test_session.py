"""A session over real sockets: what it sends, and what it tells, when things go well and badly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.errors import ChatError, NoSuchTarget, Refused
from cli.client.requests import Requests
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer

Make = Callable[..., Client]


async def test_a_message_counts_as_sent_when_the_server_acknowledges_it(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    anna.session.say("#global", "hello there")
    await peer.expects("@label=<label>;chatd/id=<id> PRIVMSG #global :hello there")
    assert anna.session.delivery.pending == 1
    await peer.sends(
        "@label=<label>;msgid=m1;time=2025-11-22T12:03:00.000Z "
        ":anna!u@h PRIVMSG #global :hello there"
    )
    said = await anna.next(ev.Said)
    assert (said.source, said.target, said.text, said.own) == (
        "anna",
        "#global",
        "hello there",
        True,
    )
    assert anna.session.delivery.pending == 0


async def test_what_the_lost_connection_did_not_acknowledge_is_sent_again_under_its_id(
    server: FakeServer, client: Make
) -> None:
    """'sends what was typed meanwhile exactly once' - and in the order of typing."""
    anna = client(secret="s")
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", secret="s")
    await anna.next(ev.Members)
    anna.session.say("#global", "first")
    anna.session.say("#global", "second")
    await peer.expects("@label=<l1>;chatd/id=<first> PRIVMSG #global :first")
    await peer.closes()
    await anna.next(ev.Disconnected)
    anna.session.say("bob", "third")

    peer = await server.accept()
    await peer.welcomes("anna", "#global", secret="s")
    await peer.expects("CHATHISTORY AFTER * timestamp=2025-11-22T12:00:00.000Z 200")
    await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a")
    await peer.expects("CHATHISTORY AFTER #global timestamp=2025-11-22T12:00:01.000Z 200")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m1;time=2025-11-22T12:03:00.000Z :anna!u@h PRIVMSG #global :first",
        ":server BATCH -b",
    )
    await peer.expects("@label=<l1>;chatd/id=<first> PRIVMSG #global :first")
    await peer.sends("@label=<l1>;msgid=m1 :anna!u@h PRIVMSG #global :first")
    await peer.expects("@label=<l2>;chatd/id=<second> PRIVMSG #global :second")
    await peer.sends("@label=<l2>;msgid=m2 :anna!u@h PRIVMSG #global :second")
    await peer.expects("@label=<l3>;chatd/id=<third> PRIVMSG bob :third")
    await peer.sends("@label=<l3>;msgid=m3 :anna!u@h PRIVMSG bob :third")

    said = [await anna.next(ev.Said) for _ in range(3)]
    assert [one.text for one in said] == ["first", "second", "third"]
    assert len({server.words[word] for word in ("first", "second", "third")}) == 3


async def test_while_the_servers_redis_is_away_the_message_is_kept_and_tried_again(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    anna.session.say("#global", "one")
    anna.session.say("#global", "two")
    await peer.expects("@label=<l1>;chatd/id=<id> PRIVMSG #global :one")
    await peer.sends("@label=<l1> FAIL * TEMPORARILY_UNAVAILABLE :Try again")
    assert "kept" in (await anna.next(ev.Problem)).text
    await peer.expects("@label=<l1>;chatd/id=<id> PRIVMSG #global :one")
    await peer.sends("@label=<l1> :server 400 anna PRIVMSG :Redis is away")
    await peer.expects("@label=<l1>;chatd/id=<id> PRIVMSG #global :one")
    await peer.sends("@label=<l1>;msgid=m1 :anna!u@h PRIVMSG #global :one")
    await peer.expects("@label=<l2>;chatd/id=<id2> PRIVMSG #global :two")


async def test_a_refused_message_is_told_and_does_not_stop_the_next(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    anna.session.say("nobody", "hi")
    anna.session.say("#global", "hello")
    await peer.expects("@label=<l1>;chatd/id=<i1> PRIVMSG nobody :hi")
    await peer.sends("@label=<l1> :server 401 anna nobody :No such nick/channel")
    assert await anna.next(ev.NotSent) == ev.NotSent("nobody", "hi", "there is no user nobody")
    await peer.expects("@label=<l2>;chatd/id=<i2> PRIVMSG #global :hello")


async def test_an_acknowledgement_inside_a_labelled_batch_is_one(
    server: FakeServer, client: Make
) -> None:
    """'If a response consists of more than one message, a batch MUST be used to group them'."""
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    anna.session.say("bob", "hi")
    await peer.expects("@label=<l1>;chatd/id=<i1> PRIVMSG bob :hi")
    await peer.sends(
        "@label=<l1> :server BATCH +x labeled-response",
        "@batch=x;msgid=m1 :anna!u@h PRIVMSG bob :hi",
        "@batch=x :server 301 anna bob :lunch",
        ":server BATCH -x",
    )
    assert (await anna.next(ev.Said)).text == "hi"
    away = await anna.next(ev.AwayChanged)
    assert (away.nick, away.text) == ("bob", "lunch")
    assert anna.session.delivery.pending == 0


async def test_deliver_returns_the_acknowledgement_or_raises_the_refusal(
    server: FakeServer, client: Make
) -> None:
    import asyncio

    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.session.ready.wait()
    sending = asyncio.create_task(anna.session.delivery.deliver("bob", "hi", "key1"))
    await peer.expects("@label=<l1>;chatd/id=key1 PRIVMSG bob :hi")
    await peer.sends("@label=<l1>;msgid=m1;time=2025-11-22T12:03:00.000Z :anna!u@h PRIVMSG bob :hi")
    sent = await sending
    assert (sent.msgid, sent.at, sent.key) == ("m1", "2025-11-22T12:03:00.000Z", "key1")

    sending = asyncio.create_task(anna.session.delivery.deliver("bobb", "hi", "key2"))
    await peer.expects("@label=<l2>;chatd/id=key2 PRIVMSG bobb :hi")
    await peer.sends("@label=<l2> :server 401 anna bobb :No such nick/channel")
    with pytest.raises(NoSuchTarget, match="there is no user bobb"):
        await sending

    sending = asyncio.create_task(anna.session.delivery.deliver("#x", "hi", "key3"))
    await peer.expects("@label=<l3>;chatd/id=key3 PRIVMSG #x :hi")
    await peer.sends("@label=<l3> :server 404 anna #x :Cannot send to channel")
    with pytest.raises(Refused, match="Cannot send to channel"):
        await sending


async def test_a_server_without_acknowledgements_is_asked_for_a_pong_instead(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", caps="")
    await anna.next(ev.Members)
    anna.session.say("#global", "hi")
    await peer.expects("PRIVMSG #global :hi", "PING <after>")
    assert anna.session.delivery.pending == 1
    await peer.sends(":server PONG server <after>")
    assert (await anna.next(ev.Said)).text == "hi"


async def test_rooms_that_cannot_be_entered_just_now_are_tried_again(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna")
    await peer.expects("JOIN #global", "PING <fence>")
    await peer.sends(
        "FAIL JOIN TEMPORARILY_UNAVAILABLE :Try again",
        "FAIL PING TEMPORARILY_UNAVAILABLE :Try again",
        ":server PONG server <fence>",
    )
    await peer.expects("JOIN #global", "PING <fence2>")
    assert not anna.session.ready.is_set()
    await peer.sends(":anna!u@h JOIN #global", ":server PONG server <fence2>")
    await anna.next(ev.Joined)
    await anna.session.ready.wait()


async def test_a_room_that_refuses_us_is_told_and_not_tried_again(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.lets_in("anna")
    await peer.expects("JOIN #global", "PING <f1>")
    await peer.sends(
        ":server 474 anna #global :Cannot join channel (+b)", ":server PONG server <f1>"
    )
    assert (await anna.next(ev.Problem)).text == "#global Cannot join channel (+b)"
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna")


async def test_a_message_that_was_refused_can_be_sent_again(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.session.ready.wait()
    anna.session.say("bob", "hi")
    await peer.expects("@label=<one>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<one> :server 401 anna bob :No such nick")
    refused = await anna.next(ev.NotSent)
    assert (refused.text, refused.key) == ("hi", peer.words["id"])
    anna.session.retry(refused.key)
    assert (await anna.next(ev.Sending)).key == refused.key
    await peer.expects("@label=<two>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<two>;msgid=1 :anna!u@h PRIVMSG bob :hi")
    assert (await anna.next(ev.SentAs)).key == refused.key
    with pytest.raises(Refused):
        anna.session.retry(refused.key)


async def test_a_message_that_was_refused_can_be_forgotten(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.session.ready.wait()
    anna.session.say("bob", "hi")
    await peer.expects("@label=<one>;chatd/id=<id> PRIVMSG bob :hi")
    await peer.sends("@label=<one> :server 401 anna bob :No such nick")
    key = (await anna.next(ev.NotSent)).key
    anna.session.discard(key)
    assert (await anna.next(ev.Discarded)).key == key
    with pytest.raises(Refused):
        anna.session.retry(key)


async def test_who_is_away_is_asked_once_where_the_user_looks(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.session.ready.wait()
    anna.session.look_at("#global")
    anna.session.look_at("#global")
    anna.session.look_at("#nowhere")
    await peer.expects("@label=<who> WHO #global")
    await peer.sends(
        "@label=<who> :server BATCH +w labeled-response",
        "@batch=w :server 352 anna #global u h s bob G :0 Bob",
        "@batch=w :server 315 anna #global :End of WHO list",
        ":server BATCH -w",
    )
    assert (await anna.next(ev.PresenceIs)).room == "#global"
    assert anna.session.chat.rooms["#global"].members["bob"].away
    assert not [event for event in anna.told() if isinstance(event, ev.People)]


async def test_that_nobody_can_be_told_of_the_typing_is_no_problem(
    server: FakeServer, client: Make
) -> None:
    """Whoever wrote in a room that they had been put out of was told so every three seconds."""
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    anna.session.typing("#dev", active=True)
    await peer.expects("@+typing=active;label=<l> TAGMSG #dev")
    await peer.sends("@label=<l> :server 404 anna #dev :Cannot send", ":bob!u@h PRIVMSG #global :x")
    while not isinstance(event := await anna.events.get(), ev.Said):
        assert not isinstance(event, ev.Problem)


def test_what_could_not_be_asked_is_not_answered_when_the_connection_is_lost() -> None:
    """It was refused to who asked; a list of the screen that heard of it again ended the chat."""
    requests, told = Requests(), list[list[Message] | ChatError]()

    def put(line: bytes) -> None:
        raise Refused("10000 messages are waiting already: this one is not sent")

    with pytest.raises(Refused):
        requests.ask(put, told.append, "LIST")
    requests.connection_lost()
    assert not told


async def test_a_room_is_kept_under_its_new_name_and_left_when_the_user_leaves_it(
    server: FakeServer, client: Make
) -> None:
    """A command of the user that was in it, too, may leave it just before."""
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.session.ready.wait()
    leaves = (
        "@+chatd/passing=#all;+typing=done :anna!u@h TAGMSG anna",
        ":anna!u@h PART #all",
    )
    await peer.sends(":bob!u@h RENAME #global #all :", *leaves)
    await peer.expects("JOIN #all")
    await peer.sends(":anna!u@h JOIN #all")
    await anna.next(ev.Joined)
    await anna.next(ev.Joined)
    anna.session.part("#all")
    await peer.expects("PART #all")
    await peer.sends(*leaves, ":server 442 anna #all :You are not in that room", "PING :behind")
    await peer.expects("PONG behind")
