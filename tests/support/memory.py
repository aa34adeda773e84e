"""Gateways without sockets and without a server: sessions, hub and scripts on fakeredis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import fakeredis
import pytest
import redis.exceptions

from chatd.commands import registry
from chatd.commands.environment import Server
from chatd.config import Config
from chatd.session.connection import Connection
from chatd.session.fanout import SessionFanout
from chatd.session.outbox import Outboxes
from chatd.session.pipe import Delayed, Progress
from chatd.session.render import render
from chatd.state import appliers
from chatd.state.accounts import Accounts
from chatd.state.admissions import Admissions
from chatd.state.availability import Availability, Cause
from chatd.state.chores import Chores
from chatd.state.crowds import Crowds
from chatd.state.erasures import Erasures
from chatd.state.gateways import Gateways
from chatd.state.history import History
from chatd.state.hub import Hub
from chatd.state.inbox import Inbox
from chatd.state.messages import Messages
from chatd.state.moderation import Moderation
from chatd.state.network import Network
from chatd.state.operators import Operators
from chatd.state.ownership import Ownership
from chatd.state.people import People
from chatd.state.presence import Presence
from chatd.state.profiles import Profiles
from chatd.state.reading import Reading
from chatd.state.rooms import Rooms
from chatd.state.search import Search
from chatd.state.sessions import Sessions
from chatd.state.staff import Staff
from chatd.state.users import Users
from chatd.store.errors import StoreRejected, StoreUnavailable
from chatd.store.packing import Packed
from chatd.store.pending import Pending, failed
from chatd.store.relay import Relay
from chatd.store.store import Store
from chatd.wire import isupport


class FakeRelay(Relay):
    """A relay whose Redis is fakeredis in this process: every call is carried out at once."""

    def __init__(self, world: World) -> None:
        super().__init__("redis://in-memory", "test")
        self._world = world
        self._client = fakeredis.FakeStrictRedis(server=world.redis)
        for command in ("XRANGE", "XREVRANGE"):  # what Redis says, as it comes
            self._client.response_callbacks.pop(command)
        self._pubsub = self._client.pubsub()  # type: ignore[no-untyped-call]
        self.cut = False
        with suppress(redis.exceptions.ResponseError):  # another gateway has loaded it
            self._client.function_load(self.library.text)
        world.relays.append(self)

    @property
    def up(self) -> bool:
        return not self.cut

    def call(self, *args: Any, convert: Callable[[Any], Any] | None = None) -> Pending[Any]:
        """Carry out a command and resolve it before its events, as a read may be."""
        if self.cut:
            return failed(StoreUnavailable("cut"))
        pending = Pending(convert)
        self._carry_out(pending, args)
        self._world.pump()
        return pending

    def act(self, *args: Any, convert: Callable[[Any], Any] | None = None) -> Pending[Any]:
        """Carry out a command; its events are delivered first."""
        if self.cut:
            return failed(StoreUnavailable("cut"))
        raw: Pending[Any] = Pending()
        self._carry_out(raw, args)
        self._world.pump()
        pending = Pending(convert)
        if raw.error is not None:
            pending.fail(raw.error)
        else:
            pending.resolve(raw.result())
        return pending

    probe = act

    def act_batched(self, head: Packed, args: Packed, last: bytes, pending: Pending[Any]) -> None:
        """One act alone in its call."""
        reply = self.act(*head.args, *args.args, last, convert=lambda replies: replies[0])
        if reply.error is not None:
            pending.fail(reply.error)
        else:
            pending.resolve(reply.result())

    def ask_batched(self, head: Packed, about: str, question: bytes, pending: Pending[Any]) -> None:
        """One question alone in its call."""
        if self.cut:
            pending.fail(StoreUnavailable("cut"))
            return
        whole: Pending[Any] = Pending()
        self._carry_out(whole, (*head.args, question))
        if whole.error is not None:
            pending.fail(whole.error)
        else:
            pending.resolve(whole.result()[0])
        try:  # whoever asks waits for it only when this returns, and events come behind the answer
            asyncio.get_running_loop().call_soon(self._world.pump)
        except RuntimeError:  # a test of the store alone
            self._world.pump()

    def fence(self) -> Pending[Any]:
        """Everything has been delivered already."""
        return self.call("PING")

    def _carry_out(self, pending: Pending[Any], args: tuple[Any, ...]) -> None:
        try:
            pending.resolve(self._client.execute_command(*args))  # type: ignore[no-untyped-call]
        except redis.exceptions.RedisError as error:
            pending.fail(StoreRejected(str(error)))

    def subscribe(self, *channels: str) -> None:
        """Hear these channels."""
        self._channels.update(channels)
        self._pubsub.subscribe(*channels)

    def unsubscribe(self, *channels: str) -> None:
        """Hear these channels no more."""
        self._channels.difference_update(channels)
        self._pubsub.unsubscribe(*channels)

    def pump(self) -> bool:
        """Deliver what was published; whether there was anything."""
        some = False
        while self._channels and (message := self._pubsub.get_message()) is not None:
            some = True
            published = message["type"] == "message"
            if published and self.listener is not None and not self.cut:
                self.listener.on_message(message["channel"], message["data"])
        return some


class World:
    """One fake Redis and the gateways on it."""

    def __init__(self) -> None:
        self.redis = fakeredis.FakeServer(server_type="redis")
        self.relays: list[FakeRelay] = []
        self.client = fakeredis.FakeStrictRedis(server=self.redis, decode_responses=True)

    def save(self) -> dict[str, bytes]:
        """What Redis would find when it started again now."""
        return {key: self.client.dump(key) or b"" for key in self.client.scan_iter("*")}

    def roll_back(self, saved: dict[str, bytes]) -> None:
        """Redis has lost all that came after `save`."""
        self.client.delete(*self.client.keys())
        for key, value in saved.items():
            self.client.restore(key, 0, value)

    def pump(self) -> None:
        """Deliver until nothing is left to deliver."""
        while sum(relay.pump() for relay in self.relays):
            pass


class Slow:
    """Holds back the answers of one method of the store until `answer`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Any, name: str) -> None:
        self._ask = getattr(store, name)
        self.calls: list[tuple[Pending[Any], tuple[Any, ...], dict[str, Any]]] = []
        monkeypatch.setattr(store, name, self._hold)

    def _hold(self, *args: Any, **options: Any) -> Pending[Any]:
        pending: Pending[Any] = Pending()
        self.calls.append((pending, args, options))
        return pending

    def answer(self) -> None:
        """Carry out the oldest call."""
        pending, args, options = self.calls.pop(0)
        answer = self._ask(*args, **options)
        if answer.error is not None:
            pending.fail(answer.error)
        else:
            pending.resolve(answer.result())


