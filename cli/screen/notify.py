"""Tells the user of what concerns them while they look at something else.

By the terminal's bell, by a notification of the desktop where the terminal can (OSC 9, 777, 99),
and by the title of the window. No I/O: ``write`` takes what is for the terminal.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Final

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.lookback import partner
from cli.screen.shown import visible
from cli.settings import Preferences

SOON_S: Final = 1.0
"""From a message to its notification: the rest of a burst, and word that it was read elsewhere,
come in that time."""

BETWEEN_S: Final = 5.0
"""Between two notifications."""

TEXT: Final = 200
"""Characters of a message that a notification shows."""

_ESC, _ST, _BEL = "\x1b", "\x1b\\", "\x07"

SAVE_TITLE: Final = "\x1b[22;2t"
RESTORE_TITLE: Final = "\x1b[23;2t"
"""xterm's "Save xterm window title on stack", and "Restore", XTWINOPS."""


class Notifier:
    """``looks`` tells whether the user has a room or a conversation before their eyes now.

    ``later`` calls something after some seconds.
    """

    def __init__(
        self,
        buffers: Buffers,
        preferences: Preferences,
        write: Callable[[str], None],
        looks: Callable[[str], bool],
        later: Callable[[float, Callable[[], None]], object],
        clock: Callable[[], float] = time.monotonic,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._buffers = buffers
        self._preferences = preferences
        self._write = write
        self._looks = looks
        self._later = later
        self._clock = clock
        self._environ = environ
        self._waiting: list[ev.Said] = []
        self._told = -BETWEEN_S
        self._title = ""

    def take(self, event: ev.Event) -> None:
        """Take note of what happened; it may concern the user."""
        if isinstance(event, ev.Said) and self._concerns(event):
            if not self._waiting:
                rest = self._told + BETWEEN_S - self._clock()
                self._later(max(SOON_S, rest), self.tell)
            self._waiting.append(event)

    def tell(self) -> None:
        """Tell of what came, if it is still news."""
        waiting, self._waiting = self._waiting, []
        news = [said for said in waiting if self._is_news(said)]
        if not news or self._preferences.now.do_not_disturb:
            return
        self._told = self._clock()
        now = self._preferences.now
        if now.notifications_bell:
            self._write(_BEL)
        kind = now.notifications_desktop
        kind = kind_of(self._environ) if kind == "auto" else kind
        if kind != "none":
            self._write(in_tmux(notification(kind, *_words(news)), self._environ))

    def show_title(self) -> None:
        """Show in the title of the window how much waits, if that has changed."""
        if not self._preferences.now.notifications_title:
            title = "chat"
        else:
            loud = [one for one in self._buffers.order() if not self._mutes(one.name)]
            urgent = sum(one.mentions if one.is_room else one.unread for one in loud)
            other = any(one.unread for one in loud)
            title = f"({urgent}) chat" if urgent else "* chat" if other else "chat"
        if title != self._title:
            self._title = title
            self._write(f"{_ESC}]2;{title}{_BEL}")

    def again(self) -> None:
        """Show the title again: something else had the terminal."""
        self._title = ""
        self.show_title()

    # -- helpers -----------------------------------------------------------------------------

    def _concerns(self, said: ev.Said) -> bool:
        mentioned = self._buffers.is_mention(said.text)
        private = not is_room(said.target) and said.kind != "notice"
        return (mentioned or private) and not (said.own or said.missed) and self._is_news(said)

    def _is_news(self, said: ev.Said) -> bool:
        where = said.target if is_room(said.target) else partner(said)
        buffer = self._buffers.get(where)
        if buffer is not None and said.at <= buffer.marker:
            return False
        return not (self._mutes(where) or self._looks(where))

    def _mutes(self, name: str) -> bool:
        return self._preferences.now.mutes(name)


def kind_of(environ: Mapping[str, str]) -> str:
    """Return by which OSC this terminal tells the desktop, as far as it says what it is."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if term in ("", "dumb", "linux") or (term.startswith("screen") and "TMUX" not in environ):
        return "none"
    if "KITTY_WINDOW_ID" in environ or "kitty" in term:
        return "99"
    if "VTE_VERSION" in environ or term.startswith(("rxvt", "foot")) or program == "ghostty":
        return "777"
    return "9"


def notification(kind: str, head: str, text: str) -> str:
    """Write a notification; others' words in it steer nothing.

    https://sw.kovidgoyal.net/kitty/desktop-notifications/ for 99,
    https://iterm2.com/documentation-escape-codes.html for 9, and rxvt-unicode's for 777.
    """
    head, text = (visible(" ".join(one.split())) for one in (head, text))
    head = head.replace(";", ",")  # it parts the fields of 777, and 9 may begin with a number
    match kind:
        case "99":
            begin = f"{_ESC}]99;i=chatd:d=0;{head}{_ST}"
            return f"{begin}{_ESC}]99;i=chatd:d=1:p=body;{text}{_ST}"
        case "777":
            return f"{_ESC}]777;notify;{head};{text.replace(';', ',')}{_ST}"
    return f"{_ESC}]9;chat: {head}: {text}{_ST}"


def in_tmux(text: str, environ: Mapping[str, str]) -> str:
    """Have tmux hand a sequence on to the terminal around it, if it is allowed to."""
    if "TMUX" not in environ:
        return text
    return f"{_ESC}Ptmux;{text.replace(_ESC, _ESC + _ESC)}{_ST}"


def _words(news: list[ev.Said]) -> tuple[str, str]:
    """Return the head and the text of one notification of all that came."""
    last = news[-1]
    place = f" in {last.target}" if is_room(last.target) else ""
    if len(news) == 1:
        return f"{last.source}{place}", last.text[:TEXT]
    names = ", ".join(dict.fromkeys(said.source for said in news))
    return f"{len(news)} messages", f"from {names[:TEXT]}"
