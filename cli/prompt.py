"""The chat on a terminal: what happens scrolls by above the line that is being typed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from chatd.wire.text import printable
from cli.client.conversation import folded
from cli.commands.table import COMMANDS
from cli.commands.talk import Quit, Talk
from cli.render import Line

PATIENCE = 3.0
"""Seconds for the acknowledgements after the user leaves."""

STYLE = Style.from_dict(
    {
        "clock": "ansibrightblack",
        "who": "bold",
        "quiet": "ansibrightblack",
        "error": "ansiyellow",
        "new": "ansired",
    }
)


class Screen:
    """The terminal: a prompt at the bottom, everything else above it."""

    def __init__(self) -> None:
        self._output = create_output()
        self._app: Application[str] | None = None

    async def show(self, lines: Sequence[Line]) -> None:
        """Write lines above the prompt; the line being typed stays."""
        fragments = [fragment for line in lines for fragment in _fragments(line)]
        # The library's own way (run_in_terminal) lets the terminal interpret and echo the keys
        # that are pressed meanwhile; they would be lost, and Ctrl-C would end the program.
        if self._app is not None and self._app.is_running:
            self._app.renderer.erase()
        print_formatted_text(self._output, fragments, STYLE)
        if self._app is not None and self._app.is_running:
            self._app.renderer.reset()
            self._app.invalidate()

    async def typing(self, talk: Talk) -> None:
        """Read and carry out lines until Ctrl-D. Raises Quit for ``/quit``."""
        prompt: PromptSession[str] = PromptSession(
            lambda: _prompt(talk),
            completer=Names(talk),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            erase_when_done=True,
            key_bindings=_keys(talk),
            output=self._output,
            style=STYLE,
        )
        self._app = prompt.app
        with contextlib.suppress(EOFError):
            await prompt.prompt_async()


def _fragments(line: Line) -> StyleAndTextTuples:
    words = "class:error" if line.error else "class:quiet" if line.quiet else ""
    words = "class:new" if line.new else words
    return [
        ("class:clock", f"{line.clock} "),
        ("class:who", line.who),
        (words, line.text),
        ("", "\n"),
    ]


def _prompt(talk: Talk) -> str:
    waiting = talk.session.delivery.pending
    state = "" if talk.session.connected else " offline"
    if waiting and state:
        state += f", {waiting} waiting"
    return f"[{printable(talk.target)}{state}] "


def _keys(talk: Talk) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text
        buffer.reset(append_to_history=bool(text.strip()))
        try:
            talk.type(text)
        except Quit as leaving:
            event.app.exit(exception=leaving)

    @keys.add("c-c")
    @keys.add("<sigint>")
    def clear(event: KeyPressEvent) -> None:
        event.current_buffer.reset()

    return keys


class Names(Completer):
    """Completes /commands, the names of people, and rooms."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield what the word before the cursor can become."""
        before = document.text_before_cursor
        match = re.search(r"\S*$", before)
        word = match.group() if match else ""
        first = word == before
        if first and word.startswith("/"):
            choices = [f"/{name} " for name in sorted(COMMANDS)]
        elif word.startswith("#"):
            choices = [f"{room} " for room in self._talk.rooms()]
        else:
            choices = [f"{name}: " if first else f"{name} " for name in self._talk.names()]
        for choice in choices:
            if folded(choice).startswith(folded(word)):
                yield Completion(choice, -len(word), display=choice.rstrip(": "))
