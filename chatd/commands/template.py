"""What every new user is told: written once, with only the nick put in for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from chatd.commands.context import Client, Context
from chatd.commands.environment import Registration, Server
from chatd.wire.framing import MAX_BODY

_NICK = b" * "
"""What stands in a reply for a client without a name, behind source and numeric."""


class Template:
    """The numerics that ``show`` answers with, for any client that has asked for no batch of them.

    ``basis`` is what they were written from; a template of another basis is of no use.
    """

    __slots__ = ("_longest", "_parts", "_show", "basis")

    def __init__(self, server: Server, basis: object, show: Callable[[Context], None]) -> None:
        self.basis = basis
        self._show = show
        nobody = _Nobody()
        show(Context(cast("Client", nobody), server, "", ""))  # it has all that is looked at
        self._longest = max(map(len, nobody.lines), default=0) - 1
        self._parts = [b""]
        for line in nobody.lines:
            begin, _, end = line.partition(_NICK)
            self._parts[-1] += begin + b" "
            self._parts.append(b" " + end)

    def send(self, ctx: Context) -> None:
        """Answer with them."""
        nick = ctx.nick.encode()
        if self._longest + len(nick) > MAX_BODY:
            self._show(ctx)  # a text has to give way
        else:
            ctx.write(nick.join(self._parts))


class _Nobody:
    """Takes the lines."""

    def __init__(self) -> None:
        self.user = None
        self.registration = Registration()
        self.caps = 0
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line)
