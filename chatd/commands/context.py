"""What a command gets: the client who asks, the server, and a buffer for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from chatd.commands.answer import Answer, Place, in_batch, new_reference
from chatd.commands.environment import Registration, Server
from chatd.commands.errors import CommandError, Failure
from chatd.commands.openbatch import OpenBatch
from chatd.store.errors import Refused
from chatd.store.pending import Pending
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.framing import MAX_BODY
from chatd.wire.message import Message, format_line
from chatd.wire.numerics import Numeric
from chatd.wire.text import truncate_utf8

if TYPE_CHECKING:
    from chatd.state.events import Event
    from chatd.state.local import LocalUser, Session


SPECIFIED = frozenset(
    (
        "BATCH", "CHATHISTORY", "ID_REUSED", "INVALID_UTF8", "MARKREAD", "METADATA", "REDACT",
        "REGISTER", "RELAYMSG", "RENAME", "SEARCH", "SETNAME", "VERIFY",
    )
)  # fmt: skip
"""Commands and codes whose own specifications answer with FAIL, "other than" the arbitrary ones
that a client has to ask for. https://ircv3.net/specs/extensions/standard-replies#capabilities
"""


STORE_AWAY = "The server cannot reach its store right now; try again in a moment"


class Client(Protocol):
    """A session, as commands see it."""

    host: str
    secure: bool
    certificate: str
    """SHA-256 of the certificate that the client has shown, in hex; '' = none."""
    caps: int
    cap_version: int
    user: LocalUser | None
    registered: bool
    away: str
    """See `chatd.state.local.Receiver`."""
    closed: bool
    """Nothing more can be written to it."""
    registration: Registration
    account: tuple[str, str]
    """Account that the session has logged in to: (folded, as shown); ('', '') = none."""
    batch: OpenBatch | None
    """The lines of a message that the client has not finished."""
    session: Session
    """What may go on with another connection."""
    heard_at: float
    """When the client sent something last, seconds of the gateway's clock."""

    @property
    def sid(self) -> str:
        """Id of the session."""

    @property
    def subscriptions(self) -> dict[str, None]:
        """Keys of METADATA that the client wants to hear of."""

    def subscribe(self, keys: dict[str, None]) -> None:
        """Hear of these from now on, and of no others."""

    @property
    def outlet(self) -> object:
        """See `chatd.state.local.Receiver`."""

    @property
    def members_as(self) -> str:
        """How the client wants to see members of a room: "nick" or "mask"."""

    @property
    def members_on_entry(self) -> str:
        """The same when it enters one; "none" when it will ask."""

    def is_back(self) -> None:
        """Its user is back: lines that waited for that are carried out."""

    def set_caps(self, caps: int) -> None:
        """Have these capabilities from now on."""

    def write(self, line: bytes) -> None:
        """Queue a line with its CR LF; it leaves at the end of this turn of the loop."""

    def collect(self, answer: Answer, size: int) -> None:
        """A labelled answer has ``size`` bytes more: what is written now waits behind it."""

    def decided(self, answer: Answer) -> None:
        """Write a labelled answer whose form is known now, and what waited behind it."""

    def close(self, reason: str, *, quit_reason: str = "", stays: bool = False) -> None:
        """Send ERROR, leave the server, close the socket when all is written."""

    def depart(self, reason: str) -> Pending[None]:
        """Leave the server, but for the socket; resolved when others find the session gone."""

    def caught_up(self) -> None:
        """All that its device has missed has been written."""

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

    __slots__ = ("_answer", "_batch", "client", "command", "label", "posted", "server")

    def __init__(self, client: Client, server: Server, command: str, label: str) -> None:
        self.client = client
        self.server = server
        self.command = command
        self.label = label
        self._answer: Answer | None = None
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
            self._collect(line)
        else:
            self.client.write(line)

    def _collect(self, data: bytes) -> None:
        """Add lines to a labelled answer; behind what may be all of it a batch begins."""
        answer = self._answer
        if answer is None:
            answer = self._answer = Answer(self.label)
        if answer.reference:
            self.client.write(answer.inside(data.splitlines(keepends=True)))
            return
        more = answer.collect(data)
        self.client.collect(answer, len(data))
        if more:
            answer.open(self.server.config.name.encode())
            self.client.decided(answer)
            self.client.write(answer.inside(more))

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

    def warn(self, code: str, text: str, *context: str) -> None:
        """Answer WARN: some of it did not work."""
        self._standard("WARN", code, text, context)

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
        if self.client.caps & c.CAP_STANDARD_REPLIES:
            self.fail("TEMPORARILY_UNAVAILABLE", STORE_AWAY)
        else:
            self.numeric(n.ERR_UNKNOWNERROR, self.command, text=STORE_AWAY)

    def error(self, error: CommandError | Failure) -> None:
        """Send the reply that an error carries."""
        if isinstance(error, CommandError):
            self.numeric(error.numeric, *error.params, text=error.text)
        else:
            self.fail(error.code, error.text, *error.context)

    def finish(self) -> None:
        """The command is done: say so to who has given it a label.

        https://ircv3.net/specs/extensions/labeled-response: nothing to say is ACK, one line
        carries the label itself, as does a batch that is the whole answer; the batch of several
        lines ends.
        """
        if not self.label:
            return
        label, self.label = self.label, ""
        answer, self._answer = self._answer, None
        server = self.server.config.name.encode()
        if answer is None:
            self.client.write(Answer(label).nothing(server))
        elif answer.reference:
            self.client.write(answer.end(server))
        else:
            answer.complete()
            self.client.decided(answer)


class Held(Context):
    """Answers of which all have one place: what the client is told meanwhile comes behind them.

    Its owner calls `release` in the end.
    """

    __slots__ = ("_place",)

    def __init__(self, client: Client, server: Server, command: str) -> None:
        super().__init__(client, server, command, "")
        self._place = Place("")
        client.collect(self._place, 0)

    def write(self, line: bytes) -> None:
        """Add a line at that place."""
        if self._batch:
            line = in_batch(line, self._batch)
        self._place.lines.append(line)
        self._place.size += len(line)
        self.client.collect(self._place, len(line))

    def release(self) -> None:
        """All has been said; what has waited behind it goes on."""
        self._place.decided = True
        self.client.decided(self._place)


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


def wants(client: Any, cap: int) -> bool:
    """Whether the client has asked for a capability."""
    return bool(client.caps & cap)
