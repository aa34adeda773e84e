"""Text that is marked with the mouse: how it looks, and what of it is copied."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

MAX_LINES = 10_000
"""Lines that are copied at once."""


def marked(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """Return a line with some of its characters marked; ``end`` -1 for all to the end."""
    segments: list[Segment] = []
    place = 0
    for text, look, _ in strip:
        first = min(max(start - place, 0), len(text))
        last = len(text) if end < 0 else min(max(end - place, first), len(text))
        parts = ((text[:first], look), (text[first:last], style), (text[last:], look))
        segments += [Segment(part, ours) for part, ours in parts if part]
        place += len(text)
    return Strip(segments, strip.cell_length)


def extracted(
    selection: Selection, first: int, last: int, line: Callable[[int], tuple[str, str]]
) -> str:
    """Return what is marked, as it is copied: blanks at the left are none of the text.

    ``line`` returns what stands at the left of a line, and its text; those in sight are
    ``first`` to ``last``.
    """
    start, end = selection
    begin = first if start is None else start.y
    stop = min(last if end is None else end.y, begin + MAX_LINES)
    told: list[str] = []
    for number in range(begin, stop + 1):
        left, text = line(number)
        whole = left + text
        if end is not None and number == end.y:
            whole = whole[: end.x]
        if start is not None and number == start.y:
            told.append(whole[start.x :].rstrip())
        else:
            before = " ".join(whole[1 : len(left)].split())
            told.append((before + " " if before else "") + whole[len(left) :].rstrip())
    return "\n".join(told)
