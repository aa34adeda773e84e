"""What the user wants to send: a bounded queue that sends each message once, in order. No I/O.

One message is under way at a time. It stays at the head until the server acknowledges or refuses
it, so that a lost connection, or a server without its Redis, changes neither order nor number:
the same message goes out again under the same idempotency key (tag ``chatd/id``).
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Callable
from dataclasses import field, replace
from enum import Enum, auto
from typing import Final

from chatd.wire.framing import MAX_BODY
from chatd.wire.message import Message, format_line
from chatd.wire.multiline import CONCAT
from chatd.wire.text import truncate_utf8
from cli.client import tokens
from cli.client.checks import clean
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError, NoSuchTarget, Refused
from cli.client.multiline import MULTILINE
from cli.client.spelling import folded
from cli.client.tagged import answer_to

CAPACITY: Final = 10_000
"""Messages that may wait: a long paste, and no program that does not look at its answers."""

HOST_BYTES: Final = 64
"""Room kept for the host in the prefix that the server puts before what others receive."""

MAX_TRIES: Final = 5
"""Of one message, when the server answers with an error that it cannot explain (400)."""

Lines = tuple[tuple[str, bool], ...]
"""Those of a message that has several, each with whether it goes on with the one before."""

_UNAVAILABLE: Final = "TEMPORARILY_UNAVAILABLE"


class Reply(Enum):
    """What a line from the server means for the message under way."""

    NOTHING = auto()
    SENT = auto()
    REFUSED = auto()
    AGAIN = auto()
    """Refused for now: to be sent again, after a while, as it is."""
    ABSENT = auto()
    """Set aside: its receiver may be coming back just now."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The server's acknowledgement; ``at`` as the server wrote it, empty when it did not.

    ``waits``: nobody could hear it now, it is kept for the next login.
    """

    key: str
    target: str
    msgid: str = ""
    at: str = ""
    waits: bool = False


@dataclass(slots=True)
class Outgoing:
    """One message on its way. ``settle`` is called once, with the outcome."""

    target: str
    text: str
    key: str
    settle: Callable[[Sent | ChatError], None]
    action: bool = False
    label: str = field(default_factory=lambda: tokens.token_urlsafe(9))
    labelled: bool = False
    unexplained: int = 0
    retry_is_safe: bool = False
    """Whether it went out in a way that lets the server know it when it comes again."""
    lines: Lines = ()
    reply_to: str = ""
    sent: Sent | None = None
    """What has been acknowledged, while more of the answer follows."""
    waits: bool = False

    def again(self) -> Outgoing:
        """Return a new attempt at the same message."""
        return Outgoing(
            self.target,
            self.text,
            self.key,
            self.settle,
            self.action,
            lines=self.lines,
            reply_to=self.reply_to,
        )

    def line(self, caps: set[str]) -> bytes:
        """Return the PRIVMSG, with what the server's capabilities allow."""
        self.sent, self.waits = None, False
        tags: dict[str, str] = {}
        self.labelled = {"labeled-response", "echo-message"} <= caps
        if self.labelled:
            tags["label"] = self.label
        if "chatd/id" in caps:
            tags["chatd/id"] = self.key
        if self.reply_to and "message-tags" in caps:
            tags |= answer_to(self.reply_to)
        text = f"\x01ACTION {self.text}\x01" if self.action else self.text
        if self.lines:
            line = self._batch(tags)
        else:
            line = format_line("PRIVMSG", self.target, text, tags=tags)
        if self.labelled:
            return line
        # Such a server never acknowledges; its PONG at least comes after it took the message.
        return line + format_line("PING", self.label)

    def _batch(self, tags: dict[str, str]) -> bytes:
        reference, lines = tokens.token_hex(4), []
        for text, goes_on in self.lines:
            inside = {"batch": reference} | ({CONCAT: ""} if goes_on else {})
            lines.append(format_line("PRIVMSG", self.target, text, tags=inside, text_last=True))
        begin = format_line("BATCH", f"+{reference}", MULTILINE, self.target, tags=tags)
        return b"".join((begin, *lines, format_line("BATCH", f"-{reference}")))


def new_key() -> str:
    """Make an idempotency key."""
    return tokens.token_urlsafe(15)


