"""Names. CASEMAPPING=ascii, UTF8MAPPING=rfc8265."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatd.wire.casemap import (
    CHANNELLEN,
    NICKLEN,
    InvalidName,
    fold,
    is_room,
    valid_nick,
    valid_room,
)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Dan", "dan"),
        ("#General", "#general"),
        # "ascii: Defines the characters a to be considered the lower-case equivalents of the
        # characters A to Z only." https://modern.ircdocs.horse/#casemapping-parameter
        ("[Dan]\\^", "[dan]\\^"),
        ("{dan}|~", "{dan}|~"),
        ("Аня", "аня"),
        ("ZOË", "zoë"),
        ("Zoe\u0308", "zoë"),  # "Normalization Rule: Apply Unicode Normalization Form C (NFC)"
        ("Ｄａｎ", "dan"),  # "Map fullwidth and halfwidth code points"
        ("Straße", "straße"),  # "toLowerCase", which unlike toCaseFold keeps ß
        ("#Кафе", "#кафе"),
        ("#CAFÉ☕", "#café☕"),
        ("#Cafe\u0301☕", "#café☕"),
        ("#שלום", "#שלום"),
    ],
)
def test_folding(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    "name",
    [
        "a\u200bé",  # zero width space
        "é\u202eb",  # right-to-left override
        "Ⅷ",  # has a compatibility equivalent
        "☕",
        "é é",
        "אa",  # mixes directions: RFC 5893, section 2
        "é\ud800",
        "#é\u202eb",
        "#\u200b",
        "é" * 65,
    ],
)
def test_what_cannot_be_folded(name: str) -> None:
    with pytest.raises(InvalidName, match="A name "):
        fold(name)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.text(max_size=12) | st.text(max_size=12).map(lambda text: f"#{text}"))
def test_folding_is_stable_or_refused(name: str) -> None:
    try:
        folded = fold(name)
    except InvalidName:
        return
    assert fold(folded) == folded
    assert is_room(folded) == is_room(name)


@pytest.mark.parametrize(
    "nick", ["a", "dan", "Аня", "Zoë", "[]\\`_^{|}", "d-1", "x" * NICKLEN, "王小明", "é" * NICKLEN]
)
def test_nicks(nick: str) -> None:
    valid_nick(nick)


@pytest.mark.parametrize(
    "nick",
    [
        "",
        "x" * (NICKLEN + 1),
        "王" * 22,  # 66 bytes
        # "They MUST NOT contain any of the following characters: space, comma, asterisk, question
        # mark, exclamation mark, at sign."
        *("a" + char + "b" for char in " ,*?!@"),
        # "They MUST NOT start with any of the following characters: dollar, colon."
        "$a",
        ":a",
        # "They MUST NOT start with a character listed as a channel type, channel membership prefix"
        *(char + "a" for char in "#&~@%+"),
        # "They SHOULD NOT contain any dot character"
        "a.b",
        "a/b",
        "a\0b",
        "a\x07b",
        "a\x7fb",
        "é\x85b",
        "1a",
        "-a",
        "１é",  # folds to a digit
        "é！u＠h",  # folds to a mask
        "☕",
    ],
)
def test_no_nicks(nick: str) -> None:
    with pytest.raises(InvalidName, match=r"^A n.+"):
        valid_nick(nick)


@pytest.mark.parametrize("room", ["#a", "##", "#1", "#a:b!*", "#☕", "#Кафе", "#" + "é" * 63])
def test_rooms(room: str) -> None:
    assert is_room(room)
    valid_room(room)


@pytest.mark.parametrize(
    "room",
    [
        "",
        "a",
        "&a",
        "#",
        "#" + "x" * CHANNELLEN,
        "#" + "王" * 43,  # 130 bytes
        # "it may not contain any spaces, a control G / `BELL`, or a comma"
        "#a b",
        "#a\x07",
        "#a,b",
        "#a\x1bb",
        "#a\x7f",
        "#é\x9b",
        "#é，b",  # folds to a comma
        "#é\u3000b",  # a wide space
        "#é\u2028",
    ],
)
def test_no_rooms(room: str) -> None:
    with pytest.raises(InvalidName, match=r"^A .+"):
        valid_room(room)


def test_the_unicode_tables_are_loaded_at_the_first_name_that_needs_them() -> None:
    program = """
import sys
from chatd.wire.casemap import fold, valid_nick
valid_nick("alice")
assert "precis_i18n" not in sys.modules
fold("Аня")
assert "precis_i18n" in sys.modules
"""
    subprocess.run([sys.executable, "-X", "utf8", "-c", program], check=True)
