"""Labelled answers of a session whose form is not known yet, and all that waits behind them.

Everybody hears what happens in one order, who asked too: an answer has its place where its first
line came. What is written to the client after that waits until it is known whether the answer is
one line or a batch. While the batch goes on others' lines are written between its lines: they "MAY"
be "interleaved". https://ircv3.net/specs/extensions/batch
"""

from __future__ import annotations

from collections import deque

from chatd.commands.answer import Answer


class Answers:
    """What waits, in its order. The first is always an answer that is not decided."""

    __slots__ = ("_items", "_most", "_size")

    def __init__(self, most: int) -> None:
        self._items: deque[bytes | Answer] = deque()
        self._most = most
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._size

    def add(self, data: bytes) -> bool:
        """Let something wait. False, once, when more than ``most`` bytes wait."""
        if self._size > self._most:
            return True  # the session was told, and will be closed
        self._items.append(data)
        return self._grow(len(data))

    def collect(self, answer: Answer, size: int) -> bool:
        """An answer has ``size`` bytes more, and its place if these are its first; as `add`."""
        if self._size > self._most:
            return True
        if not answer.placed:
            answer.placed = True
            self._items.append(answer)
        return self._grow(size)

    def _grow(self, size: int) -> bool:
        self._size += size
        return self._size <= self._most

    def pop_ready(self) -> bytes:
        """Take out what does not have to wait any more."""
        out: list[bytes] = []
        while self._items:
            item = self._items[0]
            if isinstance(item, bytes):
                out.append(item)
                self._size -= len(item)
            elif item.decided:
                out += item.lines
                self._size -= item.size
            else:
                break
            self._items.popleft()
        return b"".join(out)

    def pop_all(self) -> bytes:
        """Take out everything, since the session ends: an answer is what was collected for it."""
        for item in self._items:
            if isinstance(item, Answer):
                item.complete()
        return self.pop_ready()

    def __bool__(self) -> bool:
        return bool(self._items)
