"""The lines of one buffer, scrolled. `cli.screen.messages` is what others see of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message as Told
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from cli.client.entries import Message
from cli.client.shelf import Buffer
from cli.screen.colours import CONTRAST, HIGH_CONTRAST, Palette, ansi_palette, no_colours, palette
from cli.screen.marking import extracted, marked
from cli.screen.paint import Layout, head, paint
from cli.screen.rows import Row
from cli.screen.view import Anchor, View

PAINTED: Final = 2000
"""Rows whose lines are kept, in the looks that they had."""

LIT_S: Final = 2.0
"""For which a message is highlighted that was jumped to."""


class Log(ScrollView, can_focus=True, inherit_bindings=False):
    """It follows the end until somebody scrolls up, and then stays where it is."""

    DEFAULT_CSS = """
    Log {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        height: 1fr;
    }
    """

    FOCUS_ON_CLICK = False
    """Who clicks goes on writing: letters are not taken for keys of a message."""

    class Moved(Told):
        """It shows other lines, or has more of them."""

    class Clicked(Told):
        """A row was clicked: ``link`` is what was hit, ``is_again`` a row that was chosen."""

        def __init__(self, row: Row, link: str, *, is_again: bool) -> None:
            super().__init__()
            self.row = row
            self.link = link
            self.is_again = is_again

    def __init__(self, clock: Callable[[], str]) -> None:
        super().__init__()
        self.view: View | None = None
        self.follows = True
        """It stays at the end when more comes."""
        self.chosen: int | None = None
        """The row that keys are about."""
        self.head = ""
        """What the line before all rows says."""
        self._lit: int | None = None
        self._clock = clock
        self._is_placing = self._is_painting = False
        self._painted: LRUCache[tuple[Row, bool, bool], list[Strip]] = LRUCache(PAINTED)
        self._palette: Palette | None = None
        self._ground = Style()

    @property
    def lines(self) -> int:
        """How many lines are in sight."""
        return self.scrollable_content_region.height

    @property
    def columns(self) -> int:
        """How wide they are."""
        return self.scrollable_content_region.width

    # -- what is shown -----------------------------------------------------------------------

    def show(self, buffer: Buffer, anchor: Anchor | None) -> None:
        """Show a buffer, at its end or where it was left."""
        self.chosen = self._lit = None
        self._painted.clear()
        self.view = View(buffer, self._layout())
        self.follows = anchor is None
        self._place(anchor)

    def update(self) -> None:
        """Take what the buffer has now; what is read stays where it is."""
        if self.view is None:
            return
        anchor = self.place()
        chosen = self.chosen_row()
        self.view.update()
        if chosen is not None:
            self.chosen = self.view.find(chosen.serial, chosen.kind)
        self._place(anchor)

    def place(self) -> Anchor | None:
        """Return what is read; None for the end."""
        if self.view is None or self.follows:
            return None
        return self.view.anchor(self.scroll_offset.y, self.lines)

    def chosen_row(self) -> Row | None:
        """Return the row that keys are about."""
        if self.view is None or self.chosen is None or self.chosen >= len(self.view.rows):
            return None
        return self.view.rows[self.chosen]

    def _place(self, anchor: Anchor | None) -> None:
        """Show the place of an anchor, without one the end."""
        if self.view is None:
            return
        self._is_placing = True
        try:
            size = Size(self.columns, self.view.total)
            # not as the reactive: that would lay the whole screen out for each message
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
            top = self.max_scroll_y if anchor is None else self.view.restore(anchor)
            self.scroll_to(y=min(top, self.max_scroll_y), animate=False, force=True)
        finally:
            self._is_placing = False
        self.refresh()
        self.post_message(self.Moved())

    # -- scrolling ---------------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Take note that somebody scrolls."""
        super().watch_scroll_y(old_value, new_value)
        if not self._is_placing and round(old_value) != round(new_value):
            self.follows = new_value >= self.max_scroll_y
            self.post_message(self.Moved())

    def scroll_lines(self, by: int) -> None:
        """Scroll so many lines down."""
        self.scroll_to(y=self.scroll_offset.y + by, animate=False, force=True)
        self.post_message(self.Moved())

    def page(self, by: int) -> None:
        """Scroll so many pages down; one line of the page before stays."""
        self.scroll_lines(by * max(1, self.lines - 1))

    def to_start(self) -> None:
        """Go to the first line."""
        self.scroll_lines(-self.scroll_offset.y)

    def to_end(self) -> None:
        """Go to the last line, and follow it."""
        self.follows = True
        self._place(None)

    def go_to(self, index: int) -> None:
        """Show a row in the upper third, and highlight it for a moment."""
        if self.view is None:
            return
        top = max(0, self.view.top(index) - self.lines // 3)
        self.follows = top >= self.max_scroll_y and not self.view.buffer.detached
        self._lit = self.view.rows[index].serial
        self.set_timer(LIT_S, self._dim)
        self.scroll_to(y=top, animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def back_to(self, said: Sequence[Message]) -> None:
        """Have messages in sight from the first of them on; the end, where all of them fit."""
        index = self.view.find(said[0].serial, "said") if self.view is not None and said else None
        if self.view is None or index is None or self.view.top(index) >= self.max_scroll_y:
            return self.to_end()
        self.follows = False
        self.scroll_to(y=self.view.top(index), animate=False, force=True)
        self.post_message(self.Moved())
        return None

    def _dim(self) -> None:
        self._lit = None
        self.refresh()

    # -- choosing ----------------------------------------------------------------------------

    def choose(self, index: int | None) -> None:
        """Choose a row, and have all of it in sight."""
        self.chosen = index
        if self.view is not None and index is not None:
            top, size = self.view.top(index), self.lines
            bottom = top + self.view.height(index)
            here = self.scroll_offset.y
            if top < here or bottom - top > size:
                self.scroll_lines(top - here)
            elif bottom > here + size:
                self.scroll_lines(bottom - here - size)
        self.refresh()
        self.post_message(self.Moved())

    def step(self, by: int) -> None:
        """Choose the next row in a direction."""
        if self.view is None:
            return
        at = self.chosen
        if at is None:
            last = self.view.at(min(self.scroll_offset.y + self.lines, self.view.total) - 1)
            at = 0 if last is None else last + 1
            by = -1
        index = self.view.step(at, by)
        if index is not None:
            self.choose(index)
        elif by > 0:
            self.to_end()
        else:
            self.to_start()

    def on_focus(self) -> None:
        """Begin to choose, at the last message in sight."""
        if self.chosen is None:
            self.step(-1)

    def on_blur(self) -> None:
        """Choose nothing."""
        self.choose(None)

    def on_click(self, event: events.Click) -> None:
        """Choose what is clicked."""
        offset = event.get_content_offset(self)
        index = self.view.at(self.scroll_offset.y + offset.y) if self.view and offset else None
        if self.view is None or index is None or self.text_selection is not None:
            return
        row, is_again = self.view.rows[index], index == self.chosen
        if row.place or row.kind in ("said", "fold"):
            self.choose(index)
        link = event.style.link or ""
        self.post_message(self.Clicked(row, link, is_again=is_again))

    def toggle(self, row: Row) -> None:
        """Open or close a folded row."""
        if self.view is None or (index := self.view.find(row.serial, "fold")) is None:
            return
        self.view.toggle(index)
        self._place(self.view.anchor(self.scroll_offset.y, self.lines))

    # -- painting ----------------------------------------------------------------------------

    def _layout(self) -> Layout:
        return Layout(max(10, self.columns), self._clock())

    def on_resize(self, event: events.Resize) -> None:
        """Take another width or height."""
        self.lay_out()

    def lay_out(self) -> None:
        """Wrap anew; what is read stays where it is."""
        if self.view is None:
            return
        place, layout = self.place(), self._layout()
        if layout != self.view.layout:
            self._painted.clear()
            self.view.lay_out(layout)
        self._place(place)

    def palette(self) -> Palette:
        """Return the styles of the theme."""
        if self._palette is None:
            self._palette = self._of_theme()
        return self._palette

    def _of_theme(self) -> Palette:
        if self.app.no_color or self.app.theme == "none":
            return no_colours()
        style = self.rich_style
        front, back = (_hexes(colour) for colour in (style.color, style.bgcolor))
        if not front or not back:
            return ansi_palette()
        is_high = "contrast" in self.app.theme
        return palette(front, back, HIGH_CONTRAST if is_high else CONTRAST)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return some lines of the screen, in the colours of the theme."""
        ground = self.rich_style
        if ground != self._ground:
            self._ground, self._palette = ground, None
            self._painted.clear()
        self._is_painting = True
        try:
            return super().render_lines(crop)
        finally:
            self._is_painting = False

    def render_line(self, y: int) -> Strip:
        """Return a line of the screen; when the mouse asks for it, it knows its place."""
        line = self.scroll_offset.y + y
        strip = self._line(line)
        span = self.text_selection.get_span(line) if self.text_selection is not None else None
        if span is not None:
            style = self.screen.get_component_rich_style("screen--selection")
            strip = marked(strip, *span, style)
        return strip if self._is_painting else strip.apply_offsets(0, line)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return what is marked with the mouse."""
        first = self.scroll_offset.y
        last = min(first + self.lines, self.view.total if self.view is not None else 0) - 1
        return extracted(selection, first, last, self._parts), "\n"

    def _parts(self, line: int) -> tuple[str, str]:
        """Return what stands at the left of a line, and its text."""
        index = self.view.at(line) if self.view is not None else None
        strip = self._line(line, is_bare=True)
        if self.view is None or index is None or self.view.rows[index].kind in ("day", "new"):
            return "", strip.text
        indent = self.view.layout.indent
        return strip.crop(0, indent).text, strip.crop(indent).text

    def on_mouse_up(self) -> None:
        """Copy what was marked."""
        text = self.screen.get_selected_text() if self.text_selection is not None else None
        if text and text.strip():
            self.app.copy_to_clipboard(text)
            self.app.notify("copied", timeout=2, markup=False)

    def _line(self, line: int, *, is_bare: bool = False) -> Strip:
        """Return a line, counted from the first. ``is_bare``: as if nothing was chosen."""
        if self.view is None or line >= self.view.total:
            return Strip.blank(self.columns, self._ground)
        index = self.view.at(line)
        if index is None:
            return self._grounded(head(self.head, self.view.layout, self.palette()))
        if is_bare:
            lines = self._lines(self.view.rows[index], is_chosen=False)
        else:
            lines = self._lines(self._seen(index), is_chosen=index == self.chosen)
        return lines[min(line - self.view.top(index), len(lines) - 1)]

    def _grounded(self, strip: Strip) -> Strip:
        return strip.apply_style(self._ground).adjust_cell_length(self.columns, self._ground)

    def _seen(self, index: int) -> Row:
        """Return a row; the first in sight has its name and its time, whoever spoke before."""
        assert self.view is not None
        row = self.view.rows[index]
        is_first = index == self.view.first(self.scroll_offset.y)
        if is_first and row.kind == "said" and self.view.layout.name_width and not row.alike:
            return row._replace(is_named=True, has_clock=True)
        return row

    def _lines(self, row: Row, *, is_chosen: bool) -> list[Strip]:
        assert self.view is not None
        key = (row, is_chosen, row.serial == self._lit)
        lines = self._painted.get(key)
        if lines is None:
            lines = paint(row, self.view.layout, self.palette(), is_chosen=is_chosen, is_lit=key[2])
            lines = self._painted[key] = [self._grounded(line) for line in lines]
        return lines


def _hexes(colour: Any) -> str:
    triplet = getattr(colour, "triplet", None)
    return triplet.hex.lstrip("#") if triplet is not None else ""
