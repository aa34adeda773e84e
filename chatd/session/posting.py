"""Messages that a session has sent and that Redis has not answered yet."""

from __future__ import annotations

import logging
import re

from chatd.commands import costs
from chatd.commands.context import Context
from chatd.commands.errors import REFUSALS, Failure
from chatd.commands.reply import middle
from chatd.session.lines import Lines
from chatd.session.peer import Peer
from chatd.session.render import render
from chatd.state.events import Event
from chatd.state.local import LocalUser
from chatd.state.messages import KEPT_DAYS, Messages, Route
from chatd.state.words import Words
from chatd.store.errors import StoreUnavailable
from chatd.store.pending import Pending
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.message import Message
from chatd.wire.modes import BY_LETTER, at_least
from chatd.wire.multiline import is_multiline, join, split
from chatd.wire.tags import client_only, format_tags
from chatd.wire.text import truncate_utf8
from chatd.wire.usermodes import REGISTERED_ONLY

log = logging.getLogger(__name__)

_SURELY_FITS = 150
"""Bytes of text that fit a line with the longest source (230), command and target (128)."""

_CTCP = re.compile(r"(?:^|[\r\n])\x01(?!ACTION)")
"""CTCP, but no ACTION, as a text or as a line of one that has several."""
_STORED = (b"ok", b"waits")
"""Words of `post.lua` for what is stored."""
_KEPT = f"is offline: the message waits for the next login, {KEPT_DAYS} days at most"
_FULL = "too many messages wait for this user already: none is kept until the next login"
_TO_ALL = ("r", "rr")
"""What `Posting._how` says of a text for all in a room, also of one for somebody elsewhere."""
_IDEMPOTENCY_BYTES = 64
"""Bytes of an idempotency key that count."""


class Post(Pending[bytes | list[bytes]]):
    """One message in flight: the expected answer and what is needed to pass it on."""

    __slots__ = ("concerns", "context", "echoed", "posting", "record", "seq", "shown", "to_self")

    def __init__(
        self, posting: Posting, context: Context, seq: int, shown: str, *, to_self: bool
    ) -> None:
        # None of the fields of `Pending` but these is used: `resolve` and `fail` go on at once.
        self.posting = posting
        self.context = context
        self.seq = seq
        self.shown = shown
        self.to_self = to_self
        self.echoed = self.concerns = False
        self.record = b""

    def resolve(self, raw: bytes | list[bytes]) -> None:
        """The store has answered: with the bare id in most cases, and then all is done."""
        if type(raw) is bytes:
            if self.echoed or not self.posting.echoes:
                self.posting.finish(self)
                return
            raw = [b"ok", raw, b""]
        assert isinstance(raw, list)
        self.posting.answered(self, raw)

    def fail(self, error: Exception) -> None:
        """The store cannot be reached, or has failed."""
        self.posting.failed(self, error)


_NO_POSTS: dict[int, Post] = {}
"""The empty table that sessions share while nothing is in flight. Nothing is added to it."""


