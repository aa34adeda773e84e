"""Opening a connection: addresses, TLS and login are redis-py's; the open socket is then ours."""

from __future__ import annotations

import asyncio
import ssl
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

import redis.exceptions
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, ConnectionPool

from chatd.redis_url import HINT, Endpoint
from chatd.store.errors import StoreError, StoreRefused, StoreRefusing, StoreUnavailable
from chatd.store.refusing import as_error

CONNECT_TIMEOUT_S = 3.0
"""Seconds for TCP, TLS and login together; a healthy Redis answers in milliseconds."""


def _pool(endpoint: Endpoint, client_name: str, patience_s: float) -> ConnectionPool:
    try:
        return ConnectionPool.from_url(
            endpoint.url,
            protocol=3,
            client_name=client_name,
            socket_connect_timeout=patience_s,
            socket_timeout=patience_s,
            retry_on_error=[],
        )
    except (ValueError, TypeError, redis.exceptions.RedisError) as error:
        raise not_understood(endpoint) from error


def not_understood(endpoint: Endpoint) -> StoreRefused:
    """What to say of a URL of which redis-py can make nothing."""
    return StoreRefused(f"the Redis URL {endpoint} is not understood: {HINT}")


async def _connected(endpoint: Endpoint, client_name: str, patience_s: float) -> AbstractConnection:
    pool = _pool(endpoint, client_name, patience_s)
    connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
    usable = False
    try:
        async with asyncio.timeout(patience_s):
            await _look_up(endpoint)
            await connection.connect()  # type: ignore[no-untyped-call]
            await check_greeting(endpoint, connection)
            _heed_the_end()
        usable = True
        return connection
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        raise in_words(endpoint, error) from error
    finally:
        if not usable:
            connection._close()  # type: ignore[no-untyped-call]


async def check_greeting(endpoint: Endpoint, connection: AbstractConnection) -> None:
    """Raise StoreRefused when what answers is no Redis."""
    await connection.send_command("HELLO")
    answer = await connection.read_response()
    names = answer[::2] if isinstance(answer, list) else answer
    if not isinstance(names, list | dict) or b"version" not in names:
        raise StoreRefused(f"what answers at {endpoint} is no Redis")


def _heed_the_end() -> None:
    """Raise CancelledError when this task was cancelled and goes on all the same.

    redis-py writes with ``asyncio.wait_for``, and that of Python 3.11 forgets a cancellation that
    comes when it is done: a watch of a link that was lost went on for ever.
    https://github.com/python/cpython/issues/86296
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


_look_ups: dict[str, asyncio.Task[Any]] = {}
"""Host -> the look-up of its name that is under way."""


async def _look_up(endpoint: Endpoint) -> None:
    """Wait until the host's name is found, together with all who want it now. Raises OSError.

    A loop has few threads for that, uvloop four. The name of a machine that is down may hold one
    for ten seconds: who asked for it every second would soon hold all, and nobody could be found.
    """
    host = urlsplit(endpoint.url).hostname or ""
    if not host or _is_address(host):
        return
    loop = asyncio.get_running_loop()
    task = _look_ups.get(host)
    if task is None or task.done() or task.get_loop() is not loop:
        task = _look_ups[host] = loop.create_task(loop.getaddrinfo(host, None))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # it is known
    await asyncio.shield(task)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def open_transport(
    endpoint: Endpoint, client_name: str, patience_s: float = CONNECT_TIMEOUT_S
) -> Opened:
    """Connect and log in with RESP3; the transport has no protocol of its own any more.

    Raises StoreUnavailable when nobody answers and StoreRefused when the answer is no.
    """
    return _take_transport(await _connected(endpoint, client_name, patience_s))


async def ask(endpoint: Endpoint, *command: str, patience_s: float = CONNECT_TIMEOUT_S) -> Any:
    """Ask one question on a connection of its own; strings are bytes.

    Raises StoreError; StoreRejected with the words of an error reply.
    """
    connection = await _connected(endpoint, "chatd-asks", patience_s)
    try:
        async with asyncio.timeout(patience_s):
            await connection.send_command(*command)
            answer = await connection.read_response()
            _heed_the_end()
            return answer
    except redis.exceptions.ResponseError as error:
        raise as_error(str(error)) from error
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        raise in_words(endpoint, error) from error
    finally:
        await connection.disconnect(nowait=True)


class Listening:
    """A subscription to one channel, on a connection of its own. It may miss what is published."""

    def __init__(self, endpoint: Endpoint, channel: str) -> None:
        self._endpoint = endpoint
        self._channel = channel
        client = Redis(connection_pool=_pool(endpoint, "chatd-listens", CONNECT_TIMEOUT_S))
        self._pubsub = client.pubsub(ignore_subscribe_messages=True)

    async def heard(self, within_s: float) -> str:
        """What is said next; '' = nothing in this time. Raises StoreError."""
        try:
            if not self._pubsub.subscribed:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await _look_up(self._endpoint)
                await self._pubsub.subscribe(self._channel)
                _heed_the_end()
            said = await self._pubsub.get_message(timeout=within_s)
            _heed_the_end()
        except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
            raise in_words(self._endpoint, error) from error
        return said["data"].decode(errors="replace") if said else ""

    async def close(self) -> None:
        """Hear nothing more."""
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]


_LOGIN_REFUSED = (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError)


def in_words(endpoint: Endpoint, error: BaseException) -> StoreError:
    """What went wrong; redis-py wraps the server's answer in a ConnectionError of its own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _LOGIN_REFUSED):
            return StoreRefused(
                f"Redis at {endpoint} refuses the login: check user and password in the URL"
            )
        if isinstance(cause, ssl.SSLCertVerificationError):
            return StoreRefused(
                f"the certificate of Redis at {endpoint} is not trusted ({cause.verify_message}):"
                " name who signed it, with ?ssl_ca_certs=FILE behind the URL"
            )
        if isinstance(cause, FileNotFoundError) and endpoint.url.startswith("rediss:"):
            return StoreRefused(f"a file that the URL of Redis at {endpoint} names is not there")
        if isinstance(cause, redis.exceptions.BusyLoadingError):
            return as_error("LOADING")
        if isinstance(cause, redis.exceptions.ResponseError):
            refusing = as_error(str(cause))
            if isinstance(refusing, StoreRefusing):
                return refusing
            return StoreRefused(f"Redis at {endpoint} refuses to serve: {cause}")
        cause = cause.__cause__ or cause.__context__
    return StoreUnavailable(f"no Redis answers at {endpoint}: is it running?")


class Opened:
    """An open, logged-in socket that was taken over from redis-py.

    redis-py has no public way to hand a socket over; a test checks what is assumed here. Its
    connection is kept until `release`, because its end would close the socket.
    """

    def __init__(self, transport: asyncio.Transport, connection: AbstractConnection | None) -> None:
        self.transport = transport
        self._connection = connection

    def release(self) -> None:
        """The socket is closed: nothing is left for redis-py to close or to warn of."""
        if self._connection is not None:
            self._connection._reader = self._connection._writer = None
            self._connection = None


def _take_transport(connection: AbstractConnection) -> Opened:
    writer = connection._writer
    assert writer is not None
    # uvloop's transport is one by behaviour only
    return Opened(cast("asyncio.Transport", writer.transport), connection)
