"""Opening a connection: addresses, TLS and login are redis-py's; the open socket is then ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

import redis.exceptions
from redis.asyncio.connection import AbstractConnection, ConnectionPool

from chatd.store.errors import StoreError, StoreRefused, StoreRefusing, StoreUnavailable
from chatd.store.refusing import as_error

CONNECT_TIMEOUT_S = 3.0
"""Seconds for TCP, TLS and login together; a healthy Redis answers in milliseconds."""

_URL_HINT = "give redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Redis is; ``str()`` never shows the password."""

    url: str

    def __str__(self) -> str:
        scheme, _, rest = self.url.partition("://")
        address, _, query = rest.partition("?")
        if "@" in query:  # of a password in which "?" is not written as %3F
            return f"{scheme}://..."
        return f"{scheme}://{address.rpartition('@')[2]}"


def _pool(endpoint: Endpoint, client_name: str) -> ConnectionPool:
    try:
        return ConnectionPool.from_url(
            endpoint.url,
            protocol=3,
            client_name=client_name,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=CONNECT_TIMEOUT_S,
            retry_on_error=[],
        )
    except (ValueError, TypeError, redis.exceptions.RedisError) as error:
        raise StoreRefused(f"the Redis URL {endpoint} is not understood: {_URL_HINT}") from error


async def open_transport(endpoint: Endpoint, client_name: str) -> Opened:
    """Connect and log in with RESP3; the transport has no protocol of its own any more.

    Raises StoreUnavailable when nobody answers and StoreRefused when the answer is no.
    """
    connection: AbstractConnection = _pool(endpoint, client_name).make_connection()  # type: ignore[no-untyped-call]
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await connection.connect()  # type: ignore[no-untyped-call]
        return _take_transport(connection)
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        raise _in_words(endpoint, error) from error
    finally:
        if not connection.is_connected:
            connection._close()  # type: ignore[no-untyped-call]


_LOGIN_REFUSED = (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError)


def _in_words(endpoint: Endpoint, error: BaseException) -> StoreError:
    """What went wrong; redis-py wraps the server's answer in a ConnectionError of its own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _LOGIN_REFUSED):
            return StoreRefused(
                f"Redis at {endpoint} refuses the login: check user and password in the URL"
            )
        if isinstance(cause, redis.exceptions.BusyLoadingError):
            return as_error("LOADING")
        if isinstance(cause, redis.exceptions.ResponseError):
            refusing = as_error(str(cause))
            if isinstance(refusing, StoreRefusing):
                return refusing
            return StoreRefused(f"Redis at {endpoint} refuses to serve: {cause}")
        cause = cause.__cause__
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
