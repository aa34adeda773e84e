"""Rows as lines of a width, each a `Strip`. No I/O.

    12:03     anna  a message, wrapped at words; what does not fit
                    is indented
    12:04       -- bob came

Nothing that arrived is painted before `cli.screen.shown` has made it safe. `height` tells how many
lines `paint` returns, and is much quicker.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cli.client.entries import Message, State
from cli.screen.colours import Palette
from cli.screen.formatting import without_formatting
from cli.screen.rows import Row
from cli.screen.shown import is_plain, plain, shown
from cli.screen.wrap import wrap

MAX_NAME: Final = 16
"""Columns of the names; longer ones are cut."""

NARROW: Final = 40
"""Below this width, names stand before the text instead of beside it."""

REACTORS: Final = 3
"""Names that are told for a reaction; those of more are counted."""

Runs = list[tuple[str, Style]]


@dataclass(frozen=True)
class Layout:
    """Where things stand. ``clock`` is a format of `datetime.strftime`."""

    width: int
    clock: str = "%H:%M"

    @cached_property
    def clock_width(self) -> int:
        """Columns of the time."""
        return _clock_width(self.clock) if self.width >= NARROW else 0

    @cached_property
    def name_width(self) -> int:
        """Columns of the names; 0 when they stand before the text."""
        return min(MAX_NAME, max(8, self.width // 6)) if self.width >= NARROW else 0

    @cached_property
    def indent(self) -> int:
        """Columns before the text: a mark, the time, the name, and a blank behind each."""
        clock = self.clock_width + 1 if self.clock_width else 0
        return 1 + clock + (self.name_width + 2 if self.name_width else 0)

    @cached_property
    def body(self) -> int:
        """Columns of the text."""
        return max(2, self.width - self.indent)

    def time(self, at: float) -> str:
        """Write a time."""
        return _time(self.clock, int(at))


@lru_cache(4096)
def _time(clock: str, at: int) -> str:
    return datetime.fromtimestamp(at).strftime(clock)


@lru_cache(16)
def _clock_width(clock: str) -> int:
    return cell_len(datetime(2026, 11, 26, 22, 58, 58).strftime(clock))


def height(row: Row, layout: Layout) -> int:
    """Return how many lines a row takes."""
    message = row.message
    if (
        message is not None
        and layout.name_width
        and is_plain(message.text)
        and message.kind != "action"
        and message.state is State.SENT
        and not (message.reactions or row.quote is not None or row.alike or message.deleted_by)
    ):
        return len(wrap(message.text, layout.body)) if len(message.text) > layout.body else 1
    return sum(len(wrap(text, layout.body)) for text in _texts(row, layout))


def paint(
    row: Row,
    layout: Layout,
    palette: Palette,
    *,
    is_chosen: bool = False,
    is_lit: bool = False,
) -> list[Strip]:
    """Return the lines of a row. One that is chosen shows all that is known of it."""
    if row.kind in ("day", "new"):
        lines = [_line_across(row, layout, palette)]
    else:
        lines = _beside(row, layout, palette, is_chosen)
    ground = _ground(row, palette, is_chosen or is_lit)
    return [_strip(line, layout.width, ground) for line in lines]


# -- what stands in a row: paragraphs, each a text and the looks of its parts ----------------

Paragraph = tuple[str, Runs]


def _texts(row: Row, layout: Layout) -> list[str]:
    """Return the paragraphs of a row without their looks."""
    if row.kind in ("day", "new"):
        return [""]
    return [text for text, _ in _paragraphs(row, layout, None, False)]


def _paragraphs(
    row: Row, layout: Layout, palette: Palette | None, is_chosen: bool
) -> list[Paragraph]:
    if row.message is not None:
        return _of_message(row, row.message, layout, palette, is_chosen)
    style = Style()
    if palette is not None:
        style = palette.trouble if row.is_trouble else palette.quiet
    mark = {"fold": "▾ " if row.is_open else "▸ ", "hit": "→ "}.get(row.kind, "")
    where = ""
    if row.kind == "hit":
        where = f"{plain(row.place)} {datetime.fromtimestamp(row.at):%d %b %H:%M} "
    prefix = mark + where
    if not layout.name_width and row.kind == "told":
        prefix = "-- "
    lines = [plain(line) for line in row.text.split("\n")]
    return [_quietly(prefix + lines[0], style), *(_quietly(line, style) for line in lines[1:])]


def _quietly(text: str, style: Style) -> Paragraph:
    return text, [(text, style)]


def _of_message(
    row: Row, message: Message, layout: Layout, palette: Palette | None, is_chosen: bool
) -> list[Paragraph]:
    quiet = palette.quiet if palette is not None else Style()
    trouble = palette.trouble if palette is not None else Style()
    paragraphs: list[Paragraph] = []
    if row.quote is not None:
        text = plain(row.quote) if row.quote else "(answers something that is not here)"
        paragraphs.append(_quietly(_cut(f"↪ {text}", layout.body), quiet))
    if message.deleted_by:
        told = f"message deleted by {plain(message.deleted_by)}".removesuffix(" by *")
        body = [_quietly(told, quiet + Style(italic=True))]
    else:
        body = [_body(line, message, palette, is_chosen) for line in message.text.split("\n")]
    prefix = _prefix(row, message, layout, palette)
    body[0] = (prefix[0] + body[0][0], prefix[1] + body[0][1])
    paragraphs += body
    if message.reactions and not message.deleted_by:
        paragraphs.append(_quietly(_reactions(message), quiet))
    if row.alike and row.is_named:
        told = f"(this is not {plain(row.alike)}: the name only looks like it)"
        paragraphs.append(_quietly(told, trouble))
    if message.state is State.FAILED:
        why = f": {plain(message.reason)}" if message.reason else ""
        told = f"not sent{why}; select it and press r to retry, d to discard"
        paragraphs.append(_quietly(told, trouble))
    return paragraphs


def _body(line: str, message: Message, palette: Palette | None, is_chosen: bool) -> Paragraph:
    if palette is None:
        return (line if is_plain(line) else shown(line).text), []
    line_shown = shown(line)
    pending = palette.quiet if message.state is State.PENDING else None
    runs = []
    for span in line_shown.spans:
        style = palette.look(span.look, revealed=is_chosen)
        style = style if pending is None else style + pending
        runs.append((line_shown.text[span.start : span.end], style))
    return line_shown.text, runs


def _prefix(row: Row, message: Message, layout: Layout, palette: Palette | None) -> Paragraph:
    """Return the name where it stands before the text: of what one does, or for want of room."""
    name = plain(message.source)
    if message.kind == "action":
        text = f"{name} " if layout.name_width else f"* {name} "
    elif layout.name_width or not row.is_named:
        return "", []
    else:
        text = f"-{name}- " if message.kind == "notice" else f"{name}: "
    return text, [(text, palette.name(message.source))] if palette is not None else []


def _reactions(message: Message) -> str:
    told = []
    for reaction, nicks in message.reactions.items():
        more = f" and {len(nicks) - REACTORS} more" if len(nicks) > REACTORS else ""
        told.append(f"[{plain(reaction)} {plain(', '.join(nicks[:REACTORS]))}{more}]")
    return " ".join(told)


# -- where it stands --------------------------------------------------------------------------


def _beside(row: Row, layout: Layout, palette: Palette, is_chosen: bool) -> list[Runs]:
    """Return the lines of a row: the paragraphs wrapped, and what stands left of them."""
    lines: list[Runs] = []
    named = 1 if row.message is not None and row.quote is not None else 0
    for number, (text, runs) in enumerate(_paragraphs(row, layout, palette, is_chosen)):
        ends = list(accumulate(len(part) for part, _ in runs))
        for index, (start, end) in enumerate(wrap(text, layout.body)):
            is_first = number == named and index == 0
            left = _left(row, layout, palette, is_first=is_first, is_chosen=is_chosen)
            lines.append(left + _part(runs, ends, start, end))
    return lines


def _part(runs: Runs, ends: list[int], start: int, end: int) -> Runs:
    """Return what stands between two places; ``ends`` are where the runs end."""
    part: Runs = []
    index = bisect_right(ends, start)
    while index < len(runs) and (place := ends[index - 1] if index else 0) < end:
        text, style = runs[index]
        part.append((text[max(0, start - place) : end - place], style))
        index += 1
    return part


def _left(
    row: Row, layout: Layout, palette: Palette, *, is_first: bool, is_chosen: bool
) -> Runs:  # fmt: skip
    mark = ">" if is_chosen else "!" if _is_mention(row) else " "
    left: Runs = [(mark, palette.accent)]
    if layout.clock_width:
        clock = _clock(row, layout, is_chosen) if is_first else ""
        left.append((clock.rjust(layout.clock_width) + " ", palette.quiet))
    if layout.name_width:
        name, style = _name(row, palette, is_chosen) if is_first else ("", palette.quiet)
        left.append((_right(name, layout.name_width), style))
        left.append(("  ", palette.quiet))
    return left


def _is_mention(row: Row) -> bool:
    message = row.message
    return message is not None and message.mention and not message.deleted_by


def _clock(row: Row, layout: Layout, is_chosen: bool) -> str:
    message = row.message
    if message is not None and message.state is not State.SENT:
        return "..." if message.state is State.PENDING else "!"
    return layout.time(row.at) if row.has_clock or is_chosen else ""


def _name(row: Row, palette: Palette, is_chosen: bool) -> tuple[str, Style]:
    message = row.message
    if message is None:
        return (
            "!!" if row.is_trouble else "--",
            palette.trouble if row.is_trouble else palette.quiet,
        )
    if message.kind == "action":
        return "*", palette.name(message.source)
    if not row.is_named and not is_chosen:
        return "", palette.quiet
    name = plain(message.source)
    return f"-{name}-" if message.kind == "notice" else name, palette.name(message.source)


def _right(name: str, width: int) -> str:
    size = cell_len(name)
    return " " * (width - size) + name if size <= width else _cut(name, width)


def _cut(text: str, width: int) -> str:
    """Cut a text at a width, with a mark that tells it."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…"


