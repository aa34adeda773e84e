"""From a stream of bytes to lines, within bounded memory.

https://modern.ircdocs.horse/#message-format and the size limit of
https://ircv3.net/specs/extensions/message-tags
"""

from __future__ import annotations

from enum import Enum
from typing import Final

MAX_BODY: Final = 512
"""Bytes of a message without its tags, CR LF included."""
MAX_TAGS_CLIENT: Final = 4096
"""Bytes of the tags that a client sends: ``@``, 4094 bytes of data, space."""
MAX_TAGS_SERVER: Final = 8191
"""Bytes of the tags that a client must take: ``@``, the server's 4094, ``;``, 4094, space."""


HTTP_VERBS: Final = frozenset(
    (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"CONNECT", b"TRACE")
)
"""First words of requests of HTTP, which `chatd.commands.http` answers."""


class TooLong(Enum):
    """The type of TOO_LONG."""

    TOO_LONG = "too long"


TOO_LONG: Final = TooLong.TOO_LONG
"""Stands in the place of a line that was over the limit and has been dropped."""


class LineBuffer:
    """Cuts received bytes into lines.

    Of a request of HTTP that is over the limit its verb is left: a long address in it must not have
    the body behind it carried out.

    ``max_line`` and ``max_tags`` are bytes, as MAX_BODY and MAX_TAGS_CLIENT. What is held between
    two calls is never longer than both together.
    """

    __slots__ = ("_body", "_held", "_short", "_skipping", "_tags")

    def __init__(self, max_line: int = MAX_BODY, max_tags: int = MAX_TAGS_CLIENT) -> None:
        self._body = max_line - 2
        self._tags = max_tags
        self._short = min(self._body, max_tags - 1)
        self._held = b""
        self._skipping = False

    @property
    def pending(self) -> int:
        """Bytes held of a line that is not complete yet."""
        return len(self._held)

    def receive(self, data: bytes) -> list[bytes | TooLong]:
        r"""Take bytes as they arrive; return the complete lines without CR LF, in order.

        A single ``\n`` ends a line too; empty lines are left out. A line over the limit gives
        TOO_LONG once, as soon as that is certain, and the rest of it is dropped.
        """
        if self._skipping:
            _, newline, data = data.partition(b"\n")
            if not newline:
                return []
            self._skipping = False
        if self._held:
            data = self._held + data
        complete = data.split(b"\n")
        self._held = complete.pop()
        lines: list[bytes | TooLong] = []
        short = self._short
        for raw in complete:
            line = raw[:-1] if raw.endswith(b"\r") else raw
            if len(line) <= short:
                if line:
                    lines.append(line)
            else:
                lines.append(_rest_of(line) if self._over(line) else line)
        # A CR at the end may yet turn out to be half of the line's end.
        if self._held and len(self._held) > short and self._over(self._held.removesuffix(b"\r")):
            lines.append(_rest_of(self._held))
            self._held = b""
            self._skipping = True
        return lines

    def _over(self, line: bytes) -> bool:
        """Tell whether a line, or the beginning of one, is over a limit."""
        if not line.startswith(b"@"):
            return len(line) > self._body
        tags = line.find(b" ", 0, self._tags) + 1
        return len(line) - tags > self._body if tags else len(line) >= self._tags


def _rest_of(line: bytes) -> bytes | TooLong:
    """What stands in the place of a line over the limit."""
    verb = line.partition(b" ")[0]
    return verb if verb.upper() in HTTP_VERBS else TOO_LONG
