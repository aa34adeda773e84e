"""Other gateways, as a server tells them: which are taken, and what is said to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.connection import Server
from cli.client.errors import NotConnected, OtherServer
from cli.client.gateways import Gateways
from tests.cli.conftest import Client
from tests.cli.fake_server import CAPS, FakeServer, Peer
from tests.support.wait import wait_until

Make = Callable[..., Client]
MINE = f"{CAPS} chatd/gateways=d1"


def gateways(*given: str, by: str = "", told: str = "", data: str = "d1") -> list[str]:
    """What is tried when a server at ``by`` (else the first) has told some addresses."""
    known = Gateways([Server.parse(one) for one in given])
    known.take(parse(f"GATEWAYS {data} :{told}".encode()), Server.parse(by or given[0]))
    first = known.next()
    servers = [first]
    while (server := known.next()) != first:
        servers.append(server)
    assert servers == known.all
    return sorted(map(str, servers[len(given) :]))


def test_a_server_without_tls_elsewhere_names_others_elsewhere() -> None:
    told = "b.example:6667 ircs://b.example:6697 127.0.0.1:22 localhost:25 ircs://[::1]:6697 [::]:1"
    expected = ["b.example:6667", "ircs://b.example:6697"]
    assert gateways("a.example:6667", told=told) == expected


def test_a_server_with_tls_names_others_with_tls() -> None:
    """ "from a TLS server only TLS addresses are taken" """
    told = "b.example:6667 ircs://b.example:6697 ircs://127.0.0.1:6697"
    assert gateways("ircs://a.example", told=told) == ["ircs://b.example:6697"]


def test_a_server_on_this_machine_without_tls_names_those_on_it() -> None:
    """It may be the end of a tunnel, behind which nothing is encrypted."""
    told = "b.example:6667 ircs://b.example:6697 127.0.0.1:6668 [::1]:6669"
    expected = ["127.0.0.1:6668", "[::1]:6669", "ircs://b.example:6697"]
    assert gateways("127.0.0.1:6667", told=told) == expected


def test_who_has_given_an_address_with_tls_is_sent_to_no_other_without() -> None:
    """ "never send a secret over plain text to another host if the first was TLS" """
    told = "c.example:6667 ircs://c.example:6697"
    given = ("ircs://a.example", "b.example:6667")
    assert gateways(*given, by="b.example:6667", told=told) == ["ircs://c.example:6697"]


@pytest.mark.parametrize("told", ["", ": x:0 http://x 127.1:6667 \x01:1", "a.example:6667"])
def test_what_is_no_other_address_is_left_out(told: str) -> None:
    assert gateways("a.example:6667", told=told) == []


def test_a_list_is_bounded_and_has_several_lines() -> None:
    known = Gateways([Server("a.example")])
    for start in range(0, 1000, 10):
        words = " ".join(f"b{number}.example:1" for number in range(start, start + 10))
        known.take(parse(f"GATEWAYS d1 * :{words}".encode()), Server("a.example"))
    known.take(parse(b"GATEWAYS d1 :c.example:1"), Server("a.example"))
    assert len(known.all) == 33
    known.take(parse(b"GATEWAYS d1 * :never.example:1"), Server("a.example"))
    known.connection_lost()
    known.take(parse(b"GATEWAYS d1 :d.example:1"), Server("a.example"))
    assert known.all == [Server("a.example"), Server("d.example", 1)]
    known.take(parse(f"GATEWAYS {'x' * 65} :e.example:1".encode()), Server("a.example"))
    assert known.all == [Server("a.example"), Server("d.example", 1)]


def test_what_was_told_is_remembered_once() -> None:
    heard: list[tuple[list[Server], str]] = []
    known = Gateways([Server("a")], remember=lambda told, data: heard.append((told, data)))
    for line in (b"GATEWAYS d1 :b:1", b"GATEWAYS d1 :b:1", b"GATEWAYS d2 :b:1", b"GATEWAYS d2 :"):
        known.take(parse(line), Server("a"))
    assert heard == [([Server("b", 1)], "d1"), ([Server("b", 1)], "d2"), ([], "d2")]


# -- in a session --------------------------------------------------------------------------------


@pytest.fixture
async def other() -> AsyncIterator[FakeServer]:
    async with FakeServer() as one:
        yield one


async def _loses(server: FakeServer, peer: Peer) -> None:
    await server.stops_listening()
    await peer.closes()


async def test_the_death_of_the_only_gateway_that_was_given(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "`chat login anna`, with one address known, survives the death of that gateway" """
    anna = client(secret="s3cret", rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=MINE)
    await peer.sends(f":server GATEWAYS d1 :{server.address} {other.address}")
    await peer.sends("PING :taken")
    await peer.expects("PONG taken")
    await _loses(server, peer)
    await (await other.accept()).welcomes("anna", secret="kept", caps=MINE)
    await anna.next(ev.Connected)
    assert await anna.next(ev.Connected) == ev.Connected(other.address, "anna", again=True)


