"""A session over real sockets: what it sends, and what it tells, when things go well and badly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.client import events as ev
from cli.client.errors import NoSuchTarget, NotConnected, PasswordRefused, Refused
from cli.client.timing import Timing
from tests.cli.conftest import QUICK, Client
from tests.cli.fake_server import CAPS, FakeServer

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
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    anna.session.say("#global", "first")
    anna.session.say("#global", "second")
    await peer.expects("@label=<l1>;chatd/id=<first> PRIVMSG #global :first")
    await peer.closes()
    await anna.next(ev.Disconnected)
    anna.session.say("bob", "third")

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
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


async def test_missed_messages_come_once_in_order_and_before_what_is_said_now(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends(
        "@msgid=m1 :bob!u@h PRIVMSG #global :one", "@msgid=d1 :bob!u@h PRIVMSG anna :psst"
    )
    await anna.next(ev.Said)
    await anna.next(ev.Said)
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * msgid=d1 200")
    await peer.sends("@msgid=m3;time=2025-11-22T12:09:00.000Z :bob!u@h PRIVMSG #global :three")
    await peer.sends(
        ":server BATCH +a chathistory *",
        "@batch=a;msgid=d2;time=2025-11-22T12:08:30.000Z :carl!u@h PRIVMSG anna :still there?",
        ":server BATCH -a",
    )
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 200")
    await peer.sends("@msgid=m4;time=2025-11-22T12:10:00.000Z :bob!u@h PRIVMSG #global :four")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m2;time=2025-11-22T12:08:00.000Z :bob!u@h PRIVMSG #global :two",
        "@batch=b;msgid=m3;time=2025-11-22T12:09:00.000Z :bob!u@h PRIVMSG #global :three",
        ":server BATCH -b",
    )
    said = [await anna.next(ev.Said) for _ in range(4)]
    assert [one.text for one in said] == ["two", "still there?", "three", "four"]
    assert [one.missed for one in said] == [True, True, True, False]


async def test_history_is_paged_and_a_gap_is_told(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends(":server 005 anna CHATHISTORY=2 :are supported by this server")
    await peer.sends("@msgid=m1 :bob!u@h PRIVMSG #global :one")
    await anna.next(ev.Said)
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 2")
    await peer.sends("FAIL CHATHISTORY MESSAGE_ERROR AFTER * :Messages could not be retrieved")
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 2")
    await peer.sends(
        "NOTE CHATHISTORY GAP #global 12 :Messages could not be recovered",
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m14 :bob!u@h PRIVMSG #global :fourteen",
        "@batch=b;msgid=m15 :bob!u@h PRIVMSG #global :fifteen",
        ":server BATCH -b",
    )
    await peer.expects("CHATHISTORY AFTER #global msgid=m15 2")
    await peer.sends(
        ":server BATCH +c chathistory #global",
        "@batch=c;msgid=m16 :bob!u@h PRIVMSG #global :sixteen",
        ":server BATCH -c",
    )
    gaps = [await anna.next(ev.Gap), await anna.next(ev.Gap)]
    assert gaps == [
        ev.Gap("*", None, "Messages could not be retrieved"),
        ev.Gap("#global", 12),
    ]
    said = [await anna.next(ev.Said) for _ in range(3)]
    assert [one.text for one in said] == ["fourteen", "fifteen", "sixteen"]


async def test_a_second_break_during_the_recovery_loses_nothing(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends("@msgid=m1 :bob!u@h PRIVMSG #global :one")
    await anna.next(ev.Said)
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends("@msgid=m9 :bob!u@h PRIVMSG #global :nine")
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends(":server BATCH +a chathistory *", ":server BATCH -a")
    await peer.expects("CHATHISTORY AFTER #global msgid=m1 200")
    await peer.sends(
        ":server BATCH +b chathistory #global",
        "@batch=b;msgid=m8 :bob!u@h PRIVMSG #global :eight",
        "@batch=b;msgid=m9 :bob!u@h PRIVMSG #global :nine",
        ":server BATCH -b",
    )
    assert [(await anna.next(ev.Said)).text for _ in range(2)] == ["eight", "nine"]


async def test_the_next_server_is_tried_and_who_came_and_left_is_told(
    server: FakeServer, client: Make
) -> None:
    async with FakeServer() as other:
        anna = client(servers=(server, other))
        anna.run()
        peer = await server.accept()
        await peer.welcomes("anna", "#global")
        await peer.sends(":carl!u@h JOIN #global")
        await anna.next(ev.Members)
        await server.stops_listening()
        await peer.closes()
        assert (await anna.next(ev.Disconnected)).server == server.address

        peer = await other.accept()
        await peer.welcomes("anna", "#global", caps="batch server-time")
        assert await anna.next(ev.Connected) == ev.Connected(other.address, "anna", again=True)
        assert await anna.next(ev.Gap) == ev.Gap("*", None, "the server keeps no history")
        members = await anna.next(ev.Members)
        assert (members.came, members.left, members.again) == ((), ("carl",), True)


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


async def test_a_silent_server_is_asked_and_then_given_up(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await anna.next(ev.Members)
    # only now: while it logs in, a short silence says nothing
    anna.session._timing = Timing(quiet=0.05, answer=0.05, retry_first=0.01, goodbye=0.1)
    await peer.sends(":bob!u@h PRIVMSG #global :the last word")
    await peer.expects("PING <alive>")
    lost = await anna.next(ev.Disconnected)
    assert lost.reason == "it does not answer any more"
    await server.accept()


async def test_pings_of_the_server_are_answered(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends("PING :are you there")
    await peer.expects("PONG :are you there")


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


async def test_a_room_left_is_not_entered_again_and_one_entered_offline_is(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=("#global", "#dev"))
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", "#dev")
    await anna.session.ready.wait()
    anna.session.part("#dev")
    await peer.expects("PART #dev")
    await peer.sends(":anna!u@h PART #dev")
    await anna.next(ev.Left)
    await peer.closes()
    await anna.next(ev.Disconnected)
    anna.session.join("#ops")
    with pytest.raises(Refused, match="not connected"):
        anna.session.command("WHO", "*")
    peer = await server.accept()
    await peer.welcomes("anna", "#global", "#ops", caps=CAPS)


async def test_all_servers_away_is_told_and_tried_again(server: FakeServer, client: Make) -> None:
    anna = client()
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await server.stops_listening()
    await peer.closes()
    unreachable = await anna.next(ev.Unreachable)
    assert "connection refused" in unreachable.reason
    await anna.next(ev.Unreachable)
    await server.opens()
    await (await server.accept()).welcomes("anna", "#global")
    await anna.next(ev.Connected)


async def test_no_server_at_the_start_is_an_error_with_each_reason(
    server: FakeServer, client: Make
) -> None:
    await server.stops_listening()
    with pytest.raises(NotConnected, match=rf"cannot reach {server.address}: connection refused"):
        await client(timing=QUICK).session.start()


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


async def test_history_that_is_away_just_now_is_asked_for_again(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna")
    await anna.session.ready.wait()
    await peer.closes()

    peer = await server.accept()
    await peer.welcomes("anna")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends("FAIL CHATHISTORY TEMPORARILY_UNAVAILABLE AFTER * :Try again")
    await peer.expects("CHATHISTORY AFTER * timestamp=<login> 200")
    await peer.sends(
        ":server BATCH +a chathistory *",
        "@batch=a;msgid=d1 :bob!u@h PRIVMSG anna :psst",
        ":server BATCH -a",
    )
    assert (await anna.next(ev.Said)).text == "psst"


async def test_a_login_refused_on_the_way_back_ends_the_session(
    server: FakeServer, client: Make
) -> None:
    """The password was changed elsewhere: trying for ever would help nobody."""
    anna = client(secret="s3cret", rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await anna.session.ready.wait()
    await peer.closes()

    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl")
    await peer.expects("CAP REQ sasl")
    await peer.sends(":server CAP * ACK :sasl")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    await peer.expects("AUTHENTICATE <plain>")
    await peer.sends(":server 904 anna :SASL authentication failed")
    await peer.expects("CAP END")
    await peer.sends(":server 433 * anna :Nickname is already in use")
    assert anna.task is not None
    with pytest.raises(PasswordRefused, match="this is not the password of anna"):
        await anna.task


async def test_without_an_account_the_name_of_our_lost_session_is_waited_for(
    server: FakeServer, client: Make
) -> None:
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", caps="")
    await peer.closes()
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :", ":server 433 * anna :Nickname is already in use")
    assert "somebody's name" in (await anna.next(ev.Unreachable)).reason
    await (await server.accept()).welcomes("anna", caps="")
