"""Text as it is cut for the wire and made safe for a terminal."""

from __future__ import annotations

from typing import Final

_BIDI: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SEPARATORS: Final = (0x2028, 0x2029)
_UNSEEN: Final = (0x180E, 0x200B, *range(0x2060, 0x2066), 0xFEFF, *range(0xE0000, 0xE0080))
"""Without width and without a use in any script; joiners have one."""

_VISIBLE: Final = {
    **{code: f"^{chr(code ^ 0x40)}" for code in (*range(0x20), 0x7F)},
    **{code: f"<{code:02X}>" for code in range(0x80, 0xA0)},
    **{
        code: f"<U+{code:04X}>" for code in (*_BIDI, *_SEPARATORS, *_UNSEEN, *range(0xD800, 0xE000))
    },
}


def truncate_utf8(text: str, max_bytes: int) -> str:
    """Return the longest beginning of ``text`` that has at most ``max_bytes`` bytes as UTF-8."""
    data = text.encode()
    if len(data) <= max_bytes:
        return text
    return data[:max_bytes].decode(errors="ignore")


def printable(text: str) -> str:
    """Return ``text`` with what would steer a terminal made visible.

    Controls become ``^X`` (C0, DEL) or ``<XX>`` (C1); marks that turn the direction of writing,
    line separators, characters without width and lone surrogates become ``<U+XXXX>``.
    """
    if text.isprintable():
        return text
    return text.translate(_VISIBLE)
