"""Text that is cut, and text that is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wire.text import printable, truncate_utf8


@pytest.mark.parametrize(
    ("text", "max_bytes", "cut"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hell"),
        ("Аня", 6, "Аня"),
        ("Аня", 5, "Ан"),
        ("a☕b", 3, "a"),
        ("a☕b", 4, "a☕"),
        ("a", 0, ""),
    ],
)
def test_cutting(text: str, max_bytes: int, cut: str) -> None:
    assert truncate_utf8(text, max_bytes) == cut


@given(st.text(), st.integers(0, 40))
def test_a_cut_is_the_longest_beginning_that_fits(text: str, max_bytes: int) -> None:
    # "they do not do so in the middle of a UTF-8-encoded codepoint"
    # https://ircv3.net/specs/extensions/utf8-only#implementation-considerations
    cut = truncate_utf8(text, max_bytes)
    assert text.startswith(cut)
    assert len(cut.encode()) <= max_bytes
    assert cut == text or len(text[: len(cut) + 1].encode()) > max_bytes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hello, Аня ☕ 👩\u200d💻 שלום", "hello, Аня ☕ 👩\u200d💻 שלום"),
        ("\x1b[31mred\x1b]0;title\x07", "^[[31mred^[]0;title^G"),
        ("a\tb\r\nc\0", "a^Ib^M^Jc^@"),
        ("\x7f", "^?"),
        ("\x9b31m\x80", "<9B>31m<80>"),
        ("\u202egnp.exe\u2066\u200f", "<U+202E>gnp.exe<U+2066><U+200F>"),
        ("\u2028\udc9b", "<U+2028><U+DC9B>"),
    ],
)
def test_what_would_steer_a_terminal_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    shown = printable(text)
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)
    shown.encode()
    assert printable(shown) == shown
