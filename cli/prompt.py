"""The chat on a terminal: what happens scrolls by above the line that is being typed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.data_structures import Size
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import (
    BeforeInput,
    ConditionalProcessor,
    PasswordProcessor,
    TabsProcessor,
)
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from chatd.wire.casemap import is_room
from chatd.wire.text import printable
from cli.client import events as ev
from cli.client.conversation import folded
from cli.commands.talk import Talk
from cli.editing import ASK_FROM, MANY_WAITING, Input
from cli.render import Line, in_words
from cli.resizing import reflows, rows_above, rows_of_all
from cli.talking import LineSurface
from cli.wrapping import rows_of

PATIENCE = 3.0
"""Seconds for the acknowledgements after the user leaves."""

CALM = 0.5
"""Seconds without anybody coming or going, after which those who did are told in one line."""

MOST_ROWS: Final = 10
"""Of the text that is typed, which are seen at once."""

LONG: Final = 300
"""Characters of a text that may have more rows; it has the prompt above it."""

MOST_PLACES: Final = 3
"""Rooms and people with something unread that the prompt names; more are counted."""

STYLE = Style.from_dict(
    {
        "clock": "ansibrightblack",
        "who": "bold",
        "quiet": "ansibrightblack",
        "error": "ansiyellow",
        "new": "ansired",
        "private": "ansimagenta bold",
        "mention": "ansiyellow bold",
        "to-one": "ansimagenta bold reverse",
        "ask": "ansiyellow bold",
        "unread": "ansiyellow",
    }
)


class Screen:
    """The terminal: a prompt at the bottom, everything else above it."""

    def __init__(self, output: Output | None = None) -> None:
        self._output = output or _output()
        self._app: Application[None] | None = None
        self._width = 0
        """Columns that the terminal had when the prompt was drawn."""
        self._stopped = False
        """Whether it was this program that stopped itself, and removed the prompt before."""

    async def show(self, lines: Sequence[Line]) -> None:
        """Write lines above the prompt; the line being typed stays."""
        width = self._output.get_size().columns
        plain = self._output.get_default_color_depth() is ColorDepth.DEPTH_1_BIT
        shown = (in_words(line) if plain else line for line in lines)
        fragments = [fragment for line in shown for fragment in _fragments(line, width)]
        # The library's own way (run_in_terminal) lets the terminal interpret and echo the keys
        # that are pressed meanwhile; they would be lost, and Ctrl-C would end the program.
        self._erase()
        print_formatted_text(self._output, fragments, STYLE)
        if self._app is not None and self._app.is_running:
            self._app.renderer.reset()
            self._app.invalidate()

    async def typing(self, talk: Talk) -> None:
        """Read and carry out lines until Ctrl-D. Raises Quit for ``/quit``."""
        typed = Input(talk, self._suspend)
        self._app = self._application(typed)
        if isinstance(talk.surface, LineSurface):
            talk.surface.abilities.update(password=typed.ask_password, clear=self._clear)
        with contextlib.suppress(EOFError), self._faults(talk), self._signals():
            try:
                await self._app.run_async(set_exception_handler=False)
            except termios.error as error:
                raise OSError(*error.args) from None

    def _application(self, typed: Input) -> Application[None]:
        app: Application[None] = Application(
            _layout(typed),
            style=STYLE,
            key_bindings=typed.keys(),
            erase_when_done=True,
            output=self._output,
            terminal_size_polling_interval=None,
            enable_page_navigation_bindings=False,
        )
        app.after_render += self._note_width
        # behind the library's own, which leaves copies of the line behind
        app.pre_run_callables.append(lambda: _later(signal.SIGWINCH, self._resized))
        return app

    def _note_width(self, app: Application[Any]) -> None:
        self._width = self._output.get_size().columns

    def _clear(self) -> None:
        if self._app is not None:
            self._app.renderer.clear()

    def _resized(self) -> None:
        """Draw the prompt, and only it, for the new width."""
        self._erase()
        if self._app is not None:
            self._app.invalidate()

    def _erase(self) -> None:
        """Remove the prompt, however many rows the terminal has made of it."""
        app = self._app
        if app is None or not app.is_running:
            return
        screen, width = app.renderer.last_rendered_screen, self._output.get_size().columns
        if screen is not None and width != self._width:
            at = screen.get_cursor_position(app.layout.current_window)
            narrower = min(width, self._width) if reflows(os.environ) else self._width
            self._erase_rows(rows_above(screen, at, narrower), rows_of_all(screen, narrower), at.y)
        app.renderer.erase()

    def _erase_rows(self, above: int, rows: int, end: int) -> None:
        """Empty rows, of which some are above the cursor; the cursor is in row ``end`` then.

        One by one: what is cleared as a whole screen is kept by tmux, as a copy.
        """
        self._output.cursor_up(above)
        self._output.write_raw("\r")
        for at in range(rows):
            self._output.cursor_down(1 if at else 0)
            self._output.erase_end_of_line()
        self._output.cursor_up(rows - 1 - end)

    def _suspend(self) -> None:
        """Stop, until the shell continues this process."""

        def stop() -> None:
            loop = asyncio.get_running_loop()
            loop.remove_signal_handler(signal.SIGTSTP)
            self._stopped = True
            os.kill(0, signal.SIGTSTP)
            loop.add_signal_handler(signal.SIGTSTP, self._suspend)

        run_in_terminal(stop)

    def _continued(self) -> None:
        """Go on after a stop that nobody has announced: a shell took the terminal meanwhile.

        Where there is none the prompt still stands.
        """
        stopped, self._stopped = self._stopped, False
        if self._app is not None and self._app.is_running and not stopped:
            self._app.input.raw_mode().__enter__()
            self._output.write_raw("\r")
            self._output.erase_down()
            self._app.renderer.reset()
            self._app.invalidate()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        loop.add_signal_handler(signal.SIGCONT, self._continued)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGTSTP)
            loop.remove_signal_handler(signal.SIGCONT)

    @contextlib.contextmanager
    def _faults(self, talk: Talk) -> Iterator[None]:
        """Tell what goes wrong in the prompt in a line; only a terminal that is gone ends it."""
        loop, told = asyncio.get_running_loop(), set[str]()

        def take(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error, app = context.get("exception"), self._app
            text = f"the prompt does not work as it should: {error or context.get('message')}"
            if isinstance(error, OSError | termios.error) and app is not None:
                if app.is_running and not app.is_done:
                    app.exit(exception=error)
            elif text not in told:
                told.add(text)
                talk.tell(ev.Problem(text))

        before = loop.get_exception_handler()
        loop.set_exception_handler(take)
        try:
            yield
        finally:
            loop.set_exception_handler(before)


def _layout(typed: Input) -> Layout:
    """Put the prompt before the text, or above one of which not all is seen."""
    is_long = Condition(lambda: typed.lines >= ASK_FROM or len(typed.buffer.text) >= LONG)
    is_secret = Condition(lambda: typed.secret)
    text = BufferControl(
        typed.buffer,
        input_processors=[
            TabsProcessor(char1=" ", char2=" "),
            ConditionalProcessor(PasswordProcessor(), is_secret),
            ConditionalProcessor(BeforeInput(lambda: prompt_of(typed)), ~is_long),
        ],
    )
    prompt = FormattedTextControl(lambda: prompt_of(typed))
    rows = Dimension(min=1, max=MOST_ROWS)
    below = Window(text, height=rows, wrap_lines=True, dont_extend_height=True)
    above = Window(prompt, height=Dimension(min=1), wrap_lines=True, dont_extend_height=True)
    return Layout(HSplit([ConditionalContainer(above, is_long), below]), below)


def prompt_of(typed: Input) -> StyleAndTextTuples:
    """Return what stands before the text: whom it goes to, or what the user is asked."""
    if typed.asking:
        return [("class:ask", f"[{typed.lines:,} lines: {typed.question}] ")]
    if typed.secret:
        return [("class:ask", "[password, not shown] ")]
    talk = typed.talk
    name, style = printable(talk.target), "class:to-room"
    if not is_room(talk.target):
        name, style = f"private: {name}", "class:to-one"
    waiting, state = talk.session.delivery.pending, ""
    if not talk.session.connected:
        state = " offline" if talk.session.stopped is None else " not let in"
    if waiting and (state or waiting >= MANY_WAITING):
        state += f", {waiting:,} waiting"
    return [(style, f"[{name}{state}"), ("class:unread", _unread(talk)), (style, "]"), ("", " ")]


def _unread(talk: Talk) -> str:
    """Name where something was said since the user was here; who wrote to them alone first."""
    here = folded(talk.target)
    others = [one for one in talk.buffers.order() if one.unread and folded(one.name) != here]
    others.sort(key=lambda one: one.is_room)
    shown = [
        f"{printable(one.name)} {one.unread}" if one.is_room
        else f"private from {printable(one.name)}"
        for one in others[:MOST_PLACES]
    ]  # fmt: skip
    if len(others) > MOST_PLACES:
        shown.append(f"{len(others) - MOST_PLACES} more")
    return f"; new: {', '.join(shown)}" if shown else ""


def _fragments(line: Line, width: int) -> StyleAndTextTuples:
    indent = len(line.clock) + 1 if line.clock else 0
    first, *more = rows_of(line.who + line.text, width - indent)
    who = line.who if first.startswith(line.who) else ""
    style = "class:error" if line.error else "class:quiet" if line.quiet else ""
    style = "class:new" if line.new else style
    about = "class:private" if line.private else "class:mention" if line.mention else "class:who"
    shown: StyleAndTextTuples = [("class:clock", f"{line.clock} ")] if indent else []
    shown += [(about, who), (style, first[len(who) :]), ("", "\n")]
    for row in more:
        shown.append((style, f"{' ' * indent}{row}\n"))
    return shown


def _output() -> Output:
    """Return the terminal. It is not asked where its cursor is: not all can answer."""

    def size() -> Size:
        try:
            columns, rows = os.get_terminal_size(sys.stdout.fileno())
        except OSError:
            columns = rows = 0
        return Size(rows or 24, columns or 80)

    return Vt100_Output(
        sys.stdout, size, os.environ.get("TERM"), ColorDepth.from_env(), enable_cpr=False
    )


def _later(number: signal.Signals, do: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.add_signal_handler, number, do)
