"""Whether the user of a Redis may do what chatd does.

ACL DRYRUN is asked about every command; where it is forbidden, some are tried that do no harm.
https://valkey.io/commands/acl-dryrun/
"""

from __future__ import annotations

import re
from typing import Any, Final

from chatd.store.admin import Admin
from chatd.store.dialect import Dialect
from chatd.store.doctor.facts import Access
from chatd.store.errors import StoreError
from chatd.store.keys import Keys
from chatd.store.scripts import load

LINK: Final = (
    "HELLO 3", "CLIENT SETNAME x", "FUNCTION LOAD x", "FUNCTION LIST", "FCALL x 1 K", "DEL K",
    "HSET K f v", "HMGET K f", "HEXISTS K f", "HKEYS K", "HVALS K", "GET K", "ZSCORE K m",
    "SCAN 0", "SRANDMEMBER K 1", "XRANGE K - +", "TIME",
)  # fmt: skip
"""What a gateway sends itself. K stands for a key of chatd, C for a channel."""
CHANNELS: Final = ("SUBSCRIBE C", "UNSUBSCRIBE C", "PUBLISH C v")
SHARDED: Final = ("SSUBSCRIBE C", "SUNSUBSCRIBE C", "SPUBLISH C v", "CLUSTER SLOTS")
"""The same in a Cluster."""
SAMPLES: Final = (
    "DEL K", "EXISTS K", "EXPIRE K 1", "GET K", "HDEL K f", "HEXISTS K f", "HGET K f",
    "HGETALL K", "HINCRBY K f 1", "HKEYS K", "HLEN K", "HMGET K f", "HRANDFIELD K", "HSCAN K 0",
    "HSET K f v", "HSETNX K f v", "HVALS K", "INCR K", "LINDEX K 0", "LPUSH K v", "LRANGE K 0 1",
    "LLEN K", "LPOP K", "LSET K 0 v", "RPOP K", "RPUSH K v",
    "LREM K 0 v", "LTRIM K 0 1", "MGET K", "PERSIST K", "PEXPIRE K 1",
    "PTTL K", "RENAME K K", "SADD K m", "SCARD K", "SET K v",
    "SINTER K", "SUNION K",
    "SCAN 0", "SISMEMBER K m", "SMEMBERS K", "SRANDMEMBER K 1", "SREM K m",
    "SSCAN K 0", "TIME", "TYPE K", "UNLINK K",
    "XADD K * f v", "XINFO STREAM K", "XLEN K", "XRANGE K - +", "XREVRANGE K + -", "XSETID K 1-1",
    "XTRIM K MAXLEN 1", "ZADD K 1 m", "ZCARD K", "ZCOUNT K 0 1", "ZMSCORE K m", "ZPOPMIN K",
    "ZRANGE K 0 1", "ZRANGEBYSCORE K 0 1", "ZREM K m", "ZREMRANGEBYRANK K 0 1",
    "ZREMRANGEBYSCORE K 0 1", "ZREVRANGE K 0 1", "ZSCORE K m", "ZUNIONSTORE K 1 K",
)  # fmt: skip
"""What the functions call, each with arguments that it takes."""
HARMLESS: Final = (
    "PING", "TIME", "EXISTS K", "GET K", "DEL K", "SET K v XX", "XADD K NOMKSTREAM * f v",
    "XLEN K", "FUNCTION LIST LIBRARYNAME chatd_none", "FCALL chatd_none 1 K",
)  # fmt: skip
"""What changes nothing while there is no such key."""


def called_by_functions() -> set[str]:
    """All commands in the Lua library."""
    parts = re.findall(r"\bcall\(([^,)]+)", load().text)
    return {word for part in parts for word in re.findall(r"'([A-Z]+)'", part)}


async def access(redis: Admin, keys: Keys, dialect: Dialect, *, sync: bool) -> Access:
    """Ask what its user may do. ``sync``: gateways wait for replicas."""
    try:
        user = (await redis.ask("ACL", "WHOAMI")).decode()
    except StoreError:
        user = redis.user
    wanted = [*LINK, *(SHARDED if dialect.one_slot else CHANNELS), *SAMPLES]
    wanted += ["SET K v", "WAIT 1 1"] if sync else []
    commands = [_filled(line, keys) for line in wanted]
    answers = await redis.all([("ACL", "DRYRUN", user, *words) for words in commands])
    if all(isinstance(answer, StoreError) for answer in answers):
        harmless = [*HARMLESS, f"{dialect.publish} C v"]  # that channel nobody hears
        tried = await redis.all([_filled(line, keys) for line in harmless])
        denied = [str(one) for one in tried if isinstance(one, StoreError) and _forbidden(one)]
        return Access(user, tuple(dict.fromkeys(denied)), complete=False)
    denied = [_said(answer) for answer in answers]
    return Access(user, tuple(dict.fromkeys(text for text in denied if text != "OK")))


def _filled(line: str, keys: Keys) -> list[str]:
    place = f"{keys.prefix}:doctor"
    return [place if word in ("K", "C") else word for word in line.split()]


def _said(answer: Any) -> str:
    """OK, or what is wrong; an error is of the question itself unless there is no such command."""
    if isinstance(answer, StoreError):
        return str(answer) if "not found" in str(answer) else "OK"
    return answer.decode() if isinstance(answer, bytes) else str(answer)


def _forbidden(error: StoreError) -> bool:
    return "permission" in str(error).lower()
