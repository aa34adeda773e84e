"""``chat send``: messages from a script, each acknowledged before the next one goes out."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import click

from chatd.wire.multiline import TYPE as MULTILINE
from cli.client.checks import check_key
from cli.client.dataclass import dataclass
from cli.client.errors import (
    ChatError,
    LoginRefused,
    NoSuchTarget,
    NotConnected,
    Refused,
    TimedOut,
)
from cli.client.outgoing import Sent, new_key
from cli.client.session import Session
from cli.ending import warn
from cli.options import Options
from cli.send import Item, Problems, Sender, as_one, line_of, messages, within
from cli.signin import refused, sign_in
from cli.stdin import stdin_lines

_RETRY_IS_NOT_SAFE = (
    "{name} is not logged in to an account here: a retry with the same --id may arrive twice"
)
_NO_MULTILINE = "this server takes no message of several lines: do without --multiline"
_MOST_LINES = 10**12
"""Lines of stdin for which the id has room."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. ``text``: None = what comes from stdin; ``key``: None = a new one.

    ``seconds``: for the login and for each acknowledgement; ``wait``: for the user, None = not.
    """

    name: str
    target: str
    text: str | None
    key: str | None
    seconds: float
    wait: float | None
    as_json: bool
    as_one: bool
    create: bool = False


def send_text(options: Options, request: Request, password: str | None) -> None:
    """Send what is asked for. Raises ChatError, and SystemExit when it is told to stop."""
    used = new_key() if request.key is None else request.key
    if request.text is None and not request.as_one:
        check_key(f"{used}.{_MOST_LINES}")
    report = Report(request)
    with report.told(used):
        asyncio.run(_run(options, request, password, used, report))
    report.end()


async def _run(
    options: Options, request: Request, password: str | None, key: str, report: Report
) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, report.stop, number, task)
    items = _items(request, key)
    first = await anext(items, None)
    if first is None:
        raise ChatError("there is nothing to send: give a text, or lines on stdin")
    problems = Problems(warn)
    attempt = sign_in(options.state, request.name, password, options.server_password)
    if request.as_one:
        attempt.login.caps = (MULTILINE,)
    session = Session(attempt.login, options.state.gateways(), problems)

    async def work() -> None:
        if request.key is not None and not session.retry_is_safe:
            warn(_RETRY_IS_NOT_SAFE.format(name=request.name))
        report.retry_is_safe = session.retry_is_safe
        sender = Sender(
            session, problems, request.target, request.seconds, request.wait, create=request.create
        )
        item: Item | None = first
        while item is not None:
            if item.lines and not session.has(MULTILINE):
                raise Refused(_NO_MULTILINE)
            report.item = item
            report.acknowledged(await sender.send(item, key))
            item = await anext(items, None)
        sender.leave()

    try:
        await within(request.seconds, attempt, session, work, whole=False)
    except LoginRefused as error:
        raise refused(error, options.state, request.name) from None


async def _items(request: Request, key: str) -> AsyncIterator[Item]:
    """All messages, those from stdin as they come, each line with its number in its id."""
    name, target = request.name, request.target
    if request.as_one:
        text = request.text
        if text is None:
            text = "\n".join([line async for line in stdin_lines()])
        for item in as_one(text, key, name, target):
            yield item
    elif request.text is not None:
        for item in messages(request.text, key, name, target):
            check_key(item.key)
            yield item
    else:
        number = 0
        async for line in stdin_lines():
            number += 1
            for item in line_of(line, f"{key}.{number}", name, target):
                yield item


class Report:
    """Tells what became of the messages."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._delivered = 0
        self._kept = 0
        self._signal: signal.Signals | None = None
        self.item: Item | None = None
        """The message under way."""
        self.retry_is_safe = False

    def acknowledged(self, sent: Sent) -> None:
        """One message is stored."""
        self.item = None
        self._kept += sent.waits
        self._delivered += not sent.waits
        if self._request.as_json:
            outcome = "kept" if sent.waits else "delivered"
            row = {"msgid": sent.msgid, "time": sent.at, "target": sent.target, "id": sent.key}
            click.echo(json.dumps({"outcome": outcome, **row}))

    def end(self) -> None:
        """All are stored: say where they are. That they were delivered is said to people only."""
        target, count = self._request.target, self._delivered
        if count and sys.stderr.isatty():
            messages = "" if count == 1 else f"{count} messages "
            warn(f"{messages}delivered to {target}".strip())
        if self._kept == 1:
            warn(f"{target} is offline: the message is kept for the next login")
        elif self._kept:
            warn(f"{target} is offline: {self._kept} messages are kept for the next login")

    def stop(self, number: signal.Signals, task: asyncio.Task[None]) -> None:
        """A signal says that it is enough."""
        self._signal = signal.Signals(number)
        task.cancel()

    @contextmanager
    def told(self, key: str) -> Iterator[None]:
        """Say what was acknowledged when it stops early."""
        try:
            yield
        except ChatError as error:
            self._not_sent(error)
            so_far = self._so_far(key)
            raise type(error)(f"{error}{so_far and '; ' + so_far}") from None
        except BrokenPipeError:
            warn(f"nobody reads the output{self._stopped(key)}")
            raise
        except (KeyboardInterrupt, asyncio.CancelledError):
            warn(f"stopped{self._stopped(key)}")
            sys.exit(128 + (self._signal or signal.SIGINT))

    def _stopped(self, key: str) -> str:
        so_far = self._so_far(key) or "it was not acknowledged"
        return f": {so_far}"

    def _so_far(self, key: str) -> str:
        """How many lines were acknowledged, and how all can be sent again; '' of one message."""
        request, count = self._request, self._delivered + self._kept
        if request.as_one or not (count or (self.item and request.text is None)):
            return ""
        many = {0: "no line was", 1: "1 line was"}.get(count, f"{count} lines were")
        text = f"{many} acknowledged"
        if self.retry_is_safe and request.text is None:
            text += f", the same input with `--id {key}` sends none of them again"
        return text

    def _not_sent(self, error: ChatError) -> None:
        """The same as JSON, of the message that was under way."""
        if self.item is None or not self._request.as_json:
            return
        words = {NoSuchTarget: "no such target", Refused: "refused"}
        unknown = isinstance(error, TimedOut | NotConnected)
        outcome = "unknown" if unknown else words.get(type(error), "failed")
        row = {"msgid": None, "time": None, "target": self._request.target, "id": self.item.key}
        click.echo(json.dumps({"outcome": outcome, **row}))