class Outbox:
    """The queue. Whoever owns it writes the lines that `take` returns, and feeds it the replies."""

    def __init__(self) -> None:
        self._waiting: deque[Outgoing | bytes] = deque()
        self._under_way: Outgoing | None = None
        self._aside: dict[str, list[Outgoing]] = {}
        """By their receivers, folded, for whom all in order have to wait; others need not."""
        self.patient = False
        """Whether a receiver of whom nobody knows may be coming back."""

    @property
    def under_way(self) -> Outgoing | None:
        """The message that was sent and is not settled yet."""
        return self._under_way

    def __len__(self) -> int:
        """Return how many messages are not settled yet."""
        waiting = sum(isinstance(item, Outgoing) for item in self._waiting)
        return waiting + self._count_aside() + (self._under_way is not None)

    def __bool__(self) -> bool:
        """Tell whether any is not settled yet; asked at each acknowledgement."""
        waiting = any(isinstance(item, Outgoing) for item in self._waiting)
        return self._under_way is not None or waiting or bool(self._aside)

    def _count_aside(self) -> int:
        return sum(map(len, self._aside.values()))

    def put(self, item: Outgoing | bytes) -> None:
        """Append a message, or the line of a command that must not overtake it."""
        self.check_room()
        if isinstance(item, Outgoing) and (aside := self._aside.get(folded(item.target))):
            aside.append(item)
        else:
            self._waiting.append(item)

    def check_room(self, count: int = 1) -> None:
        """Raise Refused when so many more are too much: then not even the first is to be put."""
        waiting = len(self._waiting) + self._count_aside()
        if waiting + count > CAPACITY and count > 1:
            raise Refused(
                f"these are {count} messages, and {waiting} are waiting: "
                f"at most {CAPACITY} can wait, so nothing of this is sent"
            )
        if waiting + count > CAPACITY:
            raise Refused(f"{CAPACITY} messages are waiting already: this one is not sent")

    def take(self, caps: set[str]) -> list[bytes]:
        """Return the lines that may go out now."""
        lines = []
        while self._waiting and self._under_way is None:
            item = self._waiting.popleft()
            if isinstance(item, bytes):
                lines.append(item)
            else:
                self._under_way = item
                lines.append(item.line(caps))
        return lines

    def rewind(self) -> None:
        """Put the message under way back to the head: it was refused for now."""
        if self._under_way is not None:
            self._waiting.appendleft(self._under_way)
            self._under_way = None

    def _set_aside(self, absent: Outgoing) -> None:
        """Let the message under way wait, and all behind it to the same receiver."""
        key = folded(absent.target)
        absent.label = tokens.token_urlsafe(9)  # what still comes for the old one means nothing
        self._under_way = None
        aside, rest = [absent], deque[Outgoing | bytes]()
        for item in self._waiting:
            same = isinstance(item, Outgoing) and folded(item.target) == key
            (aside if same else rest).append(item)  # type: ignore[arg-type]
        self._aside[key], self._waiting = aside, rest

    def recall(self) -> None:
        """Try those that were set aside again, before all others."""
        for items in reversed(self._aside.values()):
            self._waiting.extendleft(reversed(items))
        self._aside.clear()

    def give_up(self, target: str) -> bool:
        """Settle what waits for a receiver who is not back; return whether there is anything."""
        items = self._aside.pop(folded(target), [])
        for item in items:
            item.settle(NoSuchTarget(f"there is no user {target}"))
        return bool(items)

    def found(self, item: Outgoing, sent: Sent) -> None:
        """Take note that a message that waits was taken, though nobody acknowledged it."""
        others = deque(one for one in self._waiting if one is not item)
        if len(others) < len(self._waiting):
            self._waiting = others
            item.settle(sent)

    def disconnected(self) -> Outgoing | None:
        """Keep the messages for the next connection; commands are over with this one.

        Return the one of which nobody knows whether the server has taken it.
        """
        if (item := self._under_way) is not None and item.sent is not None:
            self._under_way = None
            item.settle(replace(item.sent, waits=item.waits))
        in_doubt = self._under_way
        self.rewind()
        self.recall()
        self._waiting = deque(item for item in self._waiting if isinstance(item, Outgoing))
        return in_doubt

    def abandon(self, error: ChatError) -> None:
        """Settle everything as failed."""
        self.disconnected()
        for item in self._waiting:
            assert isinstance(item, Outgoing)
            item.settle(error)
        self._waiting.clear()

    def reply(self, message: Message, label: str, *, more: bool = False) -> Reply:
        """Take one line from the server, the label that it answers, and if more of that follows."""
        item = self._under_way
        if item is None or not _is_for(item, message, label):
            return Reply.NOTHING
        if _try_again(item, message):
            self.rewind()
            return Reply.AGAIN
        if self.patient and message.command == "401":
            self._set_aside(item)
            return Reply.ABSENT
        outcome = _outcome(item, message)
        if isinstance(outcome, ChatError):
            self._under_way = None
            item.settle(outcome)
            return Reply.REFUSED
        item.sent = item.sent or outcome
        item.waits = item.waits or _is_kept(message)
        if more or item.sent is None:
            return Reply.NOTHING
        self._under_way = None
        item.settle(replace(item.sent, waits=item.waits))
        return Reply.SENT


