"""Builds, starts and stops a gateway: the only file that knows all layers."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chatd import __version__
from chatd.commands import registry
from chatd.commands.environment import Server
from chatd.commands.tokens import tokens_of
from chatd.config import Config, ConfigError
from chatd.embedded import Engine, open_engine
from chatd.engine_nodes import open_nodes
from chatd.listeners import sockets, tcp, websocket
from chatd.session import capnotify, draining, keepalive, lagging
from chatd.session.fanout import SessionFanout
from chatd.session.outbox import Outboxes
from chatd.session.render import render
from chatd.settings import Webirc, read_operators, read_text, read_webirc
from chatd.state import appliers
from chatd.state.accounts import Accounts
from chatd.state.admissions import Admissions
from chatd.state.availability import Availability, Cause, State
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
from chatd.store.errors import StoreError, StoreRejected
from chatd.store.pending import settled
from chatd.store.refusing import REFUSALS
from chatd.store.relay import Relay
from chatd.store.store import Store
from chatd.wire.caps import NEED_STORE, with_registration, with_sts

if TYPE_CHECKING:
    from chatd.listeners.tls import TlsContext

log = logging.getLogger(__name__)

STOP_S = 1.2
"""Seconds for taking leave; SIGTERM promises two, and the interpreter needs some of them."""

OUTPUT_BYTES = 32 * 2**20
"""What Redis should keep at least for a gateway that lags: above it come pages of gaps and the
replies to a full `chatd.store.intake`."""


class Gateway:
    """One chatd process."""

    _terminated = False
    """Whether there was a SIGTERM."""

    def __init__(self, config: Config, url: str, engine: Engine | None) -> None:
        ensure = engine.ensure if engine is not None else None
        self.config = config
        self.relay = Relay(
            url, f"chatd-{config.gateway_id}", ensure, config.key_prefix, config.sync_replicas
        )
        self.store = Store(
            self.relay, config.gateway_id, config.history_events, config.history_days
        )
        outboxes = Outboxes()
        self.fanout = SessionFanout(outboxes)
        self.hub = Hub(self.store, self.fanout)
        outboxes.flushed = self.hub.heard.written
        appliers.load()
        self.network = self.hub.network = Network(self.hub, self.store)
        self.availability = Availability()
        rooms = Rooms(
            self.store, self.hub, config.default_room, config.max_rooms_per_user, config.name
        )
        self.gateways = Gateways(self.hub, config.gateway_id, config.advertise)
        self.presence = Presence(
            self.store, self.hub, rooms, self.availability, config.lease_s, config.grace_s,
            config.always_on,
            self.gateways,
        )  # fmt: skip
        clustered = self.relay.topology.dialect.one_slot
        self.on_message = self.hub.on_bus_message if clustered else self.hub.on_message
        self.relay.listen(self)
        self.server = self._build_server(rooms)
        self.network.on_rehash = self._rehash
        self.network.on_drain = self._drain_on_demand
        self.network.on_lost_user = self.presence.on_lost_user
        self.availability.watch(self._on_state)
        registry.load()
        self.connections = tcp.Connections(self.server, self.fanout, outboxes)
        self._listeners: list[sockets.Listener] = []
        self._tls: TlsContext | None = None
        self._started = False
        self._sweeping: list[asyncio.Task[None]] = []
        self._draining: asyncio.Task[None] | None = None

    def _build_server(self, rooms: Rooms) -> Server:
        config, accounts = self.config, Accounts(self.store, self.config.trust)
        trusted = accounts.attempts.is_trusted
        return Server(
            config=config,
            hub=self.hub,
            network=self.network,
            availability=self.availability,
            accounts=accounts,
            operators=Operators(_operators(config), accounts),
            presence=self.presence,
            rooms=rooms,
            moderation=Moderation(self.store, self.hub.fences),
            ownership=Ownership(self.store, config.name),
            sessions=Sessions(self.store),
            users=Users(self.store, self.hub, self.presence, config.name),
            people=People(self.store),
            profiles=Profiles(self.store),
            reading=Reading(self.store, config.name),
            inbox=Inbox(self.store, self.network.words),
            history=History(self.store),
            search=Search(self.store),
            erasures=Erasures(self.store, Chores(self.store, self._is_up)),
            messages=Messages(self.store),
            staff=Staff(self.store, config.name),
            gateways=self.gateways,
            admissions=Admissions(
                self.store, config.registration, config.max_registrations, trusted
            ),
            crowds=Crowds(self.store, config.max_per_address, trusted),
            render=render,
            version=f"chatd-{__version__}",
            motd=_motd(config),
            webirc=_webirc(config),
            started_ms=int(time.time() * 1000),
            isupport=tokens_of(config),
            capabilities=with_registration(config.registration),
        )

    def _is_up(self) -> bool:
        return self.availability.state is State.UP

    # -- RelayListener -----------------------------------------------------------------------

    def on_link_up(self) -> None:
        """Redis is connected again: `Presence` leads back to service."""
        if self._started:
            self.presence.on_link_up()

    def on_link_down(self, why: str) -> None:
        """Redis is away; clients stay, commands that need it are answered with an error."""
        self.availability.happened(Cause.LINK_LOST, why)

    def on_refusal(self, word: str) -> None:
        """Redis answers, but does not write now."""
        self.availability.happened(Cause.REFUSED, REFUSALS[word].sentence)

    def _on_state(self, before: State, now: State) -> None:
        """Offer what needs Redis only while there is a link."""
        sessions = self.connections.all.values()
        if now is State.DOWN:
            capnotify.withdraw(self.server, sessions, NEED_STORE)
        elif before is State.DOWN:
            capnotify.restore(self.server, sessions, NEED_STORE)
        if now is State.UP:
            self.server.crowds.tell_all()

    # -- life --------------------------------------------------------------------------------

    async def start(self) -> list[str]:
        """Connect, take the lease, listen; the addresses. Raises StoreError, ConfigError."""
        await self.relay.start()
        await self._look_at_redis()
        await self.presence.start()
        await self.network.start()
        self._started = True
        await self._listen()
        self._sweeping = [
            asyncio.create_task(self._sweep(), name="keepalive"),
            asyncio.create_task(lagging.watch(self.connections.all, self.server), name="lagging"),
            asyncio.create_task(self.server.erasures.chores.run(), name="chores"),
        ]
        return [str(address) for listener in self._listeners for address in listener.addresses]

    async def _look_at_redis(self) -> None:
        """Say what its administrator should set; a link that it closes is healed in any case."""
        with contextlib.suppress(StoreRejected):
            limit = await settled(self.store.output_limit())
            if 0 < limit < OUTPUT_BYTES:
                log.warning(
                    "Redis closes the link of a gateway that lags by %d MB: "
                    "set client-output-buffer-limit pubsub 256mb 128mb 60",
                    limit // 2**20,
                )

        if not self.relay.topology.dialect.one_slot:
            return
        with contextlib.suppress(StoreRejected):
            timeout_s = await settled(self.store.node_timeout_s())
            if 0 < timeout_s < self.config.lease_s:
                log.warning(
                    "cluster-node-timeout is %g s: --lease must not be longer, else a master that"
                    " wakes up again may publish what its senders were refused",
                    timeout_s,
                )

    async def _listen(self) -> None:
        """Open the sockets, those without TLS first; with TLS, tell clients where it is."""
        config, all_, wait_s = self.config, self.connections, self.config.registration_timeout_s
        pipe, ws = (lambda: tcp.TcpPipe(all_)), (lambda: websocket.WebSocketPipe(all_))
        for address in config.listen:
            self._listeners.append(await sockets.listen(pipe, address))
        if config.listen_tls and config.tls_cert and config.tls_key:
            tls = self._tls = sockets.tls_context(config.tls_cert, config.tls_key)
            for address in config.listen_tls:
                listener = await sockets.listen(pipe, address, tls, wait_s)
                self._listeners.append(listener)
                if config.sts_s and address == config.listen_tls[0]:
                    self.server.offer(with_sts(config.sts_s, listener.addresses[0].port))
        for address in config.listen_ws:
            self._listeners.append(await sockets.listen(ws, address))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(keepalive.interval_s(self.config))
            connections = list(self.connections.all.values())
            keepalive.sweep(connections, self.config, self.connections.clock())

    def _rehash(self) -> None:
        """Read files again, each by itself: what cannot be read stays as it was, and is logged."""
        for read in (self._read_operators, self._read_motd, self._read_webirc, self._read_tls):
            try:
                read()
            except ConfigError as error:
                log.error("REHASH: what cannot be read stays as it was: %s", error)

    def _read_operators(self) -> None:
        self.server.operators.secrets = _operators(self.config)

    def _read_motd(self) -> None:
        self.server.motd = _motd(self.config)

    def _read_webirc(self) -> None:
        self.server.webirc = _webirc(self.config)

    def _read_tls(self) -> None:
        """Show the certificate as it is now to who connects from now on."""
        cert, key = self.config.tls_cert, self.config.tls_key
        if self._tls is not None and cert and key:
            sockets.load_certificate(self._tls, cert, key)

    def terminate(self, stop: Callable[[], None]) -> None:
        """SIGTERM: let the clients go to the others that live, then stop; the second time at once.

        ``stop`` makes `run` go on to `stop`.
        """
        if self._terminated or not self.config.drain_s:
            stop()
            return
        self._terminated = True
        self.drain(alone=False).add_done_callback(lambda _: stop())

    def drain(self, *, alone: bool) -> asyncio.Task[None]:
        """Take no new clients, let those go that are here; done when the last is gone.

        ``alone``: also when no other gateway lives that could take them.
        """
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain(alone), name="drain")
        return self._draining

    def _drain_on_demand(self) -> None:
        """`chatd drain` has asked for it; who gets SIGTERM afterwards has nothing left to do."""
        self.drain(alone=True)

    async def _drain(self, alone: bool) -> None:
        for listener in self._listeners:
            listener.close()
        self.gateways.own = ""
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.presence.tell_others()
        if alone or self.gateways.living > 1:
            log.info("draining: %d connections are let go", len(self.connections.all))
            await draining.drain(self.server, self.connections.all, self.config.drain_s)

    async def stop(self) -> None:
        """Tell the clients, leave the roster, end."""
        for listener in self._listeners:
            listener.close()
        for task in (*self._sweeping, self._draining):
            if task is not None:
                task.cancel()
        for session in list(self.connections.all.values()):
            session.give_up("Server is shutting down", again=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.presence.stop("Server is shutting down")
                await self.relay.close()
        self.server.accounts.close()


def _motd(config: Config) -> list[str]:
    return read_text(str(config.motd_file)).splitlines() if config.motd_file is not None else []


def _webirc(config: Config) -> tuple[Webirc, ...]:
    return read_webirc(config.webirc_file) if config.webirc_file is not None else ()


def _operators(config: Config) -> dict[str, str]:
    return read_operators(config.oper_file) if config.oper_file is not None else {}


def _spare_the_collector() -> None:
    """Look for cycles rarely: what a message makes is freed by counting references."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _allow_sockets() -> None:
    """Take as many descriptors as the system lets this process have: each client is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems name a limit that they refuse
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what nobody waited for, but a name that was looked up in vain.

    A connect to Redis that is given up during the look-up leaves it behind; the relay has said it.
    """
    if not isinstance(context.get("exception"), socket.gaierror):
        loop.default_exception_handler(context)