class MemoryPipe:
    """A socket that remembers; ``blocked``: bytes that the client has not taken."""

    def __init__(self) -> None:
        self.sent = b""
        self.blocked = 0
        self.fd = -1
        self.closed = False
        self.paused = False
        self.delayed: list[tuple[float, Delayed]] = []

    def write(self, data: bytes) -> None:
        self.sent += data

    @property
    def congested(self) -> bool:
        """Whether the client has not taken all."""
        return self.blocked > 0

    def waiting(self) -> int:
        return self.blocked

    def progress(self) -> Progress:
        return Progress(0, self.blocked, float("inf"))

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    ends_with_code = False

    def close(self, *, again: bool = False) -> None:
        self.closed = True

    def later(self, seconds: float, delayed: Delayed) -> None:
        self.delayed.append((seconds, delayed))


class Client:
    """A session with its pipe, spoken to in literal lines."""

    def __init__(self, gateway: MemoryGateway, session: Connection, pipe: MemoryPipe) -> None:
        self.gateway = gateway
        self.session = session
        self.pipe = pipe

    def sends(self, *lines: str) -> None:
        """Send lines; what this client and others do before anybody hears is one turn."""
        self.session.receive("".join(f"{line}\r\n" for line in lines).encode(), self.gateway.now)

    async def says(self, *lines: str) -> list[str]:
        """Send lines; what has been written to this client since it was last asked."""
        self.sends(*lines)
        return await self.hears()

    async def asks_for(self, caps: str) -> None:
        """Ask for capabilities, in lines that fit: all that there are are too long for one."""
        words = caps.split()
        for start in range(0, len(words), 15):
            lines = await self.says(f"CAP REQ :{' '.join(words[start : start + 15])}")
            assert " ACK " in lines[-1]

    async def hears(self) -> list[str]:
        """What has been written to this client since it was last asked."""
        for _ in range(3):
            await asyncio.sleep(0)  # the turn of the loop at whose end outboxes are flushed
        text, self.pipe.sent = self.pipe.sent.decode(), b""
        return text.removesuffix("\r\n").split("\r\n") if text else []