def _is_for(item: Outgoing, message: Message, label: str) -> bool:
    if _id_reused(message):
        return item.key in message.params[2:-1]
    if label or item.labelled:
        return label == item.label
    # A server without labels: its PONG, or the error that names the target.
    if message.command == "PONG":
        return message.params[-1:] == [item.label]
    return message.command in ("401", "403", "404", "442") and message.params[1:2] == [item.target]


def _id_reused(message: Message) -> bool:
    """``FAIL PRIVMSG ID_REUSED <key> :text``: the key belongs to another text."""
    return message.command == "FAIL" and message.params[:2] == ["PRIVMSG", "ID_REUSED"]


def _is_kept(message: Message) -> bool:
    """``NOTE PRIVMSG MESSAGE_KEPT <nick> :text``: the receiver is offline."""
    return message.command == "NOTE" and message.params[:2] == ["PRIVMSG", "MESSAGE_KEPT"]


def _try_again(item: Outgoing, message: Message) -> bool:
    if message.command == "400":
        item.unexplained += 1
        return item.unexplained < MAX_TRIES
    return message.command == "FAIL" and _UNAVAILABLE in message.params[1:2]


def _outcome(item: Outgoing, message: Message) -> Sent | ChatError | None:
    """Tell what a labelled reply means for the message; None when it does not settle it."""
    text = message.params[-1] if message.params else ""
    match message.command:
        case "PRIVMSG" | "ACK" | "PONG":
            tags = message.tags
            return Sent(item.key, item.target, tags.get("msgid", ""), tags.get("time", ""))
        case "401" | "403":
            kind = "room" if item.target.startswith("#") else "user"
            return NoSuchTarget(f"there is no {kind} {item.target}")
        case "FAIL" if _id_reused(message):
            return Refused(
                f"the id {item.key} was used before, for another text: this one is not sent"
            )
        case "FAIL":
            return Refused(f"the server refused the message to {item.target}: {text}")
        case code if code.isdigit() and "400" <= code < "600":
            return Refused(f"the server refused the message to {item.target}: {text}")
    return None


def multiline(text: str, nick: str, target: str) -> Lines:
    """Cut a text into the lines of one message."""
    room = _room(nick, target, action=False)
    rows = []
    for line in _lines(text.rstrip("\r\n")):
        rest, at = line, 0
        while piece := truncate_utf8(rest[at : at + room], room):
            rows.append((piece, at > 0))
            at += len(piece)
        if not line:
            rows.append(("", False))
    return tuple(rows)


def split(text: str, nick: str, target: str, *, action: bool = False) -> list[str]:
    """Cut a text into lines, and lines into what one message can carry.

    Depends on nothing but its arguments, so that a retry is cut at the same places.
    """
    room = _room(nick, target, action=action)
    return [piece for line in _lines(text) if line.strip() for piece in _wrap(line, room)]


def _lines(text: str) -> list[str]:
    return [line.replace("\0", "") for line in re.split("\r\n|\r|\n", clean(text))]


def _room(nick: str, target: str, *, action: bool) -> int:
    """Bytes of text in one line: ":nick!~nick@host PRIVMSG target :text" is what others get."""
    prefix = len(f":{nick}!~{nick}@ PRIVMSG {target} :\r\n".encode()) + HOST_BYTES
    return max(MAX_BODY - prefix - (len("\x01ACTION \x01") if action else 0), 64)


def _wrap(line: str, max_bytes: int) -> list[str]:
    pieces = []
    at = 0
    # Only what may fit is looked at: a text of ten million characters takes its time once.
    while at + len(piece := truncate_utf8(line[at : at + max_bytes], max_bytes)) < len(line):
        words = piece.rstrip(" ").rpartition(" ")[0]
        if line[at + len(piece)] != " " and len(words) > len(piece) // 2:
            piece = words
        while len(piece) > 1 and unicodedata.combining(line[at + len(piece)]):
            piece = piece[:-1]
        pieces.append(piece)
        at += len(piece)
        at += line[at] == " "
    return [piece for piece in (*pieces, line[at:]) if piece.strip()]
