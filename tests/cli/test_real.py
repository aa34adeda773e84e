"""``chat`` against real gateways on a real Redis."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.connection import Server
from cli.client.entries import State
from cli.client.handshake import Login
from cli.client.session import Session
from cli.client.timing import Timing
from tests.cli.conftest import Client
from tests.cli.programs import Programs
from tests.conftest import Gateways
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, free_port
from tests.support.wait import PATIENCE_S

pytestmark = pytest.mark.slow

QUICK = Timing(retry_first=0.02, retry_most=0.1)


def _server(gateway: Gateway) -> Server:
    return Server(gateway.host, gateway.port)


def at(*gateways: Gateway) -> str:
    return ",".join(f"{gateway.host}:{gateway.port}" for gateway in gateways)


class CuttingProxy:
    """Passes bytes on to a gateway, and cuts each connection somewhere in the middle of them."""

    def __init__(self, gateway: Gateway, chance: random.Random, cuts: int) -> None:
        self._gateway = gateway
        self._chance = chance
        self._pumps: set[asyncio.Task[None]] = set()
        self.cuts = cuts

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.address = Server("127.0.0.1", self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ours, its = await asyncio.open_connection(self._gateway.host, self._gateway.port)
        left = self._chance.randrange(2500, 9000) if self.cuts else 2**30
        self.cuts = max(self.cuts - 1, 0)
        budget = [left]
        for source, target in ((reader, its), (ours, writer)):
            pump = asyncio.create_task(self._pump(source, target, (writer, its), budget))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        budget: list[int],
    ) -> None:
        try:
            while budget[0] > 0 and (data := await source.read(1024)):
                data = data[: budget[0]]
                budget[0] -= len(data)
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            for writer in both:
                writer.close()


async def test_over_connections_that_are_cut_every_message_arrives_once_in_order(
    two_gateways: tuple[Gateway, Gateway],
) -> None:
    """'reconnects ..., shows what was missed, and sends what was typed meanwhile exactly once'"""
    chance = random.Random(20251122)
    first, second = two_gateways
    async with CuttingProxy(first, chance, 12) as one, CuttingProxy(second, chance, 12) as two:
        clients = []
        for name in ("anna", "bob"):
            events: asyncio.Queue[ev.Event] = asyncio.Queue()
            login = Login(name, claim=f"secret-of-{name}")
            servers = [one.address, two.address]
            session = Session(login, servers, events.put_nowait, rooms=["#global"], timing=QUICK)
            clients.append(Client(session, events))
            await session.start()
            clients[-1].run()
        anna, bob = clients
        # What waits for somebody who is offline is told in another way: bob is always there.
        steady = Session(Login("bob", "secret-of-bob"), [_server(first)], lambda event: None)
        await steady.start()
        serving = asyncio.create_task(steady.run())
        expected = [f"message {number}" for number in range(150)]
        for text in expected:
            anna.session.say("#global", text)
            anna.session.say("bob", text)
        heard: list[str] = []
        private: list[str] = []
        while len(heard) < len(expected) or len(private) < len(expected):
            async with asyncio.timeout(PATIENCE_S):
                said = await bob.next(ev.Said)
            (heard if said.target == "#global" else private).append(said.text)
        assert heard == expected
        assert private == expected
        await anna.session.delivery.drain()
        buffers = Buffers(anna.session.chat)
        for event in anna.told():
            buffers.take(event)
        for name in ("#global", "bob"):
            mine = [(one.text, one.state) for one in buffers.open(name).messages()]
            assert mine == [(text, State.SENT) for text in expected]
        assert one.cuts + two.cuts < 20
        serving.cancel()
        await asyncio.wait({serving})
        await steady.close()
        for client in clients:
            assert client.task is not None
            client.task.cancel()
            await asyncio.wait({client.task})
            await client.session.close()


async def test_a_killed_gateway_costs_a_chat_user_nothing(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    """'`chat` users reconnect to the other gateway and lose nothing'"""
    first, second = two_gateways
    async with (
        await chat.start("login", "anna", "-s", at(first, second)) as anna,
        await IrcClient.connect(second.host, second.port) as bob,
    ):
        await anna.line("1 in #global: anna")
        await bob.register("bob")
        await bob.send("JOIN #global")
        await anna.line("bob came")
        first.kill9()
        await bob.send("PRIVMSG #global :said meanwhile", "PRIVMSG anna :and to you alone")
        anna.write("typed meanwhile\n")
        await anna.line("anna: typed meanwhile")
        missed = [line[6:] for line in anna.seen[-3:-1]]
        assert sorted(missed) == ["(private) bob: and to you alone", "bob: said meanwhile"]
        await bob.expect(r":anna!\S+ PRIVMSG #global :typed meanwhile")


async def test_the_commands_of_a_script(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await chat.start("login", "anna") as anna:
        await anna.line("anna is yours now")
        await anna.line("you are in #global")
        sent = await chat.run("send", "--to", "anna", "--as", "bob", "--id", "K", "--json", "hi")
        again = await chat.run(
            "send", "--to", "anna", "--as", "bob", "--id", "K", "--json", "hi", "-s", at(second)
        )
        assert (sent.code, again.code, again.err) == (0, 0, "")
        assert json.loads(sent.out)["msgid"] == json.loads(again.out)["msgid"]
        await anna.line("bob: hi")

        # The default identity is the last login, which is online elsewhere.
        assert (await chat.run("send", "--to", "#global", "from a script")).code == 0
        await anna.line("anna: from a script")
        assert sum("bob: hi" in line for line in anna.seen) == 1

        who = await chat.run("who", "-s", at(second))
        assert (who.code, who.out) == (0, "anna\n")
        assert (await chat.run("send", "--to", "nobody", "hi")).code == 3


async def test_a_password_opens_the_name_on_another_machine(
    two_gateways: tuple[Gateway, Gateway], chat: Programs, tmp_path: Path
) -> None:
    first, second = two_gateways
    assert (await chat.run("send", "--as", "anna", "--to", "anna", "x", "-s", at(first))).code == 0
    chat.environ["CHAT_NEW_PASSWORD"] = "correct horse"
    assert (await chat.run("passwd", "anna", "-s", at(first))).code == 0

    elsewhere = Programs(tmp_path / "elsewhere")
    command = ("send", "--as", "anna", "--to", "anna", "hi", "-s", at(second))
    assert (await elsewhere.run(*command)).code == 7
    elsewhere.environ["CHAT_PASSWORD"] = "wrong"
    assert (await elsewhere.run(*command)).code == 7
    elsewhere.environ["CHAT_PASSWORD"] = "correct horse"
    assert (await elsewhere.run(*command)).code == 0
    del elsewhere.environ["CHAT_PASSWORD"]
    assert (await elsewhere.run(*command)).code == 0


async def test_a_new_password_leaves_running_sessions_alive(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    """'`chat passwd` leaves running sessions alive (they read the kept secret again)'"""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with (
        await chat.start("login", "anna") as one,
        await IrcClient.connect(second.host, second.port) as bob,
    ):
        await one.line("1 in #global: anna")
        async with await chat.start("login", "anna") as two:
            await two.line("in #global: anna")
            await bob.register("bob")
            await bob.send("JOIN #global")
            for session in (one, two):
                await session.line("bob came")
            chat.environ["CHAT_NEW_PASSWORD"] = "correct horse"
            assert (await chat.run("passwd")).code == 0
            first.kill9()
            await bob.send("PRIVMSG #global :still there?")
            for session in (one, two):
                await session.line("bob: still there")
            two.write("yes\n")
            await one.line("anna: yes")


async def known_gateways(gateways: Gateways, count: int, *more: str) -> list[Gateway]:
    """Start gateways that tell clients where the others are, as soon as they know."""
    ports = [free_port() for _ in range(count)]
    crowd = []
    for port in ports:
        flags = ("--listen", f"127.0.0.1:{port}", "--advertise", f"127.0.0.1:{port}")
        crowd += await gateways(1, "--lease", "1.5", *flags, *more)
    return crowd


async def all_are_known(gateway: Gateway, *living: Gateway) -> None:
    """Wait until a gateway tells of these."""
    addresses = {at(one) for one in living}
    async with await IrcClient.connect(gateway.host, gateway.port) as client:
        await client.send("CAP REQ chatd/gateways", "NICK probe", "USER probe 0 * probe", "CAP END")
        await client.expect(
            lambda line: line.command == "GATEWAYS" and set(line.text.split()) == addresses
        )


async def test_with_one_address_known_chat_survives_the_death_of_that_gateway(
    gateways: Gateways, chat: Programs
) -> None:
    """ "so that `chat login anna`, with one address known, survives the death of that gateway" """
    first, second, third = await known_gateways(gateways, 3)
    await all_are_known(first, first, second, third)
    async with await chat.start("login", "anna", "-s", at(first)) as anna:
        await anna.line("1 in #global: anna")
        first.kill9()
        anna.write("typed meanwhile\n")
        await anna.line("anna: typed meanwhile")
        assert "connected again" not in "".join(anna.seen)  # that is on stderr

        # "and at the next start when the first address does not answer"
        ended = await chat.run("send", "-s", at(first), "--to", "#global", "by itself")
        assert (ended.code, ended.err) == (0, "")
        await anna.line("anna: by itself")
        assert "anna" in (await chat.run("who", "-s", at(first))).out.split()

        # The secret is the server's: no other is made at an address that the server has told.
        for gateway in (second, third):
            ended = await chat.run("send", "-s", at(gateway), "--to", "#global", "known here")
            assert (ended.code, ended.err) == (0, "")
            await anna.line("anna: known here")


async def test_a_gateway_after_the_other_dies(gateways: Gateways, chat: Programs) -> None:
    """What is told is up to date: who comes up later is found when all that were there are gone."""
    first, second = await known_gateways(gateways, 2)
    await all_are_known(first, first, second)
    async with await chat.start("login", "anna", "-s", at(first)) as anna:
        await anna.line("1 in #global: anna")
        first.kill9()
        anna.write("one\n")
        await anna.line("anna: one")
        (third,) = await known_gateways(gateways, 1)
        await all_are_known(second, second, third)
        anna.write("two\n")
        await anna.line("anna: two")
        second.kill9()
        anna.write("three\n")
        await anna.line("anna: three")
        assert third.running


async def test_a_rolling_restart_is_unnoticed(gateways: Gateways, chat: Programs) -> None:
    """ "`chat` moves without a visible break: a rolling restart of all gateways is unnoticed" """
    crowd = await known_gateways(gateways, 3, "--drain-time", "4")
    (steady,) = await gateways(1)
    await all_are_known(crowd[0], *crowd)
    said: list[str] = []

    async def talk(bob: IrcClient) -> None:
        while True:
            said.append(f"message {len(said)}")
            await bob.send(f"PRIVMSG #global :{said[-1]}")
            await asyncio.sleep(0.02)  # messages come all the time

    async with (
        await IrcClient.connect(steady.host, steady.port) as bob,
        await chat.start("login", "anna", "-s", at(crowd[0])) as anna,
    ):
        await anna.line("1 in #global: anna")
        await bob.register("bob")
        await bob.send("JOIN #global")
        await bob.expect(" 366 ")
        talking = asyncio.create_task(talk(bob))
        for turn, gateway in enumerate(crowd):
            await gateway.terminate()
            anna.write(f"from anna {turn}\n")
            await anna.line(f"anna: from anna {turn}")
            await gateway.start()
            await all_are_known(crowd[turn - 1], *crowd)
        talking.cancel()
        await bob.send("PRIVMSG #global :the end")
        await anna.line("bob: the end")
        heard = [line[11:] for line in anna.seen if " bob: message " in line]
        assert heard == said
        assert len(said) > 20
        await bob.fence()
        noticed = [
            line.raw for line in bob.log if line.nick == "anna" and line.command != "PRIVMSG"
        ]
        assert noticed == []
        ended = await anna.ended()
        assert ended.err.count(" moved to ") >= 1
        assert " lost " not in ended.err
