"""A connection for administration: `chatd doctor` and `chatd migrate`, not the relay.

Redis' replies come as they are, bytes and lists of RESP2: redis-py would make something else of
some of them by the name of the command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import redis.exceptions
from redis.asyncio.connection import AbstractConnection, ConnectionPool

from chatd.redis_url import Endpoint
from chatd.store.connect import CONNECT_TIMEOUT_S, check_greeting, in_words, not_understood
from chatd.store.errors import StoreError, StoreRefused, StoreUnavailable
from chatd.store.refusing import as_error

ANSWER_TIMEOUT_S = 30.0
"""Seconds for one reply: a target that writes its file to a slow disk may need some."""

Command = Sequence[str | bytes | int]


class Admin:
    """One connection, for one caller at a time."""

    def __init__(self, endpoint: Endpoint, connection: AbstractConnection) -> None:
        self.endpoint = endpoint
        self._connection: Any = connection

    @property
    def db(self) -> int:
        """Which of the server's databases."""
        return int(self._connection.db)

    @property
    def user(self) -> str:
        """Who is logged in."""
        return str(self._connection.username or "default")

    @classmethod
    async def open(cls, endpoint: Endpoint, answer_s: float = ANSWER_TIMEOUT_S) -> Admin:
        """Connect and log in. Raises StoreUnavailable, or StoreRefused when the answer is no."""
        try:
            pool = ConnectionPool.from_url(
                endpoint.url,
                protocol=2,
                socket_connect_timeout=CONNECT_TIMEOUT_S,
                socket_timeout=answer_s,
                retry_on_error=[],
            )
            connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, redis.exceptions.RedisError) as error:
            raise not_understood(endpoint) from error
        admin = cls(endpoint, connection)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await connection.connect()  # type: ignore[no-untyped-call]
                with suppress(redis.exceptions.ResponseError):  # a Redis that is too old for HELLO
                    await check_greeting(endpoint, connection)
        except StoreRefused:
            await admin.close()
            raise
        except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
            await admin.close()
            raise in_words(endpoint, error) from error
        return admin

    async def ask(self, *command: str | bytes | int) -> Any:
        """The reply to one command. Raises StoreError, for an error of Redis too."""
        (reply,) = await self.all([command])
        if isinstance(reply, StoreError):
            raise reply
        return reply

    async def all(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to some commands, sent at once; one that Redis refuses is a StoreError.

        Raises StoreUnavailable when the connection ends: what was done by then is unknown.
        """
        if not commands:
            return []
        connection, replies = self._connection, []
        try:
            await connection.send_packed_command(connection.pack_commands(commands), False)
            for _ in commands:
                try:
                    replies.append(await connection.read_response())
                except redis.exceptions.ResponseError as error:
                    replies.append(as_error(_word(error) + str(error)))
        except (redis.exceptions.RedisError, OSError) as error:
            raise StoreUnavailable(
                f"the connection to {self.endpoint} was lost: {error}"
            ) from error
        return replies

    async def close(self) -> None:
        """End the connection."""
        await self._connection.disconnect(nowait=True)

    async def __aenter__(self) -> Admin:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


_WORDS = {
    redis.exceptions.NoPermissionError: "NOPERM ",
    redis.exceptions.OutOfMemoryError: "OOM ",
    redis.exceptions.ReadOnlyError: "READONLY ",
    redis.exceptions.AskError: "ASK ",
    redis.exceptions.MovedError: "MOVED ",
    redis.exceptions.TryAgainError: "TRYAGAIN ",
    redis.exceptions.ClusterDownError: "CLUSTERDOWN ",
    redis.exceptions.MasterDownError: "MASTERDOWN ",
}


def _word(error: Exception) -> str:
    """The first word of Redis' answer, where redis-py has made a class of it and cut it off."""
    return _WORDS.get(type(error), "")


def fields(info: Any) -> dict[str, str]:
    """The fields of an answer to INFO; none when it is refused."""
    if isinstance(info, StoreError):
        return {}
    lines = info.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
