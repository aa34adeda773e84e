"""Addresses of Redis as an operator writes them.

    redis://[USER:PASSWORD@]HOST:PORT/DB            rediss:// with TLS, unix:///PATH
    redis+sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT/SERVICE[/DB]
    redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT

USER and PASSWORD are Redis' own; those of the Sentinels stand behind a question mark,
``sentinel_username`` and ``sentinel_password``. With ``rediss+`` everything is TLS. What else
stands there is for redis-py, ``ssl_ca_certs`` for instance.
https://redis.readthedocs.io/en/stable/connections.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

HINT: Final = (
    "give redis://HOST:PORT, unix:///PATH, redis+sentinel://HOST:PORT,HOST:PORT/SERVICE or"
    " redis+cluster://HOST:PORT,HOST:PORT; rediss for TLS"
)

_DEFAULT_PORT: Final = {"sentinel": 26379, "cluster": 6379}
_ALONE: Final = ("redis", "rediss", "unix")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Redis is; ``str()`` never shows the password."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        scheme, _, rest = self.url.partition("://")
        address, _, query = rest.partition("?")
        if "@" in query:  # of a password in which "?" is not written as %3F
            return f"{scheme}://..."
        return f"{scheme}://{address.rpartition('@')[2]}"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of servers of which one is the master.

    ``kind``: "sentinel" or "cluster". ``login`` is empty or ends with "@". ``seeds``: HOST:PORT of
    Sentinels or nodes. ``query``: what is for redis-py, with its question mark.
    """

    kind: str
    scheme: str
    login: str = field(repr=False)
    seeds: tuple[str, ...]
    service: str
    db: str
    query: str
    sentinel_login: str = field(repr=False)

    def node(self, host: str, port: int | str) -> Endpoint:
        """A server of the group."""
        return Endpoint(f"{self.scheme}://{self.login}{_at(host, port)}/{self.db}{self.query}")

    def sentinel(self, seed: str) -> Endpoint:
        """One of the Sentinels."""
        return Endpoint(f"{self.scheme}://{self.sentinel_login}{seed}/{self.query}")


def read(url: str) -> Endpoint | Group:
    """Understand an address. ValueError: it is none; the text does not repeat it."""
    parts = urlsplit(url)
    if parts.scheme in _ALONE:
        return Endpoint(url)
    scheme, _, kind = parts.scheme.partition("+")
    if scheme not in ("redis", "rediss") or kind not in _DEFAULT_PORT:
        raise ValueError(f"that is no Redis URL: {HINT}")
    login, at, hosts = parts.netloc.rpartition("@")
    seeds = tuple(_seed(host.strip(), _DEFAULT_PORT[kind]) for host in hosts.split(","))
    service, _, db = parts.path.strip("/").partition("/")
    if kind == "sentinel" and not service:
        raise ValueError("the Sentinels' name of the master is missing: .../SERVICE")
    if kind == "cluster" and service:
        raise ValueError("a Redis Cluster has one database: write nothing behind the hosts")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    words = [query.pop(f"sentinel_{word}", "") for word in ("username", "password")]
    return Group(
        kind, scheme, login + at, seeds, service, db or "0",
        f"?{urlencode(query)}" if query else "",
        "{}:{}@".format(*(quote(word, safe="") for word in words)) if any(words) else "",
    )  # fmt: skip


def _seed(text: str, port: int) -> str:
    """HOST:PORT of a host, whose port may be missing. ValueError: it is none."""
    found = urlsplit(f"//{text}")
    if not found.hostname:
        raise ValueError("a host is missing between the commas")
    return _at(found.hostname, found.port or port)  # of a port that is none it is a ValueError too


def _at(host: str, port: int | str) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
