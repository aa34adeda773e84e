"""Lines of text cut at words, by the columns that a terminal has."""

from __future__ import annotations

import re
from typing import Final

from prompt_toolkit.utils import get_cwidth

LEAST: Final = 20
"""Columns: on a narrower terminal the words are left to it."""

_TOKEN: Final = re.compile(r" +|[^ ]+")


def rows_of(text: str, width: int) -> list[str]:
    """Cut each line of a text."""
    return [row for line in text.split("\n") for row in wrapped(line, width)]


def wrapped(text: str, width: int) -> list[str]:
    """Cut one line into rows of at most ``width`` columns.

    An address of the web stays in one piece, for whoever clicks or copies it.
    """
    if width < LEAST or columns(text) <= width:
        return [text]
    rows, row, used = [], "", 0
    for token in _TOKEN.findall(text):
        for piece in _pieces(token, width):
            cells = columns(piece)
            if used + cells <= width:
                row, used = row + piece, used + cells
                continue
            if row.strip():
                rows.append(row.rstrip(" "))
            row, used = ("", 0) if piece.isspace() else (piece, cells)
    return [*rows, row] if row else rows


def columns(text: str) -> int:
    """Return how wide a text is; what cannot be shown takes no column."""
    return len(text) if text.isascii() else sum(map(get_cwidth, text))


def _pieces(token: str, width: int) -> list[str]:
    """Cut a word that is longer than a row; what belongs to a character stays with it."""
    if "://" in token or columns(token) <= width:
        return [token]
    pieces, begin, used = [], 0, 0
    for at, char in enumerate(token):
        cells = get_cwidth(char)
        if cells and used + cells > width:
            pieces.append(token[begin:at])
            begin, used = at, 0
        used += cells
    return [*pieces, token[begin:]]
