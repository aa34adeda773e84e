"""Lines cut at words, and what a narrower terminal makes of those that stand there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.data_structures import Point
from prompt_toolkit.layout.screen import Char, Screen

from cli.resizing import reflows, rows_above
from cli.wrapping import columns, rows_of, wrapped


def test_lines_break_between_words() -> None:
    assert wrapped("the quick brown fox jumps over the dog", 20) == [
        "the quick brown fox",
        "jumps over the dog",
    ]
    assert rows_of("one  two\n\n  three", 20) == ["one  two", "", "  three"]


def test_wide_characters_count_twice_and_accents_stay() -> None:
    assert wrapped("\u65e5" * 25, 20) == ["\u65e5" * 10, "\u65e5" * 10, "\u65e5" * 5]
    assert wrapped("e\u0301" * 25, 20) == ["e\u0301" * 20, "e\u0301" * 5]


def test_an_address_can_be_copied() -> None:
    link = f"https://example.org/{'x' * 50}"
    assert wrapped(f"look: {link} (mine)", 20) == ["look:", link, "(mine)"]


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=300))
def test_nothing_is_lost_and_nothing_too_wide(text: str) -> None:
    rows = wrapped(text, 20)
    assert "".join("".join(rows).split()) == "".join(text.split())
    assert all(columns(row) <= 20 or "://" in row for row in rows)


def _drawn(*rows: str) -> Screen:
    screen = Screen()
    for y, row in enumerate(rows):
        x = 0
        for letter in row:
            screen.data_buffer[y][x] = Char(letter)
            if columns(letter) == 2:
                screen.data_buffer[y][x + 1] = Char("")
            x += columns(letter)
    return screen


def test_rows_that_a_narrower_terminal_makes() -> None:
    screen = _drawn("x" * 50, "", "\u65e5" * 10, "[#global] hello")
    assert rows_above(screen, Point(3, 3), 50) == 3
    assert rows_above(screen, Point(3, 3), 20) == 5
    assert rows_above(screen, Point(3, 3), 9) == 6 + 1 + 3
    assert rows_above(screen, Point(15, 3), 9) == 6 + 1 + 3 + 1
    assert rows_above(screen, Point(15, 3), 15) == 4 + 1 + 2
    assert rows_above(screen, Point(14, 3), 14) == 4 + 1 + 2 + 1


def test_which_terminals_cut_off_what_does_not_fit() -> None:
    assert reflows({"TERM": "xterm-256color", "VTE_VERSION": "7200"})
    assert reflows({"TERM": "screen-256color"})  # tmux, seen through ssh
    assert not reflows({"TERM": "screen", "STY": "1.pts"})
    assert not reflows({"TERM": "xterm", "XTERM_VERSION": "XTerm(390)"})
    assert not reflows({"TERM": "linux"})
