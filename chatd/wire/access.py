"""Levels of a registered room's access list: what an account may be there.

docs/extensions.md, "Access by account".
"""

from __future__ import annotations

from typing import Final

LEVELS: Final = {"admin": "a", "op": "o", "halfop": "h", "voice": "v", "allowed": "", "banned": ""}
"""The levels, the strongest first: the prefix mode that each gives."""
MAX_ACCESS: Final = 200
"""Accounts in one list."""
