"""The table of commands: what each needs is declared here and checked in one place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from chatd.commands.context import Context
from chatd.wire.message import Message

Handler = Callable[[Context, Message], Coroutine[Any, Any, None] | None]


class Command:
    """One row: who may send it, with how much, and whether it may overtake what is in flight."""

    __slots__ = ("before_registration", "handler", "min_params", "name", "pipelined", "used")

    def __init__(
        self,
        name: str,
        handler: Handler,
        min_params: int,
        *,
        before_registration: bool,
        pipelined: bool,
    ) -> None:
        self.name = name
        self.handler = handler
        self.min_params = min_params
        self.before_registration = before_registration
        self.pipelined = pipelined
        """Its answers keep their order by themselves, so it need not wait for earlier ones."""
        self.used = 0
        """How often this gateway has carried it out."""


COMMANDS: dict[str, Command] = {}
PLAYBACK = "*playback"
"""Who is asked for histories by clients of ZNC; nobody can have that nick."""


def command(
    name: str,
    *,
    min_params: int = 0,
    before_registration: bool = False,
    pipelined: bool = False,
) -> Callable[[Handler], Handler]:
    """Enter a handler into the table. Its docstring names the section of the specification."""

    def enter(handler: Handler) -> Handler:
        COMMANDS[name] = Command(
            name,
            handler,
            min_params,
            before_registration=before_registration,
            pipelined=pipelined,
        )
        return handler

    return enter


def load() -> dict[str, Command]:
    """The whole table: every file of this package has been read, a new command needs no list."""
    for module in iter_modules(import_module("chatd.commands").__path__):
        import_module(f"chatd.commands.{module.name}")
    return COMMANDS
