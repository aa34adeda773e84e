"""Messages that a session has sent and that Redis has not answered yet."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chatd.commands.context import Context
from chatd.commands.errors import REFUSALS, Failure
from chatd.session.render import render
from chatd.state.events import Event, message_record
from chatd.store.errors import StoreError, StoreUnavailable
from chatd.store.pending import Pending
from chatd.wire import caps as c
from chatd.wire import numerics as n
from chatd.wire.message import Message
from chatd.wire.modes import BY_LETTER, at_least
from chatd.wire.multiline import is_multiline, join, split
from chatd.wire.tags import format_tags
from chatd.wire.text import truncate_utf8

if TYPE_CHECKING:
    from chatd.session.session import Session

log = logging.getLogger(__name__)

_IDEMPOTENCY_BYTES = 64
"""Bytes of an idempotency key that count."""


class Post:
    """One message in flight."""

    __slots__ = ("context", "echoed", "record", "shown", "to_self")

    def __init__(self, context: Context, record: bytes, shown: str, to_self: bool) -> None:
        self.context = context
        self.record = record
        self.shown = shown
        self.echoed = False
        self.to_self = to_self


class Posting:
    """Sends messages to the store and answers the sender: echo, acknowledgement or refusal."""

    __slots__ = ("_posts", "_seq", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._posts: dict[int, Post] = {}
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
        session, tags = self._session, message.tags
        user = session.user
        assert user is not None, "only registered clients may post"
        seq = self._seq = self._seq + 1
        flags, client_tags, dedup = "", "", ""
        if tags:
            client_tags, dedup = self._read_tags(tags)
            if message.command == "TAGMSG" and set(tags) & {"+typing"}:
                flags = "s"  # who types now is of no interest later
        source, account = user.source, user.marked_account
        if relayed:
            flags, account = "r", ""
            source = f"{relayed}!{user.nick}@{session.server.config.name}"
        text = message.params[1] if message.command != "TAGMSG" else ""
        if text.lstrip("\n")[:1] == "\x01" and not text.startswith("\x01ACTION"):
            flags += "c"
        if kind == "r" and shown[0] != "#":
            flags += at_least(shown[0])
        # ":source COMMAND target :text" CR LF is 512 bytes at most
        room = 512 - 7 - len(source.encode()) - len(message.command) - len(shown.encode())
        if len(text) * 4 > room:
            text = _fit(text, room)
        record = message_record(
            session.sid, user.key, source, account, message.command, shown,
            client_tags, text, seq,
        )  # fmt: skip
        post = self._posts[seq] = Post(context, record, shown, kind == "u" and target == user.key)
        context.posted += 1
        session.awaiting()
        session.server.presence.active[user.key] = session.heard_at
        pending = session.server.store.post(kind, target, user.key, dedup, flags, record)
        pending.then(lambda reply: self._answered(seq, post, reply))

    def _read_tags(self, tags: dict[str, str]) -> tuple[str, str]:
        """The tags that go on to others, and the idempotency key."""
        caps = self._session.caps
        passed = ""
        if caps & c.CAP_MESSAGE_TAGS:
            passed = format_tags({key: tags[key] for key in tags if key.startswith("+")})
        dedup = tags.get("chatd/id", "") if caps & c.CAP_CHATD_ID else ""
        return passed, truncate_utf8(dedup, _IDEMPOTENCY_BYTES)

    def echo(self, event: Event) -> None:
        """The own message has come back as an event."""
        post = self._posts.get(int(event.args[4]))
        if post is not None and not post.echoed:
            self._echo(post, event)
            if post.to_self:
                self._session.hear(render(event, self._session.caps))

    def _echo(self, post: Post, event: Event) -> None:
        """Show the sender his own message. https://ircv3.net/specs/extensions/echo-message"""
        post.echoed = True
        if self._session.caps & c.CAP_ECHO_MESSAGE:
            line = render(event, self._session.caps)
            if line:
                post.context.write(line)

    def _answered(self, seq: int, post: Post, reply: Pending[list[bytes]]) -> None:
        session = self._session
        del self._posts[seq]
        try:
            word, *details = reply.result()
            self._outcome(post, word.decode(), details)
        except StoreUnavailable:
            post.context.unavailable()
        except StoreError as error:
            log.error("a message was not stored: %s", error)
            post.context.unavailable()
        finally:
            post.context.posted -= 1
            if not post.context.posted:
                post.context.finish()
            session.settled()

    def _outcome(self, post: Post, word: str, details: list[bytes]) -> None:
        context = post.context
        if word == "ok" or word == "dup":
            if not post.echoed:
                self._echo(post, Event(details[0] + b"\0" + post.record))
            if word == "ok" and details[1] and context.command == "PRIVMSG":
                context.numeric(n.RPL_AWAY, post.shown, text=details[1].decode())
        elif word == "stale":
            raise StoreUnavailable("this gateway is coming back")
        elif word == "notrelay":
            text = "Only operators of the room may relay"
            context.error(Failure("PRIVS_NEEDED", text))
        elif context.command != "NOTICE":  # which is never answered, not even with an error
            shown = details[0].decode() if details else post.shown
            text = ""
            if word == "guest":
                text = "Only who is logged in to an account may send to this user (+R)"
            if word == "cannot":
                letter = details[1].decode()
                text = f"Cannot send to channel (+{letter}): {BY_LETTER[letter].what}"
            context.numeric(REFUSALS[word], shown, text=text)


def _fit(text: str, room: int) -> str:
    """Cut a text, or each line of one that has several, to ``room`` bytes."""
    if not is_multiline(text):
        return truncate_utf8(text, room)
    lines = split(text.encode())
    return join((truncate_utf8(line.decode(), room), concat) for line, concat in lines)
