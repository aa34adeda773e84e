"""What the user of a session wants: the side of `cli.client.session` that programs call."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from chatd.wire.message import Message, format_line
from cli.client import events as ev
from cli.client.arrival import Arrival
from cli.client.checks import check_target, command_line, is_target
from cli.client.conversation import Conversation, server_time
from cli.client.delivery import Delivery
from cli.client.errors import ChatError, NotConnected, Refused
from cli.client.handshake import SEARCH
from cli.client.ignoring import Ignoring
from cli.client.multiline import MULTILINE, Limits
from cli.client.outgoing import Lines
from cli.client.outgoing import multiline as in_lines
from cli.client.past import Finding, Question, Questions, Taker
from cli.client.places import Places
from cli.client.presence import Presence
from cli.client.requests import Answered, Requests
from cli.client.standing import Standing
from cli.client.tagged import MAX_REACTION, REACT, TYPING, UNREACT, answer_to, farewell


class Wishes(Standing):
    """Needs what a session has."""

    chat: Conversation
    delivery: Delivery
    ready: asyncio.Event
    """Set while connected, in the rooms again, and with nothing left to recover."""
    _arrival: Arrival
    _caps: set[str]
    _limits: Limits = Limits()
    _emit: Callable[[ev.Event], None]
    wants_places = False
    """After each login it is asked where something was said lately."""
    _presence: Presence
    _questions: Questions
    _requests: Requests
    _searches: Questions

    @property
    def asks(self) -> bool:
        """Tell whether the server can be asked something by `request`."""
        return self.connected and {"labeled-response", "batch"} <= self._caps

    @property
    def ignoring(self) -> Ignoring:
        """Whom the user does not want to hear."""
        return self.chat.ignoring

    def has(self, cap: str) -> bool:
        """Tell whether the server has given us a capability."""
        return cap in self._caps

    def say(
        self,
        target: str,
        text: str,
        *,
        action: bool = False,
        reply_to: str = "",
        multiline: bool = False,
    ) -> None:
        """Send a text, as many messages as it needs; the outcome comes as events.

        ``reply_to`` is the msgid of what it answers. ``multiline``: as one message, if the server
        can take it as one. Raises Refused when too much is waiting, or for what can be no target.
        """
        check_target(target)
        self.attend()
        self.use(target)
        nick, lines = self.chat.nick, self._as_one(target, text) if multiline else ()
        if lines and not action:
            pieces = self.delivery.say_lines(nick, target, lines, reply_to=reply_to)
        else:
            pieces = self.delivery.say(nick, target, text, action=action, reply_to=reply_to)
        for piece in pieces:
            if not self.connected:
                self._emit(ev.Waiting(target, piece))

    def retry(self, key: str) -> None:
        """Send a message again that was refused. Raises Refused when it is not known any more."""
        self.attend()
        self.delivery.retry(key)

    def discard(self, key: str) -> None:
        """Do not send a message that was refused."""
        if not self.delivery.discard(key):
            self._emit(ev.Discarded(key, ""))

    def can_be_one(self, target: str, text: str) -> bool:
        """Tell whether the server takes a text of several lines as one message."""
        return bool(self._as_one(target, text))

    def _as_one(self, target: str, text: str) -> Lines:
        """Cut a text into the lines of one message; none if it is one line, or too long."""
        lines = in_lines(text, self.chat.nick, target)
        blank = not any(line.strip() for line, _ in lines)
        if len(lines) < 2 or blank or MULTILINE not in self._caps:
            return ()
        return lines if self._limits.fit(lines) else ()

    def command(self, name: str, *params: str) -> None:
        """Send a command after what was typed before it. Raises Refused if it cannot be sent."""
        _check(self.connected)
        self.attend()
        self.delivery.put(command_line(name, *params))

    def request(self, taker: Answered, name: str, *params: str) -> None:
        """Ask something of the server; ``taker`` gets all lines of the answer, or why not.

        Raises Refused when it cannot be asked.
        """
        _check(self.connected)
        if not self.asks:
            raise Refused("this server cannot be asked: it has no labeled-response")
        self._requests.ask(self.delivery.put, taker, name, *params)

    async def answer_to(self, name: str, *params: str) -> list[Message]:
        """Ask something of the server. Raises Refused, and NotConnected without a connection."""
        if not self.connected:
            raise NotConnected("the connection was lost")
        told: asyncio.Future[list[Message] | ChatError] = asyncio.get_running_loop().create_future()

        def take(answer: list[Message] | ChatError) -> None:
            if not told.done():  # nobody waits any more
                told.set_result(answer)

        self.request(take, name, *params)
        answer = await told
        if isinstance(answer, ChatError):
            raise answer
        return answer

    def ask_places(self) -> None:
        """Ask where something was said lately, and how much is unread: `PlaceIs` for each."""
        history = "draft/chathistory" in self._caps
        if self.asks:
            places = Places(self._emit, self.ignoring.fits)
            with contextlib.suppress(Refused):
                for name, *params in places.questions(time.time(), history=history):
                    self.request(places.take, name, *params)

    def look_at(self, room: str) -> None:
        """Take note that the user looks at a room: who is away there is asked, once."""
        if self.ready.is_set() and self.asks and self._presence.wants(room):
            with contextlib.suppress(Refused):
                self.request(self._presence.taker(room, self._emit), "WHO", room)

    def react(self, target: str, msgid: str, reaction: str, *, take_back: bool = False) -> None:
        """React to a message. Raises Refused if it cannot be sent."""
        if len(reaction) > MAX_REACTION:
            raise Refused(f"a reaction has at most {MAX_REACTION} characters")
        verb = UNREACT if take_back else REACT
        self._tags(target, {**answer_to(msgid), verb: reaction})
        if "echo-message" not in self._caps:
            event = ev.Reacted(
                time.time(), target, msgid, self.chat.nick, reaction, take_back, True
            )
            self._emit(event)

    def redact(self, target: str, msgid: str, reason: str = "") -> None:
        """Take a message back. Raises Refused if it cannot be sent."""
        if "draft/message-redaction" not in self._caps:
            raise Refused("the server cannot take messages back")
        self.command("REDACT", target, msgid, *([reason] if reason else []))

    def typing(self, target: str, *, active: bool) -> None:
        """Tell that this user is typing, or no longer, if that can be heard."""
        if self.ready.is_set() and "message-tags" in self._caps and is_target(target):
            tags = {TYPING: "active" if active else "done"}
            if self.asks:  # that it cannot be heard there is nobody's concern
                tags["label"] = self._requests.expect(lambda answer: None)
            self._send(format_line("TAGMSG", target, tags=tags))

    def _tags(self, target: str, tags: dict[str, str]) -> None:
        _check(self.connected)
        if "message-tags" not in self._caps:
            raise Refused("the server cannot carry this")
        check_target(target)
        self.delivery.put(format_line("TAGMSG", target, tags=tags))

    def join(self, room: str) -> None:
        """Enter a room, now or when the connection is back."""
        if self.connected:
            self.command("JOIN", room)
        else:
            self._arrival.want(room)

    def part(self, room: str) -> None:
        """Leave a room, now or by not entering it again."""
        self.leaves(room)
        if self.connected:
            self.command("PART", room)
        else:
            self._arrival.drop(room)

    def leave_again(self, room: str) -> None:
        """Leave a room that was entered for one command; sessions that use it stay."""
        if self.connected and "message-tags" in self._caps:
            self.delivery.put(farewell(self.chat.nick, room))
        self.part(room)

    def use(self, room: str) -> None:
        """Be in a room for more than one command, also if another session had entered it."""
        self._arrival.use(room)

    def leaves(self, room: str) -> None:
        """Do not stay there, also where it is left before this one's PART."""
        self._arrival.leaves(room)

    def away(self, text: str | None) -> None:
        """Say that the user is away, or with None that they are back."""
        params = [text] if text else []
        command_line("AWAY", *params)  # not kept for the next connection if it cannot be sent
        self._arrival.away = text
        if self.connected:
            self.command("AWAY", *params)

    def ask(self, past: Question, taker: Taker) -> None:
        """Ask for one page of what was said. Raises Refused when it cannot be had."""
        _check(self.ready.is_set())
        if not {"draft/chathistory", "batch"} <= self._caps:
            raise Refused("the server keeps no history")
        self._questions.page = self._arrival.page
        self._questions.ask(past, taker)

    def search(self, finding: Finding, taker: Taker) -> None:
        """Ask for what was said with some words. Raises Refused when it cannot be had."""
        _check(self.ready.is_set())
        if not {SEARCH, "batch"} <= self._caps:
            raise Refused("the server cannot search")
        self._searches.ask(finding, taker)

    def mark_read(self, target: str, at: float) -> None:
        """Tell the server up to when a room or a conversation is read, if it wants to know."""
        if self.connected and "draft/read-marker" in self._caps and is_target(target):
            self._send(format_line("MARKREAD", target, f"timestamp={server_time(at)}"))

    async def fence(self) -> None:
        """Return when the server has done everything sent before. Raises NotConnected."""
        if self._connection is None:
            raise NotConnected("not connected")
        line, passed = self._requests.fence()
        self.delivery.put(line)
        await passed

    async def change_password(self, password: str, seconds: float) -> None:
        """Set the account's password. Raises Refused, NotConnected or TimedOut."""
        await self._requests.change_password(self.delivery.put, password, seconds)

    def _send(self, line: bytes) -> None:
        if self._connection is not None:
            self._connection.send(line)


def _check(there: bool) -> None:
    """Raise Refused unless the connection is there."""
    if not there:
        raise Refused("not connected at the moment: try again when the connection is back")
