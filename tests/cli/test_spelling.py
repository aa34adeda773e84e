"""Names are the same to the client when they are the same to the server."""

from __future__ import annotations

from chatd.wire.casemap import InvalidName, fold
from cli.client.spelling import folded

CODES = (*range(0x600), *range(0x600, 0x10000, 29), *range(0xFF00, 0xFFF0))


def test_whatever_can_be_a_name_folds_as_on_the_server() -> None:
    """ "Width Mapping Rule ... Case Mapping Rule: Map uppercase and titlecase code points to their
    lowercase equivalents ... Normalization Rule: Apply Unicode Normalization Form C (NFC)",
    https://www.rfc-editor.org/rfc/rfc8265#section-3.3.2"""
    seen = 0
    for char in (chr(code) for code in CODES if not 0xD800 <= code < 0xE000):
        for name in (f"a{char}", f"#{char}x", f"{char}\u0301"):
            try:
                expected = fold(name)
            except InvalidName:
                continue
            seen += 1
            assert folded(name) == expected, ascii(name)
    assert seen > 5000


def test_what_is_no_name_is_folded_all_the_same() -> None:
    assert folded("\ud800Ж" + "Я" * 200) == "\ud800ж" + "я" * 200
