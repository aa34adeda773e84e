"""What the view of the messages needs of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Done = Callable[[str | None], None]


class Pages(Protocol):
    """What fetches pages of the past, `cli.client.paging.Pager`."""

    def opened(self, name: str, done: Done | None = None) -> None:
        """Fetch the last page of a buffer in which the past was not looked at yet."""

    def older(self, name: str, done: Done | None = None) -> None:
        """Fetch what comes before the first message that is there."""

    def newer(self, name: str, done: Done | None = None) -> None:
        """Fetch what comes after the last message of a buffer that shows an old place."""

    def around(self, name: str, msgid: str, done: Done | None = None) -> None:
        """Show the place of a message."""

    def latest(self, name: str, done: Done | None = None) -> None:
        """Show the end again."""


class Looks(Protocol):
    """What it needs of `cli.settings.Settings`."""

    @property
    def time(self) -> str:
        """How times are written, a format of `datetime.strftime`."""
