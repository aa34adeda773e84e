"""The answer to a labelled command: nothing, one line, one batch, or lines in a batch of their own.

https://ircv3.net/specs/extensions/labeled-response: "If a response consists of more than one
message, a batch MUST be used", whose type may be "an existing type applicable to the entire
response". Which of these an answer is shows when its second line comes or its command is done.
Until then it is collected. It keeps its place: what comes after its first line is written after it.
"""

from __future__ import annotations

from chatd.wire.tags import escape


class Answer:
    """Lines that were collected for one label, and the batch for all that follow."""

    __slots__ = ("_inner", "_tag", "decided", "lines", "placed", "reference", "size")

    def __init__(self, label: str) -> None:
        self._tag = b"label=" + escape(label).encode()
        self._inner = b""
        """The batch that the first line has begun, while it lasts."""
        self.lines: list[bytes] = []
        self.size = 0
        """Bytes that were collected."""
        self.placed = False
        """Whether it has its place among what is written to the client."""
        self.decided = False
        """Whether `lines` are what stands at that place."""
        self.reference = b""
        """The batch of type labeled-response, when there has to be one."""

    def collect(self, data: bytes) -> list[bytes]:
        """Take lines as long as they may be the whole answer; returns those behind that."""
        self.size += len(data)
        lines = data.splitlines(keepends=True)
        for number, line in enumerate(lines):
            if self._inner:
                if batch_change(line) == b"-" + self._inner:
                    self._inner = b""
            elif self.lines:
                return lines[number:]
            else:
                change = batch_change(line)
                self._inner = change[1:] if change[:1] == b"+" else b""
            self.lines.append(line)
        return []

    def open(self, server: bytes) -> None:
        """There is more: what was collected is the start of a batch, ``server`` opens it."""
        self.reference = new_reference()
        start = b"@%b :%b BATCH +%b labeled-response\r\n" % (self._tag, server, self.reference)
        self.lines = [start, *(in_batch(line, self.reference) for line in self.lines)]
        self.decided = True

    def inside(self, lines: list[bytes]) -> bytes:
        """Lines that follow in the batch."""
        return b"".join([in_batch(line, self.reference) for line in lines])

    def end(self, server: bytes) -> bytes:
        """The line that ends the batch."""
        return b":%b BATCH -%b\r\n" % (server, self.reference)

    def complete(self) -> None:
        """What was collected is all."""
        if not self.decided:
            self.lines[0] = tagged(self.lines[0], self._tag)
            self.decided = True

    def nothing(self, server: bytes) -> bytes:
        """The line of an answer without lines."""
        return b"@%b :%b ACK\r\n" % (self._tag, server)


class Place(Answer):
    """A place among what a client hears, without a label: what comes meanwhile stands behind it."""

    __slots__ = ()

    def complete(self) -> None:
        """What was collected is all."""
        self.decided = True


_counter = 0


def new_reference() -> bytes:
    """A batch reference that the connection has not used lately."""
    global _counter
    _counter += 1
    return b"b%x" % _counter


def tagged(line: bytes, tag: bytes) -> bytes:
    """Add a tag to a finished line."""
    if line.startswith(b"@"):
        return b"@" + tag + b";" + line[1:]
    return b"@" + tag + b" " + line


def in_batch(line: bytes, reference: bytes) -> bytes:
    """Put a line into a batch, unless it is in an inner one already."""
    if line.startswith(b"@"):
        tags = line[1:].partition(b" ")[0].split(b";")
        if any(tag.startswith(b"batch=") for tag in tags):
            return line
    return tagged(line, b"batch=" + reference)


def batch_change(line: bytes) -> bytes:
    """``+reference`` or ``-reference`` of a BATCH, nothing of another line."""
    words = line.split(maxsplit=4)
    body = words[1:] if line.startswith(b"@") else words
    return body[2] if len(body) > 2 and body[1] == b"BATCH" else b""
