"""Limits of METADATA. https://ircv3.net/specs/extensions/metadata"""

from __future__ import annotations

from typing import Final

MAX_SUBS: Final = 50
"""Keys that one session may subscribe to."""
MAX_KEYS: Final = 30
"""Keys that a user or a room may have."""
MAX_VALUE_BYTES: Final = 300
"""Bytes of a value: with source, target and key it fits a line."""
KEY_BYTES: Final = 40
"""Bytes of a key."""
LIMITS: Final = (
    f"before-connect,max-subs={MAX_SUBS},max-keys={MAX_KEYS},max-value-bytes={MAX_VALUE_BYTES}"
)
"""The value of draft/metadata-2."""
LIMITS_3: Final = f"{LIMITS},max-key-bytes={KEY_BYTES}"
"""The value of draft/metadata-3."""
