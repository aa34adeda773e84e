"""What the word at the cursor can become, shown above the text; Tab takes one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events
from textual.geometry import Offset
from textual.widgets import Static

from cli.commands.completion import Choice, Choices, completions
from cli.commands.talk import Talk
from cli.screen.shown import visible
from cli.screen.writing import Writing

ROWS: Final = 7
"""Choices that are in sight."""

WIDTH: Final = 60


class Choosing(Static):
    """A list over the screen. It takes no keys: whoever has them calls `step`."""

    DEFAULT_CSS = """
    Choosing {
        overlay: screen; display: none; width: auto; max-width: 100%; height: auto;
        background: $panel; color: $foreground;
    }
    """

    def __init__(self, talk: Talk, writing: Writing) -> None:
        super().__init__(markup=False)
        self._talk = talk
        self._writing = writing
        self._choices = Choices(0)
        self._at = -1
        """The choice that was taken, -1 for none."""
        self._typed = ""
        """What stood in its place."""
        self._after = ""
        """The text up to the cursor as the last choice has left it."""

    @property
    def is_open(self) -> bool:
        """Tell whether there is something to choose."""
        return bool(self.display)

    def step(self, by: int) -> bool:
        """Take the next choice or the one before; return whether there is one."""
        if self._at < 0 or self._writing.before != self._after:
            self._choices = completions(self._talk, self._writing.before)
            self._typed = self._writing.before[self._choices.start :]
            self._at = -1 if by > 0 else 0
        items = self._choices.items
        if not items:
            self.close()
            return False
        self._at = (self._at + by) % len(items)
        self._put(items[self._at].text)
        if len(items) > 1:
            self._show(items)
        else:
            self.display = False
        return True

    def typed(self) -> None:
        """Show what is offered without being asked for, now that the text is another one."""
        if self._at >= 0 and self._writing.before == self._after:
            return
        self._at = -1
        choices = completions(self._talk, self._writing.before, asked=False)
        self._choices = choices if choices.unasked else Choices(0)
        if self._choices.items:
            self._show(self._choices.items)
        elif choices.hint is not None:
            self._show((choices.hint,))
        else:
            self.close()

    def revert(self) -> bool:
        """Give back what was typed, and close; return whether there was something to do."""
        is_taken = self._at >= 0 and self._writing.before == self._after
        if not self.is_open and not is_taken:
            return False
        if is_taken:
            self._put(self._typed)
        self.close()
        return True

    def close(self) -> None:
        """Show nothing."""
        self.display = False
        self._at = -1

    def on_click(self, event: events.Click) -> None:
        """Take what was clicked."""
        event.stop()
        at = self._first() + event.y
        if self.is_open and at < len(self._choices.items):
            if self._at < 0:
                self._typed = self._writing.before[self._choices.start :]
            self._put(self._choices.items[at].text)
            self.close()
            self._writing.focus()

    def _put(self, text: str) -> None:
        self._writing.exchange(self._choices.start, text)
        self._after = self._writing.before

    def _first(self) -> int:
        """Return the number of the first choice that is in sight."""
        most = max(len(self._choices.items) - ROWS, 0)
        return min(max(self._at - ROWS // 2, 0), most)

    def _show(self, items: Sequence[Choice]) -> None:
        first = self._first()
        items = items[first : first + ROWS]
        width = min(WIDTH, max(cell_len(visible(one.shown)) for one in items))
        most = max(self._writing.size.width - 2, 1)
        text = Text(no_wrap=True)
        for number, one in enumerate(items, first):
            row = set_cell_size(visible(one.shown), width)
            row += f"  {visible(one.note)}" if one.note else ""
            row = row if cell_len(row) <= most else f"{set_cell_size(row, most - 1)}…"
            text.append(f" {row} ", "reverse" if number == self._at else "")
            text.append("\n" if number < first + len(items) - 1 else "")
        self.update(text)
        self.display = True
        self.styles.offset = Offset(1, -len(items) - self._writing.size.height)