class MemoryGateway:
    """A gateway's layers from the session down, without listener."""

    def __init__(self, world: World, gateway_id: str, **settings: Any) -> None:
        self.config = Config(gateway_id=gateway_id, **settings)
        self.relay = FakeRelay(world)
        self.store = Store(
            self.relay, gateway_id, self.config.history_events, self.config.history_days
        )
        self.outboxes = Outboxes()
        self.fanout = SessionFanout(self.outboxes)
        self.hub = Hub(self.store, self.fanout)
        self.outboxes.flushed = self.hub.heard.written
        appliers.load()
        self.network = self.hub.network = Network(self.hub, self.store)
        self.availability = Availability()
        for cause in (Cause.LINK_UP, Cause.LEASE_HELD, Cause.HEALED, Cause.RETURNED):
            self.availability.happened(cause)
        rooms = Rooms(
            self.store, self.hub, self.config.default_room, self.config.max_rooms_per_user, "Test"
        )
        self.relay.listen(self)
        self.gateways = Gateways(self.hub, self.config.gateway_id, self.config.advertise)
        self.presence = Presence(
            self.store,
            self.hub,
            rooms,
            self.availability,
            self.config.lease_s,
            self.config.grace_s,
            self.config.always_on,
            self.gateways,
        )
        self.network.on_lost_user = self.presence.on_lost_user
        accounts = Accounts(self.store, self.config.trust)
        crowds = Crowds(self.store, self.config.max_per_address, accounts.attempts.is_trusted)
        admissions = Admissions(
            self.store, self.config.registration, self.config.max_registrations,
            accounts.attempts.is_trusted,
        )  # fmt: skip
        self.server = Server(
            config=self.config, hub=self.hub, network=self.network,
            availability=self.availability, accounts=accounts,
            operators=Operators({}, accounts),
            presence=self.presence, rooms=rooms,
            moderation=Moderation(self.store, self.hub.fences),
            ownership=Ownership(self.store, self.config.name),
            sessions=Sessions(self.store),
            users=Users(self.store, self.hub, self.presence, self.config.name),
            people=People(self.store),
            profiles=Profiles(self.store), reading=Reading(self.store, self.config.name),
            inbox=Inbox(self.store, self.network.words),
            history=History(self.store), search=Search(self.store),
            erasures=Erasures(self.store, Chores(self.store)),
            messages=Messages(self.store), staff=Staff(self.store, self.config.name),
            gateways=self.gateways, crowds=crowds, admissions=admissions,
            render=render, version="chatd-test", motd=[],
            started_ms=0, isupport=isupport.lines(isupport.tokens("Test")),
        )  # fmt: skip
        registry.load()
        self.now = 1000.0
        lease = self.store.lease(60.0, take=True, epoch="epoch", active=[]).result()
        self.gateways.learn(lease[2], *lease[4:6])
        self._count = 0

    def on_message(self, channel: bytes, payload: bytes) -> None:
        self.hub.on_message(channel, payload)

    def on_link_up(self) -> None:
        self.presence.on_link_up()

    def on_link_down(self, why: str) -> None:
        self.availability.happened(Cause.LINK_LOST, why)

    def on_refusal(self, word: str) -> None:
        self.availability.happened(Cause.REFUSED, word)

    def connect(self) -> Client:
        """A new connection."""
        self._count += 1
        pipe = MemoryPipe()
        sid = f"{self.config.gateway_id}.{self._count}"
        session = Connection(sid, "127.0.0.1", self.server, self.outboxes, pipe, self.now)
        self.fanout.connections[sid.encode()] = session
        return Client(self, session, pipe)

    async def login(self, nick: str, caps: str = "") -> Client:
        """A registered connection."""
        client = self.connect()
        await client.asks_for(caps)
        lines = await client.says(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
        assert any(f" 001 {nick} " in line for line in lines), lines
        return client
