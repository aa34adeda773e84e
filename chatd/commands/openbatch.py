"""The lines of a message that a client has not finished, while its BATCH is open."""

from __future__ import annotations

from typing import Protocol


class Asked(Protocol):
    """The command that has begun the batch: a `Context`."""

    posted: int

    def fail(self, code: str, text: str, *context: str) -> None:
        """Answer FAIL."""

    def finish(self) -> None:
        """All is answered."""


class OpenBatch:
    """A batch that a client has begun: the context of its first line answers all of it.

    ``lines``: each text, and whether it goes on with the one before; ``size`` in bytes. Of one that
    ``failed`` "all past and future messages will be ignored".
    """

    __slots__ = (
        "command", "context", "failed", "lines", "opened_at", "reference", "size", "tags", "target",
    )  # fmt: skip

    def __init__(
        self, context: Asked, reference: str, tags: dict[str, str], opened_at: float
    ) -> None:
        self.context = context
        self.reference = reference
        self.tags = tags
        self.target = self.command = ""
        self.lines: list[tuple[str, bool]] = []
        self.size = 0
        self.failed = False
        self.opened_at = opened_at
        context.posted += 1  # so that the label waits for the end

    def fail(self, code: str, text: str, *details: str) -> None:
        """Refuse all of it, once."""
        if not self.failed:
            self.failed = True
            self.context.fail(code, text, *details)
            self.done()

    def done(self) -> None:
        """Nothing more will be answered from here."""
        self.context.posted -= 1
        if not self.context.posted:
            self.context.finish()
