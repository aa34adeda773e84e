"""Where a gateway listens, as users and servers write it."""

from __future__ import annotations

import asyncio

from cli.client.checks import is_utf8, number, shortened
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError

DEFAULT_PORT = 6667
"""Where IRC servers listen without TLS."""

DEFAULT_TLS_PORT = 6697
"""Where they listen with it, https://www.rfc-editor.org/rfc/rfc7194 ."""

TLS_SCHEME = "ircs://"
"""Stands before the address of a server to which one talks by TLS."""

_SCHEMES = {TLS_SCHEME: True, "tls://": True, "irc://": False}
"""Each with whether it means TLS."""

NEXT_ADDRESS_S = 0.25
"""Between two addresses of one host, https://www.rfc-editor.org/rfc/rfc8305#section-8 ."""

MAX_HOST = 253
"""Characters of a host name, https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 ."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""Both directions of a connection."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a gateway listens. ``tls``: its certificate must be one for ``host``."""

    host: str
    port: int = DEFAULT_PORT
    tls: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{TLS_SCHEME if self.tls else ''}{host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read ``HOST``, ``HOST:PORT`` or ``[IPV6]:PORT``, for TLS with ``tls://`` before it.

        ``ircs://`` is the same. Raises ChatError.
        """
        text = text.strip().lower()
        scheme = next((one for one in _SCHEMES if text.startswith(one)), "")
        text, tls = text.removeprefix(scheme), _SCHEMES.get(scheme, False)
        host, port = text, ""
        if text.startswith("["):
            host, bracket, rest = text[1:].partition("]")
            if not bracket or (rest and not rest.startswith(":")):
                raise ChatError(f"{shortened(text)!r} is no server address: write [IPV6]:PORT")
            port = rest[1:]
        elif text.count(":") == 1:
            host, _, port = text.partition(":")
        if not host or len(host) > MAX_HOST or not is_utf8(host) or not host.isprintable():
            raise ChatError(f"{shortened(text)!r} is no server address: write HOST:PORT")
        if not port:
            return cls(host, DEFAULT_TLS_PORT if tls else DEFAULT_PORT, tls)
        if not 0 < (number(port) or 0) < 65536:
            found = shortened(port)
            raise ChatError(f"{found!r} is no port: write HOST:PORT with a number up to 65535")
        return cls(host, int(port), tls)
