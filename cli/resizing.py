"""What a terminal makes of lines that are there already when its width changes."""

from __future__ import annotations

from collections.abc import Mapping

from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.screen import Screen


def reflows(environ: Mapping[str, str]) -> bool:
    """Tell whether lines that no longer fit go on in the next row; others are cut off."""
    term = environ.get("TERM", "")
    cuts = "STY" in environ or "XTERM_VERSION" in environ  # GNU screen, xterm
    return not (cuts or term.startswith(("linux", "vt")))


def rows_above(screen: Screen, cursor: Point, width: int) -> int:
    """Return how many rows are above the cursor, when all goes on in the next row at ``width``."""
    rows = sum(_rows(screen, y, width) for y in range(cursor.y))
    # behind a text that just fills a row the cursor stays in that row
    is_behind = cursor.x > 0 and screen.data_buffer[cursor.y][cursor.x].char == " "
    return rows + (cursor.x - is_behind) // width


def rows_of_all(screen: Screen, width: int) -> int:
    """Return how many rows all of it takes then."""
    return sum(_rows(screen, y, width) for y in range(screen.height))


def _rows(screen: Screen, y: int, width: int) -> int:
    """Return how many rows a row becomes; a wide character is never parted."""
    row = screen.data_buffer[y]
    rows, used = 1, 0
    for x in range(max((x for x, cell in row.items() if cell.char != " "), default=-1) + 1):
        cells = row[x].width
        if used + cells > width:
            rows, used = rows + 1, 0
        used += cells
    return rows