def _line_across(row: Row, layout: Layout, palette: Palette) -> Runs:
    style = palette.accent if row.kind == "new" else palette.quiet
    text = _cut(f" {row.text} ", layout.width)
    rest = layout.width - cell_len(text)
    return [("─" * (rest // 2) + text + "─" * (rest - rest // 2), style)]


def _ground(row: Row, palette: Palette, is_chosen: bool) -> Style:
    if is_chosen:
        return palette.chosen
    return palette.mention if _is_mention(row) else Style()


def _strip(runs: Runs, width: int, ground: Style) -> Strip:
    segments = [Segment(text, ground + style) for text, style in runs if text]
    used = sum(cell_len(text) for text, _ in runs)
    if used < width:
        segments.append(Segment(" " * (width - used), ground))
    elif used > width:
        return Strip(segments).crop(0, width)
    return Strip(segments, width)


def head(text: str, layout: Layout, palette: Palette) -> Strip:
    """Return the line before all rows."""
    shown_text = _cut(plain(text), layout.width)
    before = (layout.width - cell_len(shown_text)) // 2
    return _strip([(" " * before + shown_text, palette.quiet)], layout.width, Style())


def copied(message: Message) -> str:
    """Return a message as it is copied: what was said, without formatting."""
    return without_formatting(message.text)
