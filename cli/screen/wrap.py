"""Text in lines of a width: at words, and inside words that are longer than a line."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len, get_character_cell_size

_BLANKS: Final = " \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u205f\u3000"
"""At which a line may break; others, like U+00A0, keep words together."""
_WORD: Final = re.compile(f"[{_BLANKS}]+|[^{_BLANKS}]+")


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Return where each line begins and ends in the text; at least one line, of ``width`` columns.

    Blanks at which a line breaks belong to none. Wide letters break anywhere.
    """
    if not text.isascii():
        return _wrap(text, width)
    lines: list[tuple[int, int]] = []
    begin, size = 0, len(text)
    while size - begin > width:
        cut = text.rfind(" ", begin, begin + width + 1)
        end = _without_blanks(text, begin, cut) if cut > begin else begin
        if end > begin:
            lines.append((begin, end))
            begin = cut + 1
            while begin < size and text[begin] == " ":
                begin += 1
        else:
            lines.append((begin, begin + width))
            begin += width
    if begin < size or not lines:
        lines.append((begin, size))
    return lines


def _wrap(text: str, width: int) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    begin = end = used = 0
    for token in _WORD.finditer(text):
        word = token[0]
        size = len(word) if word.isascii() else cell_len(word)
        if used + size <= width:
            end, used = token.end(), used + size
            continue
        if word[0] in _BLANKS:
            # what does not fit of it is nowhere, and the next line begins with a word
            lines.append((begin, end))
            begin = end = token.end()
            used = 0
            continue
        kept = _without_blanks(text, begin, end)
        if kept > begin and not _breaks_anywhere(word):
            lines.append((begin, kept))
            begin, used = token.start(), 0
        cuts, used = _cut(word, width, used) if used + size > width else ([], size)
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
    """Return the end without the blanks before it."""
    while end > begin and text[end - 1] in _BLANKS:
        end -= 1
    return end


def _cut(word: str, width: int, used: int) -> tuple[list[int], int]:
    """Return where a word breaks when so many columns are used, and how many its end uses."""
    cuts = []
    for index, char in enumerate(word):
        size = get_character_cell_size(char)
        if size and used + size > width and (used or size <= width):
            cuts.append(index)
            used = 0
        used += size
    return cuts, used
