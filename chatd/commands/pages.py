"""Long answers, page by page: Redis is never kept for long, and the client sets the pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.store.pages import Rows
from chatd.store.pending import Pending


class Row(Protocol):
    """Something with a name of its own."""

    @property
    def name(self) -> str:
        """Who or what it is."""


R = TypeVar("R", bound=Row)


async def each_page(
    ctx: Context, ask: Callable[[str], Pending[Rows[R]]], take: Callable[[list[R]], bool]
) -> None:
    """Hand page after page to ``take``, each row once, until it says False or all were there.

    The next page is asked for when the client has taken what was written of the last.
    """
    seen: set[str] = set()
    cursor = ""
    while True:
        if cursor:
            ctx.client.charge(costs.PAGE)
        page = await ask(cursor)
        fresh = {row.name: row for row in page.rows if row.name not in seen}
        if not take(list(fresh.values())) or not page.following:
            return
        seen.update(fresh)
        cursor = page.following
        await ctx.client.taken()
