"""Another name for an account, with all that has to follow it, some at a time."""

from __future__ import annotations

from chatd.store.pending import settled
from chatd.store.staff import Renamed
from chatd.store.store import Store
from chatd.wire.masks import fold

_TOLD = 5
"""Users whose rooms one act tells of an account's name, 1 ms of Redis."""


async def rename_account(store: Store, old: str, new: str, written: str, server: str) -> Renamed:
    """Give an account another name. ``old``, ``new``: folded; ``server``: who tells the rooms."""
    renamed = await settled(store.account_rename(old, new, written))
    for first in range(0, len(renamed.untold), _TOLD):
        await settled(store.account_tell(new, renamed.untold[first : first + _TOLD]))
    if fold(old) != fold(new):
        await _rename_in_masks(store, fold(old), fold(new), written, server)
    return renamed


async def _rename_in_masks(store: Store, old: str, new: str, written: str, server: str) -> None:
    start = await settled(store.account_masks(old, new, written, server))
    while start:
        start = await settled(store.account_masks(old, new, written, server, start))
