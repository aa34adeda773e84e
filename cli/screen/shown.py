"""A line of text as it is shown: nothing in it steers a terminal or hides, and links are found.

Terminals disagree on how wide joined characters are, and a line that is wider than we think
breaks the screen. So emoji are shown without what joins or tints them, and marks above and below
letters are bounded. All other characters that cannot be seen are made visible.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from rich.cells import get_character_cell_size

from chatd.wire.text import printable
from cli.screen.formatting import Look, pieces

MARKS: Final = 4
"""Marks on one letter; what is more is counted."""

TAB: Final = 4
"""Columns from one stop to the next."""

MAX_LINK: Final = 2000
"""Characters of an address: terminals ignore links that are much longer."""

_ZWJ, _ZWNJ = "\u200d", "\u200c"
_CIRCLE: Final = "\u25cc"
"""What a mark is shown on that has no letter."""

_LINK: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:https?://|ircs?://|mailto:)"
    r"[^\s<>\"`{}|\\^\u25cc\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f]+",
    re.IGNORECASE,
)
_KEYCAP: Final = re.compile("([0-9#*])\ufe0f\u20e3")
_UNSEEN: Final = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE0E), range(0xE0100, 0xE01F0)
)
"""Letters and marks by their category that nobody sees."""

_ADDRESS: Final = "".join(map(chr, range(0x21, 0x7F)))


class Span(NamedTuple):
    """A piece of a text that looks the same."""

    start: int
    end: int
    look: Look


class Shown(NamedTuple):
    """A line; ``spans`` cover all of it, in order."""

    text: str
    spans: tuple[Span, ...]


def is_plain(line: str) -> bool:
    """Tell whether a line is shown as it is, one column for each character."""
    return line.isascii() and line.isprintable()


@lru_cache(512)
def shown(line: str) -> Shown:
    """Return what is shown for a line as it came."""
    text, spans = "", list[Span]()
    for piece, look in pieces(line):
        added = visible(piece)
        spans.append(Span(len(text), len(text) + len(added), look))
        text += added
    return _with_links(text, spans) if ":" in text else Shown(text, tuple(spans))


def visible(text: str) -> str:
    """Return a text with everything in it to be seen."""
    if "\t" in text:
        text = text.expandtabs(TAB)
    text = printable(text)
    return text if text.isascii() else _visible(text)


def _visible(text: str) -> str:
    out: list[str] = []
    before, marks = "", 0
    for char in _KEYCAP.sub("\\1\u20e3", text):
        kind = _kind(char)
        if kind == "mark":
            if not before.strip():
                before = _CIRCLE
                out.append(before)
            marks += 1
            if marks <= MARKS:
                out.append(char)
            continue
        stays = kind == "plain" or (char == _ZWNJ and _has_joiners(before))
        if not stays and _is_dropped(kind, before):
            before = char
            continue  # it parts no pile of marks
        out += _rest(marks)
        marks = 0
        out.append(char if stays else f"<U+{ord(char):04X}>")
        before = char
    return "".join(out + _rest(marks))


def _rest(marks: int) -> list[str]:
    return [f"<+{marks - MARKS}>"] if marks > MARKS else []


def _is_dropped(kind: str, before: str) -> bool:
    """Tell whether a character only says how the one before it is drawn."""
    if kind == "joiner":
        return _has_joiners(before) or _is_picture(before)
    return kind == "tint" and _is_picture(before)


@lru_cache(4096)
def _kind(char: str) -> str:
    code, category = ord(char), unicodedata.category(char)
    if char in (_ZWJ, _ZWNJ):
        return "joiner"
    if code in (0xFE0E, 0xFE0F) or 0x1F3FB <= code <= 0x1F3FF:
        return "tint"
    if code in _UNSEEN or category in ("Cf", "Cc", "Cs", "Zl", "Zp"):
        return "odd"
    if category == "Cn" and not 0x1F000 <= code < 0x1FC00:  # emoji newer than this Python
        return "odd"
    if get_character_cell_size(char) > 0:
        return "plain"
    joins_before = category in ("Mn", "Mc", "Me") or 0x1161 <= code <= 0x11FF
    return "mark" if joins_before or 0xD7B0 <= code <= 0xD7FF else "odd"


def _has_joiners(char: str) -> bool:
    """Tell whether joiners mean something behind a character: in Arabic and scripts of India."""
    return char != "" and 0x0600 <= ord(char) < 0x0E00


def _is_picture(char: str) -> bool:
    if char.isascii():
        return False
    is_sign = unicodedata.category(char) in ("So", "Sk", "Sm", "Cn", "Po")
    return is_sign or char in (_ZWJ, "\ufe0f")


def _with_links(text: str, spans: list[Span]) -> Shown:
    whole, out, begin = "", list[Span](), 0
    for found in _LINK.finditer(text):
        written = _without_end(found[0])
        address = _address(written)
        if address is None:
            continue
        end = found.start() + len(written)
        out += _moved(spans, begin, found.start(), len(whole) - begin, "")
        whole += text[begin : found.start()]
        out += _moved(spans, found.start(), end, len(whole) - found.start(), address)
        whole += written
        if host := _true_host(written):
            out.append(Span(len(whole), len(whole) + len(host), Look(quiet=True)))
            whole += host
        begin = end
    out += _moved(spans, begin, len(text), len(whole) - begin, "")
    return Shown(whole + text[begin:], tuple(out))


def _moved(spans: list[Span], start: int, end: int, by: int, link: str) -> list[Span]:
    """Return the spans between two places, at their new places."""
    return [
        Span(max(span.start, start) + by, min(span.end, end) + by, span.look._replace(link=link))
        for span in spans
        if span.start < end and span.end > start
    ]


def _without_end(link: str) -> str:
    """Leave out what belongs to the sentence around a link."""
    while link and link[-1] in ".,;:!?'*_~)]":
        opening = {")": "(", "]": "["}.get(link[-1])
        if opening and link.count(opening) >= link.count(link[-1]):
            break
        link = link[:-1]
    return link


def _address(written: str) -> str | None:
    """Return where a link leads: what is written, as ASCII; None when it leads nowhere."""
    scheme, _, rest = written.partition(":")
    if not rest.strip("/") or len(written) > MAX_LINK:
        return None
    if written.isascii():
        return written
    try:
        host = urlsplit(written).hostname or ""
        ascii_host = host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return None
    head, found, tail = rest.partition(host) if host else ("", "", rest)
    address = f"{scheme}:{head}{ascii_host if found else ''}{tail}"
    return quote(address, safe=_ADDRESS)


def _true_host(written: str) -> str:
    """Name the host when it is easily taken for another: letters of any script, or ``name@``."""
    if written.isascii() and "@" not in written:
        return ""
    try:
        parts = urlsplit(written)
        host = parts.hostname or ""
        if host and (not host.isascii() or "@" in parts.netloc):
            return f" [{host.encode('idna').decode()}]"
    except (ValueError, UnicodeError):
        pass
    return ""


def links(text: str) -> list[str]:
    """Return the addresses in a text, in their order."""
    spans = (span for line in text.split("\n") for span in shown(line).spans)
    return list(dict.fromkeys(span.look.link for span in spans if span.look.link))


def plain(text: str) -> str:
    """Return a text as it is shown, without its looks, on one line."""
    line = text.replace("\n", " ")
    return "".join(visible(piece) for piece, _ in pieces(line))
