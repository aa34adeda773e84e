"""A list of rows, each a line high: only those in sight are painted, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cli.screen.shown import visible

PIECES: Final = 4
"""Characters of a text that are looked at for each column: what is longer is cut anyway."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a mark, a text, and a badge at the right; ``look`` is a name of `Listing.LOOKS`.

    ``key`` is what the row stands for. A ``look`` that begins with ``head`` cannot be chosen.
    """

    key: str
    text: str
    mark: str = ""
    badge: str = ""
    look: str = "plain"
    badge_look: str = "badge"


class Listing(ScrollView, can_focus=True):
    """Rows to choose from, by the arrows and Enter or by a click."""

    LOOKS: ClassVar = {"plain", "bold", "dim", "head", "here", "badge", "mention"}
    COMPONENT_CLASSES = {f"listing--{look}" for look in LOOKS} | {"listing--cursor"}
    DEFAULT_CSS = """
    Listing {
        height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; background: $surface;
        &>.listing--bold { text-style: bold; }
        &>.listing--dim { color: $muted; }
        &>.listing--head { color: $muted; text-style: bold; }
        &>.listing--here { background: $here; text-style: bold; }
        &>.listing--badge { color: $muted; }
        &>.listing--mention { color: $error; text-style: bold reverse; }
        &>.listing--cursor { text-style: reverse; }
    }
    """
    BINDINGS: ClassVar = [
        ("up", "move(-1)", ""),
        ("down", "move(1)", ""),
        ("pageup", "page(-1)", ""),
        ("pagedown", "page(1)", ""),
        ("home", "move(-1000000)", ""),
        ("end", "move(1000000)", ""),
        ("enter", "choose", ""),
        ("space", "choose(True)", ""),
        ("escape", "close", ""),
    ]

    class Chosen(Message):
        """A row was chosen; ``menu``: what can be done with it is wanted, not it itself."""

        def __init__(self, listing: Listing, row: Row, *, menu: bool = False) -> None:
            super().__init__()
            self.listing = listing
            self.row = row
            self.menu = menu

        @property
        def control(self) -> Listing:
            """Which list it is in."""
            return self.listing

    class Moved(Message):
        """The cursor is at another row."""

    class Closed(Message):
        """The user is done with the list, and may have typed something already."""

        def __init__(self, text: str = "") -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None, follow: bool = False) -> None:  # noqa: A002
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.cursor = 0
        self._follow = follow
        """The cursor is seen even when the list has not the focus."""

    def show_rows(self, rows: Sequence[Row], cursor: str | None = None) -> None:
        """Show other rows. The cursor stays at what it stood at, or goes to ``cursor``."""
        at = self.row.key if self.row is not None and cursor is None else cursor
        if rows == self.rows and (cursor is None or (self.row and self.row.key == cursor)):
            return
        self.rows = rows
        places = (place for place, row in enumerate(rows) if row.key == at)
        self.cursor = next(places, min(self.cursor, max(0, len(rows) - 1)))
        self.virtual_size = Size(self.size.width, len(rows))
        self._skip_heads(1)
        self._see_cursor()

    @property
    def row(self) -> Row | None:
        """The row at the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def render_line(self, y: int) -> Strip:
        """Return one line as it is in sight."""
        place, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        base = self.rich_style
        if place >= len(self.rows):
            return Strip.blank(width, base)
        row = self.rows[place]
        style = base + self.get_component_rich_style(f"listing--{row.look}", partial=True)
        if place == self.cursor and (self.has_focus or self._follow):
            style += self.get_component_rich_style("listing--cursor", partial=True)
        badge = f"{visible(row.badge)} " if row.badge else ""
        badge_style = style
        if row.badge:
            badge_style += self.get_component_rich_style(f"listing--{row.badge_look}", partial=True)
        text = f" {row.mark}{visible(row.text[: PIECES * width])}"
        room = max(0, width - cell_len(badge))
        if cell_len(text) > room:
            text = set_cell_size(text, max(0, room - 2)) + "… "
        return Strip([Segment(set_cell_size(text, room), style), Segment(badge, badge_style)])

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = max(0, min(len(self.rows) - 1, self.cursor + by))
        self._skip_heads(1 if by > 0 else -1)
        self._see_cursor()

    def action_page(self, by: int) -> None:
        """Move the cursor by what is in sight."""
        self.action_move(by * max(1, self.size.height - 1))

    def on_key(self, event: events.Key) -> None:
        """Let a letter that is no key here be written."""
        if event.is_printable and event.character and event.key not in self.screen.active_bindings:
            event.stop()
            self.post_message(self.Closed(event.character))

    def action_close(self) -> None:
        """Be done with it."""
        self.post_message(self.Closed())

    def action_choose(self, menu: bool = False) -> None:
        """Choose the row at the cursor."""
        if self.row is not None and not self.row.look.startswith("head"):
            self.post_message(self.Chosen(self, self.row, menu=menu))

    def on_click(self, event: events.Click) -> None:
        """Choose a row; with the right button see what can be done with it."""
        place = event.y + self.scroll_offset.y
        if place < len(self.rows):
            self.cursor = place
            self.action_choose(menu=event.button == 3)
            self._see_cursor()

    def _skip_heads(self, by: int) -> None:
        for step in (by, -by):
            while self.row is not None and self.row.look.startswith("head"):
                if not 0 <= self.cursor + step < len(self.rows):
                    break
                self.cursor += step

    def _see_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)
        self.post_message(self.Moved())
        self.refresh()
