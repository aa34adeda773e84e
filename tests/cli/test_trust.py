"""Whose certificate is believed, and who is talked to by TLS only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cli.client import events as ev
from cli.client import sts
from cli.client.connection import Server
from cli.client.errors import ChatError, NotConnected
from cli.client.gateways import Gateways
from cli.client.sts import Policy
from cli.client.tls import read_pin
from cli.client.trust import Trust
from cli.config import State
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs
from tests.support.certificates import fingerprint, make_certificate

Make = Callable[..., Client]
Pair = tuple[Path, Path]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A certificate that vouches for itself."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_certificate(tmp_path_factory.mktemp("tls2"))


@pytest.fixture
async def secure(certificate: Pair) -> AsyncIterator[FakeServer]:
    async with FakeServer(certificate) as one:
        yield one


@pytest.fixture
async def plain() -> AsyncIterator[FakeServer]:
    async with FakeServer() as one:
        yield one


class Kept:
    """What is kept, in memory."""

    def __init__(self) -> None:
        self.pins: dict[Server, str] = {}
        self.policies: dict[str, Policy | None] = {}

    def pin(self, server: Server) -> str:
        return self.pins.get(server, "")

    def keep_pin(self, server: Server, fingerprint: str) -> None:
        self.pins[server] = fingerprint

    def policy(self, host: str) -> Policy | None:
        return self.policies.get(host)

    def keep_policy(self, host: str, policy: Policy | None) -> None:
        self.policies[host] = policy


def pin_of(pair: Pair) -> str:
    return f"SHA256:{fingerprint(pair[0])}"


async def failure(client: Make, *servers: FakeServer, trust: Trust) -> str:
    """Why nobody can log in there."""
    addresses = [Server.parse(one.address) for one in servers]
    anna = client(rooms=(), gateways=Gateways(addresses, trust=trust))
    with pytest.raises(NotConnected) as caught:
        await anna.session.start()
    return str(caught.value)


async def welcomed(client: Make, server: FakeServer, trust: Trust) -> Client:
    """Log in there."""
    gateways = Gateways([Server.parse(server.address)], trust=trust)
    anna = client(rooms=(), gateways=gateways)
    anna.run()
    await (await server.accept_speaker()).welcomes("anna")
    await anna.next(ev.Connected)
    return anna


# -- certificates --------------------------------------------------------------------------------


async def test_a_stranger_is_refused_in_words_that_say_what_to_do(
    secure: FakeServer, client: Make, certificate: Pair
) -> None:
    trust = Trust()
    why = await failure(client, secure, trust=trust)
    assert "nobody whom this machine trusts vouches for its certificate" in why
    assert "--ca-file" in why
    assert f"--pin {pin_of(certificate)}" in why
    assert trust.question == (Server.parse(secure.address), pin_of(certificate))


async def test_authorities_of_a_file_are_believed_for_the_host_that_they_name(
    secure: FakeServer, client: Make, certificate: Pair, another: Pair
) -> None:
    await welcomed(client, secure, Trust(ca_file=certificate[0]))
    assert "vouches" in await failure(client, secure, trust=Trust(ca_file=another[0]))
    there = Gateways(
        [Server("localhost", secure.port, tls=True)], trust=Trust(ca_file=certificate[0])
    )
    with pytest.raises(NotConnected, match="for another host: use the name that it is for"):
        await client(gateways=there).session.start()
    with pytest.raises(ChatError, match="cannot read the authorities"):
        await failure(client, secure, trust=Trust(ca_file=Path(__file__)))


async def test_a_pin_is_kept_and_a_changed_one_is_refused(
    secure: FakeServer, client: Make, certificate: Pair, another: Pair
) -> None:
    """ "pinning of self-signed certificates ... a changed pin is refused in words" """
    kept = Kept()
    await welcomed(client, secure, Trust(kept, pins=(pin_of(certificate),)))
    assert kept.pins == {Server.parse(secure.address): pin_of(certificate)}
    await welcomed(client, secure, Trust(kept))  # without being told again

    kept.pins[Server.parse(secure.address)] = pin_of(another)
    trust = Trust(kept, ca_file=certificate[0])  # also when somebody vouches for it
    why = await failure(client, secure, trust=trust)
    assert "it has another certificate than the one that is pinned" in why
    assert f"give --pin {pin_of(certificate)} once" in why
    assert trust.question is None
    await welcomed(client, secure, Trust(kept, pins=(pin_of(certificate),)))
    assert kept.pins == {Server.parse(secure.address): pin_of(certificate)}


async def test_what_is_pinned_at_one_address_is_believed_at_the_others_of_this_server(
    secure: FakeServer, client: Make, certificate: Pair
) -> None:
    kept = Kept()
    first = Server("192.0.2.1", 6697, tls=True)
    kept.pins[first] = pin_of(certificate)
    gateways = Gateways([first], told=[Server.parse(secure.address)], trust=Trust(kept))
    gateways._told = [Server.parse(secure.address)]
    gateways.next()
    anna = client(rooms=(), gateways=gateways)
    anna.run()
    await (await secure.accept_speaker()).welcomes("anna")
    await anna.next(ev.Connected)


@pytest.mark.parametrize("text", ["", "SHA256:", "SHA1:00", "SHA256:" + "0" * 63, "x" * 64])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ChatError, match="this is no fingerprint"):
        read_pin(text)


def test_a_fingerprint_is_read_as_any_tool_writes_it() -> None:
    wanted = "SHA256:" + ":".join(["AB"] * 32)
    for text in ("AB" * 32, "ab" * 32, wanted, wanted.lower(), "SHA256:" + "q6ur" * 10 + "q6s="):
        assert read_pin(text) == wanted


async def test_a_question_on_a_terminal_and_a_flag_in_a_script(
    secure: FakeServer, chat: Programs, certificate: Pair
) -> None:
    """ "first use asks on a terminal with the fingerprint shown; scripts: --pin" """
    async with await chat.terminal("who", "-s", f"tls://127.0.0.1:{secure.port}") as terminal:
        await terminal.shows("Its fingerprint is SHA256:")
        await terminal.shows(r"\[y/N\]")
        terminal.type("y\n")
        peer = await secure.accept_speaker()
        await peer.expects("ROSTER")
        await peer.sends("ROSTER END 0")
        await terminal.shows("0 online")
    who = asyncio.create_task(chat.run("who", "-s", secure.address))
    await (await secure.accept_speaker()).sends("ROSTER END 0")
    assert (await who).code == 0
    ended = await chat.run("who", "-s", secure.address, "--pin", "SHA256:" + "00" * 32)
    assert (ended.code, "another certificate" in ended.err) == (4, True)
    assert (await chat.run("who", "--pin", "none")).code == 2


async def test_who_forgets_the_scheme_is_told(plain: FakeServer, chat: Programs) -> None:
    who = asyncio.create_task(chat.run("who", "-s", plain.address))
    peer = await plain.accept()
    await peer.sends_bytes(b"\x15\x03\x03\x00\x02\x02\x46")  # alert: protocol_version
    ended = await who
    assert (ended.code, f"write tls://{plain.address}" in ended.err) == (4, True)


# -- STS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("duration=300,port=6697", (6697, 300)),
        ("port=6697", (6697, None)),
        ("preload,duration=0,later=x", (None, 0)),
        ("duration=,port=0", (None, None)),
        ("port=65536,duration=-1", (None, None)),
        ("port=1,port=2", (1, None)),
        ("", (None, None)),
    ],
)
def test_a_policy_is_read(value: str, expected: tuple[int | None, int | None]) -> None:
    """ "Clients MUST ignore every token with a key that they don't understand." """
    assert sts.read(value) == expected


async def test_an_upgrade_is_followed_and_remembered_and_never_taken_back(
    plain: FakeServer, secure: FakeServer, client: Make, certificate: Pair
) -> None:
    """ "it MUST close the insecure connection and reconnect securely on the stated port" """
    now, kept = [1000.0], Kept()
    trust = Trust(kept, ca_file=certificate[0], clock=lambda: now[0])
    gateways = Gateways([Server.parse(plain.address)], trust=trust)
    anna = client(server_password="open", secret="s3cret", rooms=(), gateways=gateways)
    anna.run()
    peer = await plain.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(f":server CAP * LS :sasl sts=duration=60,port={secure.port}")
    await peer.expects("QUIT")  # it has heard no password
    await peer.is_left()

    # "Clients MUST reset the STS policy expiry time ... every time a valid persistence policy ...
    # is received on a secure connection", and "MUST NOT request this capability"
    peer = await secure.accept_speaker()
    await peer.expects("CAP LS 302", "PASS open", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl sts=duration=60,port=1")
    await peer.expects("CAP REQ sasl")
    await peer.sends(":server CAP * ACK :sasl")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    await peer.expects("AUTHENTICATE <plain>")
    await peer.sends(":server 903 anna :ok", ":server 001 anna :Welcome")
    connected = await anna.next(ev.Connected)
    assert connected.server == f"ircs://127.0.0.1:{secure.port}"
    assert kept.policies == {"127.0.0.1": Policy(secure.port, 60, 1060.0)}

    # "clients MUST reschedule the expiry time when closing connections"
    now[0] = 1050.0
    await secure.stops_listening()
    await peer.closes()
    await anna.next(ev.Disconnected)
    assert kept.policies == {"127.0.0.1": Policy(secure.port, 60, 1110.0)}
    # "clients MUST refuse to connect if a secure connection cannot be established ... for any
    # reason during the lifetime of the policy"
    assert (
        f"cannot reach ircs://127.0.0.1:{secure.port}" in (await anna.next(ev.Unreachable)).reason
    )
    now[0] = 1111.0
    await plain.accept()


async def test_a_policy_that_is_new_or_over_on_a_connection(
    plain: FakeServer, secure: FakeServer, client: Make, certificate: Pair
) -> None:
    """ "A duration=0 value indicates a disabled STS persistence policy" """
    kept = Kept()
    trust = Trust(kept, ca_file=certificate[0], clock=lambda: 0.0)
    anna = client(rooms=(), gateways=Gateways([Server.parse(secure.address)], trust=trust))
    anna.run()
    peer = await secure.accept_speaker()
    await peer.welcomes("anna", caps="")
    await peer.sends(":server CAP anna NEW :sts=duration=9", "PING :one")
    await peer.expects("PONG one")
    assert kept.policies == {"127.0.0.1": Policy(secure.port, 9, 9.0)}
    # "clients MUST ignore any attempts" to disable it by CAP DEL
    await peer.sends(":server CAP anna DEL :sts", ":server CAP anna NEW :sts=port=1", "PING :two")
    await peer.expects("PONG two")
    assert kept.policies == {"127.0.0.1": Policy(secure.port, 9, 9.0)}
    await peer.sends(":server CAP anna NEW :sts=duration=0", "PING :three")
    await peer.expects("PONG three")
    assert kept.policies == {"127.0.0.1": None}


async def test_an_attacker_who_removes_the_upgrade_gets_nothing_while_a_policy_lasts(
    plain: FakeServer, chat: Programs, secure: FakeServer, certificate: Pair
) -> None:
    """ "refuse to connect": all commands, also those that log nobody in; over runs"""
    chat.environ["SSL_CERT_FILE"] = str(certificate[0])
    state = State(chat.state, [Server.parse(plain.address)])
    state.trust.wants_tls(Server.parse(secure.address), 3600)
    who = asyncio.create_task(chat.run("who", "-s", plain.address))
    await (await secure.accept_speaker()).sends("ROSTER END 0")
    assert (await who).code == 0
    await secure.stops_listening()
    ended = await chat.run("send", "--as", "anna", "--to", "bob", "hi", "-s", plain.address)
    assert (ended.code, f"ircs://127.0.0.1:{secure.port}" in ended.err) == (4, True)


async def test_who_says_no_password_before_it_knows_of_tls(
    plain: FakeServer, secure: FakeServer, chat: Programs, certificate: Pair
) -> None:
    chat.environ |= {"SSL_CERT_FILE": str(certificate[0]), "CHAT_SERVER_PASSWORD": "open"}
    who = asyncio.create_task(chat.run("who", "-s", plain.address))
    peer = await plain.accept()
    await peer.expects("CAP LS 302")
    await peer.sends(f":s CAP * LS :sts=port={secure.port}")
    await peer.expects("QUIT")
    peer = await secure.accept_speaker()
    await peer.expects("PASS open", "ROSTER")
    await peer.sends("ROSTER END 0")
    assert (await who).code == 0


def test_what_is_kept_of_a_host_and_cannot_be_read_is_nothing(tmp_path: Path) -> None:
    state = State(tmp_path, [Server("a.example")])
    for text in ("", "x", "[]", '{"port": 0, "duration": 1, "until": 1e99}', '{"port": 1}'):
        state.trust._keeper._files.write(text, "sts", "a.example")  # type: ignore[union-attr]
        assert state.trust.secured(Server("a.example")) == Server("a.example")
