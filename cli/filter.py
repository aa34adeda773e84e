"""The chat as a line filter, for when stdin or stdout is no terminal.

A line from stdin is said to the current target (or is a /command); each event is one line on
stdout, without escapes. What concerns only this client and its connection goes to stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cli.client.errors import ChatError
from cli.commands.talk import Talk
from cli.render import Line
from cli.stdin import stdin_lines

MAX_WAITING = 100
"""Messages not acknowledged yet, after which stdin is not read any further."""

PATIENCE = 30.0
"""Seconds for the acknowledgements after the end of stdin."""


async def show(lines: Sequence[Line]) -> None:
    """Write lines where they belong."""
    for line in lines:
        print(line, file=sys.stderr if line.local else sys.stdout)
    sys.stdout.flush()


async def typing(talk: Talk) -> None:
    """Carry out what comes from stdin, until its end.

    Raises Quit for ``/quit``, and ChatError when some of it could not be carried out.
    """
    refused = 0
    async for line in stdin_lines():
        if talk.session.delivery.pending >= MAX_WAITING:
            await talk.session.delivery.drain()
        refused += not talk.type(line)
    if refused:
        lines = "1 line of stdin was" if refused == 1 else f"{refused} lines of stdin were"
        raise ChatError(f"{lines} not carried out")