async def _open_engine(config: Config, engine_nodes: int) -> Engine | None:
    """The engine of our own; None where a Redis is given."""
    if config.redis_url is not None:
        return None
    if engine_nodes:
        return await open_nodes(config.data_dir, engine_nodes)
    return await open_engine(config.data_dir)


async def run(config: Config, engine_nodes: int = 0) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP, as when the terminal is closed; the exit code.

    SIGTERM lets clients go first, see `Gateway.terminate`; the others end it at once.
    ``engine_nodes``: masters of `chatd.engine_nodes` in place of the one embedded engine.
    """
    _allow_sockets()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_on_loop_error)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        loop.add_signal_handler(signal.SIGHUP, stopping.set)
    engine = await _open_engine(config, engine_nodes)
    try:
        url = engine.url if engine is not None else config.redis_url or ""
        gateway = Gateway(config, url, engine)
        try:
            addresses = await gateway.start()
            ready = f"chatd ready: gateway {config.gateway_id} on {', '.join(addresses)}"
            _spare_the_collector()
            print(ready, flush=True)
            loop.add_signal_handler(signal.SIGTERM, gateway.terminate, stopping.set)
            await stopping.wait()
        finally:
            await gateway.stop()
    finally:
        if engine is not None:
            await engine.close()
    with contextlib.suppress(OSError):  # the terminal may be gone
        sys.stdout.flush()
    return 0
