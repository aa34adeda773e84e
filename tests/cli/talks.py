"""A user's side of the chat, as the line mode has it."""

from __future__ import annotations

from collections.abc import Callable

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Talk
from cli.render import Renderer
from cli.talking import LineSurface


def talk_of(session: Session, tell: Callable[[ev.Event], None], target: str = "#global") -> Talk:
    surface = LineSurface(Renderer(target), tell)
    return Talk(session, surface, Buffers(session.chat), COMMANDS)
