"""SASLprep: the same password however it is typed. https://www.rfc-editor.org/rfc/rfc4013"""

from __future__ import annotations

import stringprep
import unicodedata
from typing import Final

_PROHIBITED: Final = (
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """Return the prepared text. ValueError: it has what the profile prohibits."""
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char
        for char in text
        if not stringprep.in_table_b1(char)
    )
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if any(table(char) for char in prepared for table in _PROHIBITED):
        raise ValueError("a character that SASLprep prohibits")
    # "If a string contains any RandALCat character, the string MUST NOT contain any LCat character"
    # and one "MUST be the first [...] and [...] the last character of the string".
    # https://www.rfc-editor.org/rfc/rfc3454#section-6
    if any(map(stringprep.in_table_d1, prepared)):
        ends = stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])
        if not ends or any(map(stringprep.in_table_d2, prepared)):
            raise ValueError("letters of both directions")
    return prepared


def prepared(password: str) -> bytes:
    """The password as both sides compute with it; as it is where SASLprep has no form of it.

    So PostgreSQL does it too: clients that do not prepare, as WeeChat, can have every password.
    """
    try:
        return (saslprep(password) or password).encode()
    except ValueError:
        return password.encode()
