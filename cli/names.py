"""What stands for somebody or something on a command line: an empty text never does.

A wrong value is a wrong use of the command, exit code 2, before anything is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _Type = click.ParamType[str, str]
else:
    _Type = click.ParamType  # not generic in every version


Completer = Callable[[Sequence[str], click.Context, str], "list[CompletionItem]"]
"""Names of some kinds that begin with a text."""

ASKED: Final[list[Completer]] = []
"""While a shell completes: what asks for names (`cli.completion`)."""


class Word(_Type):
    """A text that is not empty, and that ``check`` has nothing against (it raises ChatError)."""

    def __init__(
        self, name: str, check: Callable[[str], None] | None = None, *completed: str
    ) -> None:
        self.name = name
        self._completed = completed
        self._check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text."""
        from cli.client.errors import ChatError

        if not value:
            self.fail("it is empty", param, ctx)
        try:
            if self._check is not None:
                self._check(value)
        except ChatError as error:
            self.fail(str(error), param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Ask for what it may be."""
        return [item for ask in ASKED for item in ask(self._completed, ctx, incomplete)]


def _login_name(name: str) -> None:
    from cli.client.checks import check_login_name

    check_login_name(name)


def _target(name: str) -> None:
    from cli.client.checks import check_target

    check_target(name)


def _room(name: str) -> None:
    from chatd.wire.casemap import is_room
    from chatd.wire.text import printable
    from cli.client.errors import ChatError

    if not is_room(name):
        raise ChatError(f"{printable(name)} is no room: room names begin with #")
    _target(name)


def _key(key: str) -> None:
    from cli.client.checks import check_key

    check_key(key)


WORD: Final = Word("word")
NAME: Final = Word("name", _login_name, "own")
"""Of somebody who logs in."""
TARGET: Final = Word("target", _target, "people", "rooms")
"""Somebody, or a room."""
ROOM: Final = Word("room", _room, "rooms")
NICK: Final = Word("nick", _login_name, "people")
"""Of somebody else; no room."""
KEY: Final = Word("key", _key)