class Posting:
    """Sends messages to the store and answers the sender: echo, acknowledgement or refusal."""

    __slots__ = ("_lines", "_messages", "_posts", "_route", "_seq", "_session", "_words")

    def __init__(self, session: Peer, lines: Lines) -> None:
        self._session = session
        self._lines = lines
        self._messages: Messages = session.server.messages
        self._words: Words = session.server.inbox.words
        self._posts = _NO_POSTS
        self._route: Route | None = None
        self._seq = 0

    def post(
        self,
        context: Context,
        kind: str,
        target: str,
        message: Message,
        shown: str,
        relayed: str = "",
    ) -> None:
        """Send; the answer comes when the store has stored and published, or refused.

        ``relayed``: the nick of somebody elsewhere whose words these are.
        """
        session, user = self._session, self._session.user
        assert user is not None, "only registered clients may post"
        client_tags, dedup = self._read_tags(message.tags) if message.tags else ("", "")
        source, account = user.source, user.marked_account
        if relayed:
            source, account = f"{relayed}!{user.nick}@{session.server.config.name}", ""
        text = message.params[1] if message.command != "TAGMSG" else ""
        how = self._how(kind, user, message, text, shown, relayed)
        if relayed or len(text) > _SURELY_FITS or not text.isascii():
            text = _fit(text, source, message.command, shown)
        words = self._concerning(how, text) if kind == "r" else ""
        if dedup or words:
            how += f"\0{dedup}{words}"
        of = (how, target, user.key, source, account, message.command, shown, client_tags)
        route = self._route
        if route is None or route.of != of:
            route = self._route = self._messages.route(session.sid, of)
        if self._posts is _NO_POSTS:
            self._posts = {}
        seq = self._seq = self._seq + 1
        post = self._posts[seq] = Post(self, context, seq, shown, to_self=target == user.key)
        post.concerns = words != ""
        post.record = route.begin + f"{text}\0{seq}".encode()
        context.posted += 1
        self._lines.in_flight += 1
        session.server.presence.active[user.key] = session.heard_at
        self._messages.send(route, post.record, post)

    def _how(
        self, kind: str, user: LocalUser, message: Message, text: str, shown: str, relayed: str
    ) -> str:
        """The letters that tell `post.lua` what may stop the message and where it is stored."""
        how = kind
        if message.command == "TAGMSG" and "+typing" in message.tags:
            how += "s"  # who types now is of no interest later
        if relayed:
            how += "r"
        if text[:1] in ("\x01", "\n") and _is_ctcp(text):
            how += "c"
        if kind == "u":
            if REGISTERED_ONLY in user.modes:
                how += "R"
            if user.account or self._session.caps & c.CAP_ECHO_MESSAGE:
                how += "k"  # a guest without echo has no other place to see it
        elif shown[0] != "#":
            how += at_least(shown[0])
            self._lines.bucket.charge(costs.STATUS - 1)
        return how

    def _concerning(self, how: str, text: str) -> str:
        """The words of what is said to all of a room that concern somebody, as `post.lua` wants."""
        words = self._words.in_text(text)
        if not words or how not in _TO_ALL:
            return ""
        self._lines.bucket.charge(len(words) / costs.CONCERNED)
        return f"\0{' '.join(words)}"

    @property
    def echoes(self) -> bool:
        """Whether the sender wants to see what it has said."""
        return bool(self._session.caps & c.CAP_ECHO_MESSAGE)

    def _read_tags(self, tags: dict[str, str]) -> tuple[str, str]:
        """The tags that go on to others, and the idempotency key."""
        caps = self._session.caps
        passed = ""
        if caps & c.CAP_MESSAGE_TAGS:
            passed = format_tags(client_only(tags))
        dedup = tags.get("chatd/id", "") if caps & c.CAP_CHATD_ID else ""
        return passed, truncate_utf8(dedup, _IDEMPOTENCY_BYTES)

    def echo(self, event: Event) -> None:
        """The own message has come back as an event."""
        post = self._posts.get(int(event.args[4]))
        if post is not None and not post.echoed:
            self._echo(post, event)
            if post.to_self:
                self._session.write(render(event, self._session.caps))

    def _echo(self, post: Post, event: Event) -> None:
        """Show the sender his own message. https://ircv3.net/specs/extensions/echo-message"""
        post.echoed = True
        if self.echoes:
            line = render(event, self._session.caps)
            if line:
                post.context.write(line)

    def answered(self, post: Post, reply: list[bytes]) -> None:
        """The store has answered, and the sender may have to hear of it."""
        try:
            if reply[0] in _STORED and (post.echoed or not self.echoes):
                self._mention_absence(post, reply)
            else:
                self._outcome(post, reply[0].decode(), reply[1:])
        except StoreUnavailable:
            post.context.unavailable()
        finally:
            self.finish(post)

    def failed(self, post: Post, error: Exception) -> None:
        """Nobody knows whether the message was stored; the sender is told to try again."""
        if not isinstance(error, StoreUnavailable):
            log.error("a message was not stored: %s", error)
        post.context.unavailable()
        self.finish(post)

    def finish(self, post: Post) -> None:
        """The sender has been told everything: forget the message."""
        del self._posts[post.seq]
        context = post.context
        context.posted -= 1
        if not context.posted:
            context.finish()
        self._lines.answered()
        if post.concerns:
            self._session.server.inbox.fill()

    def _mention_absence(self, post: Post, reply: list[bytes]) -> None:
        if reply[0] == b"waits":
            self._waits(post)
        elif reply[2] and post.context.command == "PRIVMSG":
            post.context.numeric(n.RPL_AWAY, post.shown, text=reply[2].decode())

    def _waits(self, post: Post) -> None:
        """Say that nobody could hear it now. RFC 1459 has no automatic reply to a NOTICE."""
        context, shown = post.context, middle(post.shown)
        if self._session.caps & c.CAP_STANDARD_REPLIES:
            context.note("MESSAGE_KEPT", f"{shown} {_KEPT}", shown)
        elif context.command != "NOTICE":
            context.numeric(n.RPL_AWAY, shown, text=f"{shown} {_KEPT}")

    def _outcome(self, post: Post, word: str, details: list[bytes]) -> None:
        context = post.context
        if word in ("ok", "waits", "dup"):
            if not post.echoed:
                event = Event(details[0] + b"\0" + post.record)
                if word == "dup" and details[1]:
                    event.args[1] = details[1]  # it may have another name by now, a longer one
                    words = [event.source, event.args[0], event.args[1], event.args[3]]
                    source, command, target, text = [word.decode() for word in words]
                    event.args[3] = _fit(text, source, command, target).encode()
                self._echo(post, event)
            if word != "dup":
                self._mention_absence(post, [word.encode(), *details])
            elif details[2]:
                self._waits(post)
        elif word == "stale":
            raise StoreUnavailable("this gateway is coming back")
        elif word in ("cannot", "muted") and self._renamed(post):
            raise StoreUnavailable("another session has just changed the name")
        elif word == "reused":
            text = "Another message was sent under this id: give each its own"
            context.error(Failure("ID_REUSED", text, middle(details[0].decode())))
        elif word == "toomany":
            self._too_many_wait(post)
        elif word == "notrelay":
            text = "Only operators of the room may relay"
            context.error(Failure("PRIVS_NEEDED", text))
        elif context.command != "NOTICE":  # which is never answered, not even with an error
            shown = details[0].decode() if details else post.shown
            text = ""
            if word == "guest":
                text = "Only who is logged in to an account may send to this user (+R)"
            if word == "manyholders":
                text = "Too many members have that prefix; send it to the whole room"
            if word == "muted":
                text = "Cannot send to channel (+b): you are muted here"
            if word == "cannot":
                letter = details[1].decode()
                text = f"Cannot send to channel (+{letter}): {BY_LETTER[letter].what}"
            context.numeric(REFUSALS[word], middle(shown), text=text)

    def _too_many_wait(self, post: Post) -> None:
        context, shown = post.context, middle(post.shown)
        if self._session.caps & c.CAP_STANDARD_REPLIES:
            context.fail("TOO_MANY_WAITING", f"{shown}: {_FULL}", shown)
        elif context.command != "NOTICE":
            context.numeric(n.ERR_UNKNOWNERROR, context.command, text=f"{shown}: {_FULL}")

    def _renamed(self, post: Post) -> bool:
        """Whether it was said under a name that the user no longer has."""
        user = self._session.user
        return user is not None and post.record.split(b"\0", 4)[3] != user.key.encode()


def _is_ctcp(text: str) -> bool:
    """Whether a text is for the receiver's program; an ACTION is for people."""
    return _CTCP.search(text) is not None


def _fit(text: str, source: str, command: str, target: str) -> str:
    """Cut a text, or each line of one that has several, so that a line of it fits.

    ":source COMMAND target :text" CR LF is 512 bytes at most.
    """
    room = 512 - 7 - len(source.encode()) - len(command) - len(target.encode())
    if len(text) * 4 <= room:
        return text
    if not is_multiline(text):
        return truncate_utf8(text, room)
    lines = split(text.encode())
    return join((truncate_utf8(line.decode(), room), concat) for line, concat in lines)
