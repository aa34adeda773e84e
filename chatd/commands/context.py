"""What a command gets: the client who asks, the server, and a buffer for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from chatd.commands.environment import Registration, Server
from chatd.commands.errors import CommandError, Failure
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.framing import MAX_BODY
from chatd.wire.message import Message, format_line
from chatd.wire.numerics import Numeric
from chatd.wire.tags import escape
from chatd.wire.text import truncate_utf8

if TYPE_CHECKING:
    from chatd.commands.batch import OpenBatch
    from chatd.state.events import Event
    from chatd.state.local import LocalUser


SPECIFIED = frozenset(
    (
        "BATCH", "CHATHISTORY", "INVALID_UTF8", "METADATA", "REDACT", "REGISTER", "RELAYMSG",
        "RENAME", "SETNAME", "VERIFY",
    )
)  # fmt: skip
"""Commands and codes whose own specifications answer with FAIL, "other than" the arbitrary ones
that a client has to ask for. https://ircv3.net/specs/extensions/standard-replies#capabilities
"""


_NOTHING: list[bytes] = []
"""What is collected for most answers, and is never added to."""


class Client(Protocol):
    """A session, as commands see it."""

    sid: str
    host: str
    secure: bool
    caps: int
    cap_version: int
    user: LocalUser | None
    registered: bool
    closed: bool
    """Nothing more can be written to it."""
    registration: Registration
    account: tuple[str, str]
    """Account that the session has logged in to: (folded, as shown); ('', '') = none."""
    batch: OpenBatch | None
    """The lines of a message that the client has not finished."""
    subscriptions: dict[str, None]
    """Keys of METADATA that the client wants to hear of."""
    heard_at: float
    """When the client sent something last, seconds of the gateway's clock."""

    @property
    def outlet(self) -> object:
        """See `chatd.state.local.Receiver`."""

    @property
    def members_as(self) -> str:
        """How the client wants to see members of a room: "nick" or "mask"."""

    @property
    def members_on_entry(self) -> str:
        """The same when it enters one; "none" when it will ask."""

    def adopt(self, caps: int) -> None:
        """Have these capabilities from now on."""

    def write(self, line: bytes) -> None:
        """Queue a line with its CR LF; it leaves at the end of this turn of the loop."""

    def close(self, reason: str, *, quit_reason: str = "") -> None:
        """Send ERROR, leave the server, close the socket when all is written."""

    def depart(self, reason: str) -> Pending[None]:
        """Leave the server, but for the socket; resolved when others find the session gone."""

    def taken(self) -> Pending[None]:
        """Resolved when the client has taken most of what was written to it.

        Raises Refused: offline, when it has gone.
        """

    def charge(self, lines: float) -> None:
        """Count what is being carried out for more lines: see `chatd.commands.costs`."""

    def overflow(self) -> None:
        """More waits for the client than it may: close it when this turn of the loop is over."""

    def post(
        self,
        context: Context,
        kind: str,
        target: str,
        message: Message,
        shown: str,
        relayed: str = "",
    ) -> None:
        """Send a message to a room ('r') or user ('u'); the answer comes by itself.

        ``relayed``: the nick of somebody elsewhere whose words these are.
        """

    def welcomed(self) -> None:
        """Registration is complete."""


