"""The simplest thing that shows a buffer."""

from __future__ import annotations

from typing import Any

from textual.widgets import RichLog

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import folded
from cli.client.entries import Happening, Message
from cli.render import Renderer


class Messages(RichLog):
    """What was said in one buffer."""

    def __init__(self, buffers: Buffers, pager: Any, settings: Any) -> None:
        super().__init__(wrap=True, min_width=10)
        self.can_focus = False
        self._buffers = buffers
        self._shown = ""
        self._serial = 0

    @property
    def at_end(self) -> bool:
        """Tell whether the newest is in sight."""
        return True

    def show(self, name: str) -> None:
        """Show a buffer."""
        self._shown, self._serial = name, 0
        self.clear()
        self._more()

    def update(self, changed: set[str]) -> None:
        """Take note that buffers changed."""
        if folded(self._shown) in changed:
            self._more()

    def _more(self) -> None:
        view = Renderer(self._shown)
        for entry in self._buffers.open(self._shown).entries:
            if entry.serial > self._serial:
                self._serial = entry.serial
                event: ev.Event | None = None
                if isinstance(entry, Happening):
                    event = entry.event
                elif isinstance(entry, Message):
                    event = ev.Said(entry.at, entry.source, self._shown, entry.text, entry.kind)
                for line in view.lines(event) if event is not None else ():
                    self.write(str(line))
