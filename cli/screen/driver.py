"""The terminal under the screen: it sleeps while nothing is typed, and may go away.

Textual's own looks ten times a second whether there are keys, and ends with a traceback when the
terminal is gone.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import IO, Any, Final

from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

from cli.screen.ground import QUESTION, Answer, Ground
from cli.screen.sequences import Parser

CHUNK: Final = 65536
"""Bytes that are read at once: a paste of a few pages."""


class QuietDriver(LinuxDriver):
    """Wakes up for what the terminal sends, and for nothing else.

    The app has a method ``hung_up``, which is called when the terminal is gone, and
    ``asks_for_ground``, whether it wants to know the background: it is told of it as `Ground`.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._wake, self._waker = os.pipe()
        self._stopping = False
        self._ground: Answer | None = None
        assert self._file is not None
        self._file = _Output(self._file, self._hung_up)  # type: ignore[assignment]

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._stopping = False
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._ground is None and self._app.asks_for_ground:  # type: ignore[attr-defined]
            self._ground = Answer()
            self.write(QUESTION)
            self.flush()

    def disable_input(self) -> None:
        """Read no more keys."""
        self._stopping = True
        os.write(self._waker, b"x")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Read keys until the end."""
        selector = selectors.DefaultSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        selector.register(self._wake, selectors.EVENT_READ)
        parser = Parser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        try:
            while not self._stopping:
                # an Escape may be a key, or the beginning of one: that takes time to know
                is_open = parser._timeout_time is not None or self._holds()
                pause = ESCAPE_DELAY if is_open else None
                ready = {key.fd for key, _ in selector.select(pause)}
                if self._wake in ready:
                    os.read(self._wake, CHUNK)
                typed = ""
                if self.fileno in ready:
                    data = self._read()
                    if not data:
                        return self._hung_up()
                    typed = self._typed(decode(data))
                elif self._ground is not None:
                    typed = self._ground.rest()
                for event in parser.feed(typed) if typed else ():  # nothing would be its end
                    self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        finally:
            selector.close()
        return None

    def _holds(self) -> bool:
        return self._ground is not None and self._ground.holds

    def _typed(self, text: str) -> str:
        """Return what was typed, without what the terminal says of its background."""
        if self._ground is None:
            return text
        text = self._ground.take(text)
        is_light = self._ground.news()
        if is_light is not None:
            self.process_message(Ground(is_light=is_light))
        return text

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, CHUNK)
        except OSError:
            return b""

    def _hung_up(self) -> None:
        """Tell the app, from whatever thread, that nobody sees it any more."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._app.hung_up)  # type: ignore[attr-defined]


class _Output:
    """A terminal that takes everything, also when it is gone."""

    def __init__(self, file: IO[str], gone: Callable[[], None]) -> None:
        self._file = file
        self._gone = gone
        self._lost = False

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _try(self, act: Callable[[], object]) -> None:
        if self._lost:
            return
        try:
            act()
        except (OSError, ValueError):
            self._lost = True
            self._gone()
