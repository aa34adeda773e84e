"""What the user of a session wants: the side of `cli.client.session` that programs call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chatd.wire.message import format_line
from cli.client import events as ev
from cli.client.arrival import Arrival
from cli.client.checks import check_target, command_line, is_target
from cli.client.conversation import Conversation, server_time
from cli.client.delivery import Delivery
from cli.client.errors import NotConnected, Refused
from cli.client.handshake import SEARCH
from cli.client.past import Finding, Question, Questions, Taker
from cli.client.requests import Answered, Requests
from cli.client.watched import Watched


class Wishes:
    """Needs what a session has."""

    chat: Conversation
    delivery: Delivery
    ready: asyncio.Event
    _arrival: Arrival
    _caps: set[str]
    _connection: Watched | None
    _emit: Callable[[ev.Event], None]
    _questions: Questions
    _requests: Requests
    _searches: Questions
    _again = False
    """Whether there was another connection before this one."""
    _there_until = 0.0
    """When the user has been gone for long, by the loop's clock."""

    @property
    def connected(self) -> bool:
        """Tell whether there is a logged-in connection."""
        return self._connection is not None

    @property
    def server(self) -> str:
        """The address of the gateway that we are logged in at, '' for none."""
        return "" if self._connection is None else str(self._connection.server)

    @property
    def lag(self) -> float | None:
        """Seconds of the last round trip, None when it is not known."""
        return None if self._connection is None else self._connection.watch.lag

    def attend(self) -> None:
        """Take note that the user is there, as at each key: a silent server is noticed sooner."""
        if self._connection is not None:
            self._there_until = self._connection.attend()

    def has(self, cap: str) -> bool:
        """Tell whether the server has given us a capability."""
        return cap in self._caps

    def say(self, target: str, text: str, *, action: bool = False, reply_to: str = "") -> None:
        """Send a text, as many messages as it needs; the outcome comes as events.

        ``reply_to`` is the msgid of what it answers. Raises Refused when too much is waiting.
        """
        self.attend()
        nick, say = self.chat.nick, self.delivery.say
        for piece in say(nick, target, text, action=action, reply_to=reply_to):
            if not self.connected:
                self._emit(ev.Waiting(target, piece))

    def command(self, name: str, *params: str) -> None:
        """Send a command after what was typed before it. Raises Refused if it cannot be sent."""
        if not self.connected:
            raise Refused("not connected at the moment: try again when the connection is back")
        self.attend()
        self.delivery.put(command_line(name, *params))

    def request(self, taker: Answered, name: str, *params: str) -> None:
        """Ask something of the server; ``taker`` gets all lines of the answer, or why not.

        Raises Refused when it cannot be asked.
        """
        if not self.connected:
            raise Refused("not connected at the moment: try again when the connection is back")
        if not {"labeled-response", "batch"} <= self._caps:
            raise Refused("this server cannot be asked: it has no labeled-response")
        self.delivery.put(self._requests.ask(taker, name, *params))

    def react(self, target: str, msgid: str, reaction: str, *, take_back: bool = False) -> None:
        """React to a message. Raises Refused if it cannot be sent."""
        verb = "+draft/unreact" if take_back else "+draft/react"
        self._tags(target, {"+draft/reply": msgid, verb: reaction})

    def redact(self, target: str, msgid: str, reason: str = "") -> None:
        """Take a message back. Raises Refused if it cannot be sent."""
        if "draft/message-redaction" not in self._caps:
            raise Refused("the server cannot take messages back")
        self.command("REDACT", target, msgid, *([reason] if reason else []))

    def typing(self, target: str, *, active: bool) -> None:
        """Tell that this user is typing, or no longer, if that can be heard."""
        if self.ready.is_set() and "message-tags" in self._caps and is_target(target):
            tags = {"+typing": "active" if active else "done"}
            self._send(format_line("TAGMSG", target, tags=tags))

    def _tags(self, target: str, tags: dict[str, str]) -> None:
        if not self.connected:
            raise Refused("not connected at the moment: try again when the connection is back")
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
        if self.connected:
            self.command("PART", room)
        else:
            self._arrival.drop(room)

    def away(self, text: str | None) -> None:
        """Say that the user is away, or with None that they are back."""
        params = [text] if text else []
        command_line("AWAY", *params)  # not kept for the next connection if it cannot be sent
        self._arrival.away = text
        if self.connected:
            self.command("AWAY", *params)

    def ask(self, past: Question, taker: Taker) -> None:
        """Ask for one page of what was said. Raises Refused when it cannot be had."""
        if not self.ready.is_set():
            raise Refused("not connected at the moment: try again when the connection is back")
        if not {"draft/chathistory", "batch"} <= self._caps:
            raise Refused("the server keeps no history")
        self._questions.page = self._arrival.page
        self._questions.ask(past, taker)

    def search(self, finding: Finding, taker: Taker) -> None:
        """Ask for what was said with some words. Raises Refused when it cannot be had."""
        if not self.ready.is_set():
            raise Refused("not connected at the moment: try again when the connection is back")
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
