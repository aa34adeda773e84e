"""Brings what the user says to the server: now, after a pause, or on the next connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.errors import ChatError, NotConnected, Refused
from cli.client.outgoing import Lines, Outbox, Outgoing, Reply, Sent, new_key, split
from cli.client.spelling import folded

MAX_FAILED: Final = 1000
"""Messages that were refused and can be sent again; the oldest are forgotten."""


class Delivery:
    """The outbox, joined to the connection that is there at the moment.

    ``pauses`` are the shortest and the longest time in seconds before a message is tried again
    that the server could not take. ``patience``: seconds after a reconnection in which a receiver
    of whom the server does not know may be coming back as well. Outcomes of `say` are told to
    ``emit``.
    """

    def __init__(
        self, emit: Callable[[ev.Event], None], pauses: tuple[float, float], patience: float = 0.0
    ) -> None:
        self._emit = emit
        self._patience = patience
        self._patient_until = 0.0
        self._recall: asyncio.TimerHandle | None = None
        self._missed: set[str] = set()
        """Receivers of whom it was told that they are not back."""
        self._pauses = pauses
        self._pause = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._outbox = Outbox()
        self._failed: dict[str, Outgoing] = {}
        """What was refused, by its key: it can be sent again."""
        self._write: Callable[[bytes], None] | None = None
        self._caps: set[str] = set()
        self._retry_is_safe = False
        self._in_doubt: Outgoing | None = None
        """The message that was under way when the connection broke."""
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """Return how many messages are not settled yet."""
        return len(self._outbox)

    def connected(
        self,
        write: Callable[[bytes], None],
        caps: set[str],
        *,
        retry_is_safe: bool = False,
        again: bool = False,
    ) -> None:
        """Begin to send on a connection that is ready for it.

        ``retry_is_safe`` tells that the server knows a message that it took on another such
        connection: it is sent again without being doubled. ``again``: another was there before.
        """
        if again:
            self._patient_until = asyncio.get_running_loop().time() + self._patience
        self._write, self._caps, self._retry_is_safe = write, caps, retry_is_safe
        doubtful, self._in_doubt = self._in_doubt, None
        if doubtful is not None and not (doubtful.retry_is_safe and retry_is_safe):
            self._emit(ev.MayArriveTwice(doubtful.target, doubtful.text))
        self._pump()

    def show(self, event: ev.Event) -> None:
        """Pass an event on; it may tell that the message in doubt has arrived."""
        if isinstance(event, ev.Said) and event.own and event.missed:
            self._was_taken(event)
        self._emit(event)

    def _was_taken(self, said: ev.Said) -> None:
        """Do not send a guest's message again that the server had taken when the connection broke.

        Of an account another device may have said the same; there the server knows keys.
        """
        item = self._in_doubt
        if item is None or item.retry_is_safe or said.account:
            return
        if "echo-message" not in self._caps:
            return
        same = item.text == said.text and item.action == (said.kind == "action")
        if same and folded(item.target) == folded(said.target):
            self._in_doubt = None
            self._outbox.found(item, Sent(item.key, item.target, said.msgid))

    def disconnected(self) -> None:
        """Stop sending; messages are kept, commands are over with their connection."""
        self._write = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stop_recall()
        self._in_doubt = self._outbox.disconnected() or self._in_doubt

    def put(self, item: Outgoing | bytes) -> None:
        """Append a message, or the line of a command. Raises Refused when too much is waiting."""
        self._outbox.put(item)
        self._idle.clear()
        self._pump()

    def say(
        self, nick: str, target: str, text: str, *, action: bool = False, reply_to: str = ""
    ) -> list[str]:
        """Send a text of ``nick`` in as many messages as it needs, and return these.

        Raises Refused when too much is waiting: then nothing of it is sent.
        """
        pieces = split(text, nick, target, action=action)
        self._outbox.check_room(len(pieces))
        for piece in pieces:
            self._say(nick, target, piece, "action" if action else "text", reply_to)
        return pieces

    def say_lines(self, nick: str, target: str, lines: Lines, *, reply_to: str = "") -> list[str]:
        """Send lines as one message, and return its text. Raises Refused like `say`."""
        text = "".join(("" if goes_on else "\n") + line for line, goes_on in lines)[1:]
        self._outbox.check_room()
        self._say(nick, target, text, "text", reply_to, lines)
        return [text]

    def _say(
        self, nick: str, target: str, text: str, kind: ev.Kind, reply_to: str, lines: Lines = ()
    ) -> None:
        key, action = new_key(), kind == "action"

        def settle(outcome: Sent | ChatError) -> None:
            if isinstance(outcome, ChatError):
                self._keep(message)
                self._emit(ev.NotSent(target, text, str(outcome), key))
                return
            self._emit(ev.SentAs(key, target, outcome.msgid, outcome.waits))
            if "echo-message" not in self._caps:
                self._emit(ev.Said(time.time(), nick, target, text, kind, own=True))

        message = Outgoing(target, text, key, settle, action, lines=lines, reply_to=reply_to)
        self._send(message)

    def _send(self, message: Outgoing) -> None:
        kind: ev.Kind = "action" if message.action else "text"
        key, target = message.key, message.target
        self._emit(ev.Sending(time.time(), key, target, message.text, kind, message.reply_to))
        self.put(message)

    def retry(self, key: str) -> None:
        """Send a message that was refused, under the same key. Raises Refused."""
        message = self._failed.get(key)
        if message is None:
            raise Refused("this message is not known any more: write it again")
        self._outbox.check_room()
        del self._failed[key]
        self._send(message.again())

    def discard(self, key: str) -> bool:
        """Forget a message that was refused; return whether there was one."""
        message = self._failed.pop(key, None)
        if message is not None:
            self._emit(ev.Discarded(key, message.target))
        return message is not None

    def _keep(self, message: Outgoing) -> None:
        if len(self._failed) >= MAX_FAILED:
            del self._failed[next(iter(self._failed))]
        self._failed[message.key] = message

    async def deliver(self, target: str, text: str, key: str, lines: Lines = ()) -> Sent:
        """Send one message and wait for its acknowledgement.

        ``lines``: those of a message that has several. Raises NoSuchTarget or Refused; NotConnected
        after `abandon`.
        """
        future: asyncio.Future[Sent | ChatError] = asyncio.get_running_loop().create_future()

        def settle(outcome: Sent | ChatError) -> None:
            if not future.done():
                future.set_result(outcome)

        self.put(Outgoing(target, text, key, settle, lines=lines))
        outcome = await future
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome

    def give_up(self, target: str) -> bool:
        """Wait no more for a receiver who is not back; return whether something waited."""
        given_up = self._outbox.give_up(target)
        self._pump()
        return given_up

    async def drain(self) -> None:
        """Return when every message is settled."""
        await self._idle.wait()

    def abandon(self, reason: str) -> None:
        """Give up what is not sent yet: settle it as NotConnected."""
        self._outbox.abandon(NotConnected(reason))
        self._pump()

    def reply(self, message: Message, label: str, *, more: bool = False) -> Reply:
        """Take one line from the server, the label that it answers, and if more of that follows."""
        if message.command == "401" and self._patient_until:
            self._outbox.patient = asyncio.get_running_loop().time() < self._patient_until
        reply = self._outbox.reply(message, label, more=more)
        if reply is Reply.AGAIN:
            self._send_later()
        elif reply is Reply.ABSENT:
            self._ask_later(message.params[1] if len(message.params) > 2 else "")
            self._pump()
        elif reply is not Reply.NOTHING:
            self._pause = 0.0
            self._pump()
        return reply

    def _pump(self) -> None:
        """Write what may be written now."""
        if self._write is not None and self._timer is None:
            for line in self._outbox.take(self._caps):
                self._write(line)
            if self._outbox.under_way is not None:
                self._outbox.under_way.retry_is_safe = self._retry_is_safe
        if not self._outbox:
            self._idle.set()

    def _send_later(self) -> None:
        """Try the message at the head again after a pause that grows."""
        if not self._pause:
            self._emit(ev.Problem("the server cannot take messages just now: they are kept"))
        least, most = self._pauses
        self._pause = min(max(self._pause * 2, least), most)
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._send_again)

    def _ask_later(self, receiver: str) -> None:
        """Try what was set aside again in a moment."""
        if self._recall is None:
            self._recall = asyncio.get_running_loop().call_later(
                2 * self._pauses[0], self._recalled
            )
        if folded(receiver) not in self._missed:
            self._missed.add(folded(receiver))
            self._emit(
                ev.Problem(
                    f"{receiver} is not back yet: what you wrote waits up to {self._patience:g} s"
                )
            )

    def _recalled(self) -> None:
        self._recall = None
        self._outbox.recall()
        self._pump()

    def _stop_recall(self) -> None:
        self._missed.clear()
        if self._recall is not None:
            self._recall.cancel()
            self._recall = None

    def _send_again(self) -> None:
        self._timer = None
        self._pump()
