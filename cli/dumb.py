"""The chat on a terminal that understands no escapes.

Nothing that stands there is ever changed: a line that was broken off by what came meanwhile is
written once more below it.
"""

from __future__ import annotations

import shutil
import sys
import termios
from collections.abc import Sequence

from prompt_toolkit.application import Application
from prompt_toolkit.output import DummyOutput

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.editing import Input
from cli.prompt import Screen
from cli.render import Line, in_words, rows
from cli.wrapping import columns, rows_of


class Dumb(Screen):
    """The terminal: lines, and the one that is typed."""

    def __init__(self) -> None:
        super().__init__(DummyOutput())
        self._echoes = _echoes()
        self._typed: Input | None = None
        self._written = ""
        """What of the line that is typed has been written."""

    async def show(self, lines: Sequence[Line]) -> None:
        """Write lines; the line being typed is begun again behind them."""
        if self._written:
            self._write("\n")
        width = shutil.get_terminal_size().columns
        for line in map(in_words, lines):
            clock = f"{line.clock} " if line.clock else ""
            first, *more = rows_of(line.who + line.text, width - len(clock))
            self._write(f"{clock}{first}\n")
            for row in more:
                self._write(f"{' ' * len(clock)}{row}\n")
        self._written = ""
        self._echo()

    def _application(self, typed: Input) -> Application[None]:
        self._typed, typed.aloud = typed, True
        typed.buffer.on_text_changed += lambda _: self._echo()
        return super()._application(typed)

    def _echo(self) -> None:
        """Write what has been typed since, or all of it where it was changed before its end."""
        typed = self._typed
        text = typed.buffer.text if typed is not None and not typed.secret else ""
        wanted = f"{self._begin()}{rows(text)}" if text else ""
        if not self._echoes or wanted == self._written:
            return
        if wanted and wanted.startswith(self._written):
            self._write(wanted[len(self._written) :])
        elif wanted and self._written.startswith(wanted) and "\n" not in self._written:
            self._write("\b \b" * columns(self._written[len(wanted) :]))
        else:
            self._write(f"\n{wanted}")
        self._written = wanted

    def _clear(self) -> None:
        """Do nothing: what stands there stays."""

    def _begin(self) -> str:
        """Say before a text whom it goes to."""
        target = printable(self._typed.talk.target) if self._typed is not None else ""
        return f"{target}: " if is_room(target) else f"private to {target}: "

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _echoes() -> bool:
    """Tell whether what is typed is to be seen: an editor that runs this shows it by itself."""
    return bool(termios.tcgetattr(sys.stdin.fileno())[3] & termios.ECHO)
