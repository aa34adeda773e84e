"""Text in lines of a width: at words, and inside words that are longer than a line."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len, get_character_cell_size

_WORD: Final = re.compile(r"[^\S\u00a0]+|(?:[^\s]|\u00a0)+")


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Return where each line begins and ends in the text; at least one line, of ``width`` columns.

    Blanks at which a line breaks belong to none.
    """
    if width < 1 or (len(text) <= width and text.isascii()):
        return [(0, len(text))]
    lines: list[tuple[int, int]] = []
    begin = end = used = 0
    for token in _WORD.finditer(text):
        word = token[0]
        size = len(word) if word.isascii() else cell_len(word)
        if used + size <= width:
            end, used = token.end(), used + size
        elif word[0].isspace() and word[0] != "\u00a0":
            # what does not fit of it is nowhere, and the next line begins with a word
            lines.append((begin, end))
            begin = end = token.end()
            used = 0
        elif size <= width and not _breaks_anywhere(word):
            if end > begin:
                lines.append((begin, _without_blanks(text, begin, end)))
            begin, end, used = token.start(), token.end(), size
        else:
            cuts, used = _cut(word, width, used)
            for cut in cuts:
                lines.append((begin, token.start() + cut))
                begin = token.start() + cut
            end = token.end()
    if end > begin or not lines:
        lines.append((begin, end))
    return lines


def _breaks_anywhere(word: str) -> bool:
    return not word.isascii() and any(get_character_cell_size(char) == 2 for char in word)


def _without_blanks(text: str, begin: int, end: int) -> int:
    """Return the end without the blanks before it, unless all of it is blank."""
    kept = len(text[begin:end].rstrip(" "))
    return begin + kept if kept else end


def _cut(word: str, width: int, used: int) -> tuple[list[int], int]:
    """Return where a word breaks when so many columns are used, and how many its end uses."""
    if word.isascii():
        first = width - used
        cuts = list(range(first, len(word), width))
        return cuts, len(word) - cuts[-1]
    cuts = []
    for index, char in enumerate(word):
        size = get_character_cell_size(char)
        if size and used + size > width and (used or size <= width):
            cuts.append(index)
            used = 0
        used += size
    return cuts, used