class Context:
    """One command being carried out. Without a label, replies are written as they come."""

    __slots__ = ("_batch", "client", "command", "label", "lines", "posted", "server", "size")

    def __init__(self, client: Client, server: Server, command: str, label: str) -> None:
        self.client = client
        self.server = server
        self.command = command
        self.label = label
        self.lines = _NOTHING
        self.size = 0
        """Bytes collected for a labelled answer, which waits until the command is done."""
        self._batch = b""
        self.posted = 0
        """Messages of this command that the store has not answered yet."""

    @property
    def user(self) -> LocalUser:
        """The registered client's user; raises Refused when the client has gone meanwhile."""
        user = self.client.user
        if user is None:
            raise Refused("offline")
        return user

    @property
    def nick(self) -> str:
        """The client's name in replies, ``*`` while it has none."""
        user = self.client.user
        return user.nick if user is not None else (self.client.registration.nick or "*")

    def render(self, event: Event) -> bytes:
        """The line of an event for this client; empty when it is not for such a client."""
        return self.server.render(event, self.client.caps)

    # -- answering ---------------------------------------------------------------------------

    def write(self, line: bytes) -> None:
        """Add a line to the answer."""
        if self._batch:
            line = in_batch(line, self._batch)
        if self.label:
            if not self.lines:
                self.lines = []
            self.lines += line.splitlines(keepends=True)
            self.size += len(line)
            if self.size > self.server.config.sendq_bytes:
                self.label, self.lines = "", _NOTHING
                self.client.overflow()
        else:
            self.client.write(line)

    @contextmanager
    def batch(self, kind: str, *params: str) -> Iterator[None]:
        """Put what is answered meanwhile into a batch. https://ircv3.net/specs/extensions/batch"""
        reference, outer = new_reference(), self._batch
        self.send("BATCH", f"+{reference.decode()}", kind, *params)
        self._batch = reference
        try:
            yield
        finally:
            self._batch = outer
            self.send("BATCH", f"-{reference.decode()}")

    def send(
        self, command: str, *params: str, source: str | None = None, text_last: bool = False
    ) -> None:
        """Answer with a message from the server, or from ``source``."""
        source = source or self.server.config.name
        line = format_line(command, *params, source=source, text_last=text_last)
        if len(line) > MAX_BODY:
            words = shortened(params, len(line) - MAX_BODY)
            line = format_line(command, *words, source=source, text_last=text_last)
        self.write(line)

    def numeric(self, numeric: Numeric, *params: str, text: str = "") -> None:
        """Answer with a numeric: parameters, then ``text`` or the numeric's own text."""
        last = text or numeric.text
        words = (*params, last) if last else params
        self.send(numeric.code, self.nick, *words, text_last=bool(last))

    def fail(self, code: str, text: str, *context: str) -> None:
        """Answer FAIL, or a NOTICE to who has not asked for standard replies."""
        self._standard("FAIL", code, text, context)

    def note(self, code: str, text: str, *context: str) -> None:
        """Answer NOTE: it worked, and there is something to say about it."""
        self._standard("NOTE", code, text, context)

    def _standard(self, kind: str, code: str, text: str, context: tuple[str, ...]) -> None:
        asked = self.client.caps & c.CAP_STANDARD_REPLIES
        if asked or code in SPECIFIED or self.command in SPECIFIED:
            self.send(kind, self.command or "*", code, *context, text)
        else:
            self.send("NOTICE", self.nick, f"{kind} {self.command} {code}: {text}")

    def unavailable(self) -> None:
        """Say that the store cannot be reached now."""
        text = "The server cannot reach its store right now; try again in a moment"
        if self.client.caps & c.CAP_STANDARD_REPLIES:
            self.fail("TEMPORARILY_UNAVAILABLE", text)
        else:
            self.numeric(n.ERR_UNKNOWNERROR, self.command, text=text)

    def error(self, error: CommandError | Failure) -> None:
        """Send the reply that an error carries."""
        if isinstance(error, CommandError):
            self.numeric(error.numeric, *error.params, text=error.text)
        else:
            self.fail(error.code, error.text, *error.context)

    def finish(self) -> None:
        """The command is done: send what was collected under its label.

        https://ircv3.net/specs/extensions/labeled-response: nothing to say is ACK, one line
        carries the label itself, as does a batch that is the whole answer; several lines stand in
        a batch of their own.
        """
        if not self.label:
            return
        label, self.label = self.label, ""
        lines, self.lines = self.lines, _NOTHING
        name = self.server.config.name.encode()
        tag = b"label=" + escape(label).encode()
        if not lines:
            self.client.write(b"@" + tag + b" :" + name + b" ACK\r\n")
        elif len(lines) == 1 or _is_one_batch(lines):
            self.client.write(tagged(lines[0], tag))
            for line in lines[1:]:
                self.client.write(line)
        else:
            reference = new_reference()
            self.client.write(
                b"@" + tag + b" :" + name + b" BATCH +" + reference + b" labeled-response\r\n"
            )
            for line in lines:
                self.client.write(in_batch(line, reference))
            self.client.write(b":" + name + b" BATCH -" + reference + b"\r\n")


def shortened(params: tuple[str, ...], excess: int) -> list[str]:
    """The same number of parameters with so many bytes less, each cut at a character.

    The text at the end gives way first; of the others the last ones do, and keep a character.
    """
    words = list(params)
    for at in range(len(words) - 1, -1, -1):
        size = len(words[at].encode())
        least = 0 if at == len(words) - 1 else len(words[at][:1].encode())
        words[at] = truncate_utf8(words[at], max(least, size - excess))
        excess -= size - len(words[at].encode())
        if excess <= 0:
            break
    return words


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


def _is_one_batch(lines: list[bytes]) -> bool:
    """Whether the first line opens a batch that the last one closes."""
    first, last = _batch_change(lines[0]), _batch_change(lines[-1])
    return first[:1] == b"+" and last[:1] == b"-" and first[1:] == last[1:]


def _batch_change(line: bytes) -> bytes:
    """``+reference`` or ``-reference`` of a BATCH, nothing of another line."""
    words = line.split(maxsplit=4)
    body = words[1:] if line.startswith(b"@") else words
    return body[2] if len(body) > 2 and body[1] == b"BATCH" else b""


def wants(client: Any, cap: int) -> bool:
    """Whether the client has asked for a capability."""
    return bool(client.caps & cap)