async def test_another_server_at_a_told_address_hears_no_secret(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "A secret is used for a told address only when the server there has the same id." """
    anna = client(secret="s3cret", server_password="open", rooms=())
    anna.run()
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl chatd/gateways=d1")
    await peer.expects("PASS open", "CAP REQ :sasl chatd/gateways")
    await peer.sends(":server CAP * ACK :sasl chatd/gateways")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    await peer.expects("AUTHENTICATE <plain>")
    await peer.sends(":server 903 anna :ok")
    await peer.expects("CAP END")
    await peer.sends(":server 001 anna :Welcome", f":server GATEWAYS d1 :{other.address}")
    await peer.passes_the_fence()
    await _loses(server, peer)
    for answer in ("CAP * LS :sasl chatd/gateways=d2", "CAP * LS :sasl", "001 anna :Welcome"):
        peer = await other.accept()
        await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
        if answer.startswith("001"):
            await other.stops_listening()  # it is not tried again while the test ends
        await peer.sends(f":other {answer}")
        await peer.expects("QUIT")
        await peer.is_left()
    assert "another server now" in (await anna.next(ev.Unreachable)).reason


async def test_another_server_at_a_given_address_ends_the_session_and_hears_no_secret(
    server: FakeServer, client: Make
) -> None:
    anna = client(secret="s3cret", rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept", caps=MINE)
    await peer.sends(f":server GATEWAYS d1 :{server.address}")
    await peer.closes()
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl chatd/gateways=d2")
    await peer.expects("QUIT")
    assert anna.task is not None
    with pytest.raises(OtherServer, match="another server now"):
        await anna.task


async def test_who_is_not_logged_in_is_not_sent_anywhere(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "only a server that has accepted the secret may tell one" """
    anna = client(rooms=())
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", caps="batch chatd/gateways=d1")
    await peer.sends(f":server GATEWAYS d1 :{other.address}", "PING :taken")
    await peer.expects("PONG taken")
    assert anna.session.gateways.all == [Server.parse(server.address)]


async def test_at_the_start_a_told_address_is_tried_when_the_given_one_does_not_answer(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "and at the next start when the first address does not answer" """
    given, told = Server.parse(server.address), Server.parse(other.address)
    anna = client(
        gateways=Gateways([given], sure=[given], told=[told], data="d1"), secret="s", rooms=()
    )
    await server.stops_listening()
    anna.run()
    await (await other.accept()).welcomes("anna", secret="kept", caps=MINE)
    assert (await anna.next(ev.Connected)).server == other.address
    await other.stops_listening()
    with pytest.raises(NotConnected):
        await client(gateways=Gateways([given], told=[told], data="d1")).session.start()


# -- MOVE ----------------------------------------------------------------------------------------


async def test_a_gateway_that_ends_is_left_when_another_one_has_let_us_in(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """ "the client logs in at another of the addresses, and leaves this gateway by QUIT when it is
    there"
    """
    anna = client(secret="s3cret")
    anna.run()
    old = await server.accept()
    await old.welcomes("anna", "#global", secret="kept", caps=MINE)
    await old.sends(f":server GATEWAYS d1 :{other.address}")
    await anna.session.ready.wait()
    anna.session.say("#global", "under way")
    await old.expects("@label=<l>;chatd/id=<id> PRIVMSG #global :under way")
    await old.sends(":server MOVE :This gateway is being restarted")
    # What was sent before is answered here, though more is typed.
    await old.expects("PING <before>")
    anna.session.say("#global", "meanwhile")
    await old.sends("@label=<l>;msgid=m1 :anna!u@h PRIVMSG #global :under way")
    await old.expects("@label=<k>;chatd/id=<j> PRIVMSG #global :meanwhile")
    await old.sends(":server PONG server <before>")
    new = await other.accept()
    await new.lets_in("anna", secret="kept", caps=MINE)
    await old.expects("QUIT")
    await old.sends("ERROR :Client Quit")
    await old.closes()
    await new.sends(":anna!u@h JOIN #global")
    await new.expects("JOIN #global")
    await new.passes_the_fence()
    for target in ("* timestamp=2025-11-22T12:00:00.000Z", "#global msgid=m1"):
        await new.expects(f"CHATHISTORY AFTER {target} 200")
        await new.sends(":server FAIL CHATHISTORY MESSAGE_ERROR AFTER :not now")
    # It was not answered there: it goes out again, as the same message.
    await new.expects("@label=<k>;chatd/id=<j> PRIVMSG #global :meanwhile")
    told = anna.told()
    assert not [event for event in told if isinstance(event, ev.Disconnected | ev.Waiting)]
    assert ev.Connected(other.address, "anna", again=True, moved=True) in told


async def test_who_is_let_in_nowhere_else_stays(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    anna = client(secret="s3cret", rooms=())
    anna.run()
    old = await server.accept()
    await old.welcomes("anna", secret="kept", caps=MINE)
    await old.sends(f":server GATEWAYS d1 :{other.address}")
    await anna.session.ready.wait()
    for one in (server, other):
        await one.stops_listening()
    await old.sends(":server MOVE :This gateway is being restarted")
    await old.passes_the_fence()
    await anna.session.ready.wait()
    anna.session.say("bob", "still here")
    await old.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :still here")
    assert not [event for event in anna.told() if isinstance(event, ev.Disconnected)]
    await other.opens()
    await old.closes()
    await (await other.accept()).welcomes("anna", secret="kept", caps=MINE)


async def test_a_guest_goes_before_it_comes(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    """Its name is its own as long as it is there."""
    anna = client(servers=(server, other), rooms=())
    anna.run()
    old = await server.accept()
    await old.welcomes("anna", caps=MINE.replace("sasl=PLAIN ", ""))
    await old.sends(":server MOVE :This gateway is being restarted")
    await old.is_left()
    await (await other.accept()).welcomes("anna", caps="")


async def test_what_is_asked_for_on_the_way_is_asked_there(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    anna = client(secret="s3cret", rooms=())
    anna.run()
    old = await server.accept()
    await old.welcomes("anna", secret="kept", caps=MINE)
    await old.sends(f":server GATEWAYS d1 :{other.address}")
    await anna.session.ready.wait()
    answers: list[object] = []
    anna.session.request(answers.append, "WHOIS", "carl")
    await old.expects("@label=<c> WHOIS carl")
    await old.sends(":server MOVE :This gateway is being restarted")
    await old.passes_the_fence()
    new = await other.accept()
    # It did not answer this one: nobody waits for that any more.
    await wait_until(lambda: len(answers) == 1, "the first question is over")
    assert isinstance(answers[0], NotConnected)
    anna.session.command("TOPIC", "#b", "new")
    anna.session.request(answers.append, "WHOIS", "bob")
    await new.lets_in("anna", secret="kept", caps=MINE)
    await new.passes_the_fence()
    await new.expects("CHATHISTORY AFTER * timestamp=2025-11-22T12:00:00.000Z 200")
    await new.sends(":server FAIL CHATHISTORY MESSAGE_ERROR AFTER :not now")
    await new.expects("TOPIC #b new", "@label=<b> WHOIS bob")
    await new.sends("@label=<b> :server 401 anna bob :No such nick")
    await wait_until(lambda: len(answers) == 2, "the other is answered")
    assert answers[1] == [parse(b"@label=%s :server 401 anna bob :No such nick" % label(new))]


def label(peer: Peer) -> bytes:
    return peer.words["b"].encode()


async def test_who_was_sent_away_by_a_gateway_that_ended_stays_at_the_next(
    server: FakeServer, other: FakeServer, client: Make
) -> None:
    anna = client(servers=(server, other), secret="s3cret", rooms=())
    anna.run()
    old = await server.accept()
    await old.welcomes("anna", secret="kept", caps=MINE)
    await anna.session.ready.wait()
    await old.sends_bytes(b":server MOVE :I am being restarted\r\nERROR :I am over\r\n")
    new = await other.accept()
    await new.welcomes("anna", secret="kept", caps=MINE)
    await new.expects("CHATHISTORY AFTER * timestamp=2025-11-22T12:00:00.000Z 200")
    await new.sends(":server FAIL CHATHISTORY MESSAGE_ERROR AFTER :not now")
    await anna.session.ready.wait()
    anna.session.say("bob", "here")
    await new.expects("@label=<l>;chatd/id=<id> PRIVMSG bob :here")
