"""The text that is being written: editing keys as in a shell, and nothing that a chat needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from cli.client.checks import clean
from cli.commands import emoji

ROWS: Final = 8
"""That it grows to."""

_CONTROLS: Final = frozenset((*range(32), *range(127, 160))) - {ord("\n"), ord("\t")}
_TURNING: Final = frozenset((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""What turns the direction of writing: a terminal that heeds it turns the parts beside it, too.

https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
"""
_UNSAFE: Final = dict.fromkeys(_CONTROLS | _TURNING)
_NAMED: Final = re.compile(r"(?:^|\s)(:[\w+-]+:)$")


def plain(text: str) -> str:
    """Return a text as it can be shown and sent: no control characters, line breaks as LF."""
    return clean(text).replace("\r\n", "\n").replace("\r", "\n").translate(_UNSAFE)


class Writing(TextArea, inherit_bindings=False):
    """A text of several lines. ``pasted`` is called with what was pasted, at once.

    A message for it would come after the next key.
    """

    DEFAULT_CSS = f"""
    Writing, Writing:focus {{ height: auto; max-height: {ROWS}; border: none; padding: 0 1; }}
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("alt+enter,shift+enter,ctrl+j", "newline", "new line", id="write.newline"),
        Binding("up", "cursor_up", "up", id="write.up"),
        Binding("down", "cursor_down", "down", id="write.down"),
        Binding("left", "cursor_left", "left", id="write.left"),
        Binding("right", "cursor_right", "right", id="write.right"),
        Binding("ctrl+left,alt+b", "cursor_word_left", "a word left", id="write.word-left"),
        Binding("ctrl+right,alt+f", "cursor_word_right", "a word right", id="write.word-right"),
        Binding("home,ctrl+a", "cursor_line_start", "beginning of the line", id="write.home"),
        Binding("end,ctrl+e", "line_end", "end of the line", id="write.end"),
        Binding("shift+left", "cursor_left(True)", "select", show=False),
        Binding("shift+right", "cursor_right(True)", "select", show=False),
        Binding("shift+up", "cursor_up(True)", "select", show=False),
        Binding("shift+down", "cursor_down(True)", "select", show=False),
        Binding("shift+home", "cursor_line_start(True)", "select", show=False),
        Binding("shift+end", "cursor_line_end(True)", "select", show=False),
        Binding("ctrl+shift+left", "cursor_word_left(True)", "select", show=False),
        Binding("ctrl+shift+right", "cursor_word_right(True)", "select", show=False),
        Binding("backspace,ctrl+h", "delete_left", "delete to the left", id="write.backspace"),
        Binding("delete,ctrl+d", "delete_here", "delete to the right", id="write.delete"),
        Binding(
            "ctrl+w,alt+backspace,ctrl+backspace", "cut_word", "cut a word", id="write.cut-word"
        ),
        Binding("alt+d,alt+delete", "delete_word_right", "delete a word", id="write.delete-word"),
        Binding("ctrl+u", "cut_start", "cut to the beginning of the line", id="write.cut-start"),
        Binding("alt+k", "cut_end", "cut to the end of the line", id="write.cut-end"),
        Binding("ctrl+y", "put_back", "put back what was cut", id="write.put-back"),
        Binding("ctrl+v", "paste", "paste", id="write.paste"),
        Binding("ctrl+underscore,ctrl+slash", "undo", "undo", id="write.undo"),
        Binding("alt+slash,ctrl+shift+z", "redo", "redo", id="write.redo"),
    ]

    def __init__(self, pasted: Callable[[str], None]) -> None:
        super().__init__(compact=True, highlight_cursor_line=False)
        self._pasted = pasted
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self.indent_width = 8
        self._cut = ""

    # -- where the cursor is -----------------------------------------------------------------

    @property
    def before(self) -> str:
        """The text up to the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    @property
    def at_top(self) -> bool:
        """Tell whether the cursor is in the first row."""
        return self.wrapped_document.location_to_offset(self.cursor_location).y == 0

    @property
    def at_bottom(self) -> bool:
        """Tell whether the cursor is in the last row."""
        row = self.wrapped_document.location_to_offset(self.cursor_location).y
        return row >= self.wrapped_document.height - 1

    def put(self, text: str) -> None:
        """Have another text, with the cursor at its end; what it was cannot be had by undo."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    def exchange(self, start: int, text: str) -> None:
        """Put something in the place of the text from ``start`` to the cursor."""
        lines = self.before[:start].split("\n")
        begin = len(lines) - 1, len(lines[-1])
        end = self.replace(
            plain(text), begin, self.cursor_location, maintain_selection_offset=False
        )
        self.move_cursor(end.end_location)

    def _recompute_cursor_offset(self) -> None:
        # Undo asks for it when the lines are gone and the cursor is still behind them.
        if self.cursor_location[0] < self.document.line_count:
            super()._recompute_cursor_offset()  # type: ignore[no-untyped-call]

    # -- editing -----------------------------------------------------------------------------

    def action_newline(self) -> None:
        """Begin another line."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_line_end(self) -> None:
        """Go to the end of the line; from the end of the text, let others have the key."""
        if self.cursor_at_end_of_text:
            raise SkipAction
        self.action_cursor_line_end()

    def action_delete_here(self) -> None:
        """Delete; with no text at all, let others have the key."""
        if not self.text:
            raise SkipAction
        self.action_delete_right()

    def action_cut_word(self) -> None:
        """Cut to the blank before, as a shell does."""
        row, column = self.cursor_location
        line = self.document[row][:column]
        start = len(re.sub(r"\S*\s*$", "", line)) if line.strip() else 0
        self._cut_out((row, start) if column else (max(row - 1, 0), len(self.document[row - 1])))

    def action_cut_start(self) -> None:
        """Cut to the beginning of the line; from there the line break before it."""
        row, column = self.cursor_location
        before = (row - 1, len(self.document[row - 1])) if row else (0, 0)
        self._cut_out((row, 0) if column else before)

    def action_cut_end(self) -> None:
        """Cut to the end of the line; from there the line break behind it."""
        row, column = self.cursor_location
        end = len(self.document[row])
        last = row == self.document.line_count - 1
        self._cut_out((row, end) if column < end or last else (row + 1, 0))

    def action_put_back(self) -> None:
        """Insert what was cut last."""
        self._replace_via_keyboard(self._cut, *self.selection)

    def _cut_out(self, to: tuple[int, int]) -> None:
        start, end = sorted((self.cursor_location, to))
        cut = self.get_text_range(start, end)
        if cut:
            self._cut = cut
            self._delete_via_keyboard(start, end)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            return  # what it does is a binding
        await super()._on_key(event)
        if event.character == ":":
            self._name_emoji()

    def _name_emoji(self) -> None:
        """Put an emoji where its name was just completed; undo gives the name back."""
        line = self.document[self.cursor_location[0]][: self.cursor_location[1]]
        named = _NAMED.search(line)
        char = emoji.emoji(named[1]) if named is not None else ""
        if named is not None and char:
            self.history.checkpoint()
            self.exchange(len(self.before) - len(named[1]), char)
            self.history.checkpoint()

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._pasted(plain(event.text))

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        self._pasted(plain(self.app.clipboard))
