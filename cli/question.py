"""``chat ask``: a question to somebody or to a room, and the answer of the right person."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Final

import click

from chatd.wire.casemap import is_room
from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError, LoginRefused, NotConnected, TimedOut
from cli.client.outgoing import Sent, new_key
from cli.client.session import Session
from cli.client.spelling import folded, server_time
from cli.ending import warn
from cli.entering import enter, was_left
from cli.options import Options
from cli.send import Problems, within
from cli.signin import refused, sign_in

GOODBYE_S: Final = 2.0
"""For the sentence that it is too late."""


class NoAnswer(TimedOut):
    """Nobody who may answer has done so in time."""

    exit_code = 10


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``sender``: who is to answer in a room, None = any member of it."""

    name: str
    target: str
    text: str
    choices: tuple[str, ...]
    sender: str | None
    seconds: float

    @property
    def sentence(self) -> str:
        """The question with its choices."""
        return f"{self.text} [{'/'.join(self.choices)}]"

    def choice(self, text: str, nick: str) -> int | None:
        """Which choice a text is, also one that begins with the name of who asks."""
        words = text.strip()
        for name in (nick, f"@{nick}"):
            if words[: len(name)].casefold() == name.casefold() and words[len(name) :][:1] in ":, ":
                words = words[len(name) + 1 :].strip()
        known = [choice.casefold() for choice in self.choices]
        return known.index(words.casefold()) if words.casefold() in known else None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer, and which choice it is, from 0."""

    said: ev.Said
    choice: int


def ask(options: Options, question: Question, password: str | None) -> Found:
    """Ask, and wait for the answer. Raises NoAnswer, and other ChatErrors."""
    found: list[Found] = []
    asker = Asker(question, found)

    async def run() -> None:
        attempt = sign_in(options.state, question.name, password, options.server_password)
        session = Session(attempt.login, options.state.gateways(), asker.hear)
        asker.session = session
        await within(question.seconds, attempt, session, asker.work, whole=False)

    try:
        asyncio.run(run())
    except LoginRefused as error:
        raise refused(error, options.state, question.name) from None
    return found[0]


class Asker:
    """Asks on a session, and knows an answer when it hears one."""

    session: Session

    def __init__(self, question: Question, found: list[Found]) -> None:
        self._question = question
        self._found = found
        self._problems = Problems(warn)
        self._asking = self._taken = self._entered = False
        self._said: asyncio.Queue[ev.Said] = asyncio.Queue()
        self._nick = question.sender or question.target
        self._account: str | None = None
        """Whose answer counts, '' for a guest's; None: nobody knows, the nick has to do."""
        self._asked: set[str] = set()
        """The ids of what was asked."""

    def hear(self, event: ev.Event) -> None:
        """Take an event of the session."""
        self._problems(event)
        if isinstance(event, ev.Renamed) and folded(event.old) == folded(self._nick):
            self._nick = event.new
        if isinstance(event, ev.Left) and event.own:
            # another command had entered the room: the user is there by this one now
            self._entered = self._entered or folded(event.room) == folded(self._question.target)
        # what was said before the question was taken is no answer to it
        self._taken = self._taken or (self._asking and not self.session.delivery.pending)
        if isinstance(event, ev.Said) and self._taken and not event.own:
            self._said.put_nowait(event)

    async def work(self) -> None:
        """Ask, and wait for the answer."""
        question, session = self._question, self.session
        end = asyncio.get_running_loop().time() + question.seconds
        try:
            async with asyncio.timeout_at(end):
                await session.ready.wait()
                await self._enter()
                if not is_room(self._nick):
                    self._account = await self._account_of(self._nick)
                self._asking = True
                await self._say(question.sentence)
        except TimeoutError:
            raise TimedOut("the question was not acknowledged in time") from None
        try:
            async with asyncio.timeout_at(end):
                self._found.append(await self._answer())
        except TimeoutError:
            await self._too_late()
            raise NoAnswer(f"no answer within {question.seconds:g} s") from None
        finally:
            if self._entered and session.connected:
                session.leave_again(question.target)

    async def _enter(self) -> None:
        """Be in the room; who is in it already stays there afterwards."""
        room = self._question.target
        if is_room(room):
            self.session.use(room)
        if is_room(room) and folded(room) not in self.session.chat.rooms:
            self._entered = True
            await enter(self.session, room, self._problems.texts)

    async def _say(self, text: str) -> Sent:
        key, target = new_key(), self._question.target
        while True:
            try:
                sent = await self.session.delivery.deliver(target, text, key)
            except ChatError:
                if not was_left(self.session, target):
                    raise
                await self._enter()
            else:
                self._asked.add(sent.msgid)
                return sent

    async def _answer(self) -> Found:
        question, reminded = self._question, False
        while True:
            said = await self._said.get()
            if not self._may_answer(said):
                continue
            choice = question.choice(said.text, self.session.chat.nick)
            if choice is not None:
                return Found(said, choice)
            if not is_room(question.target) and not reminded:
                reminded = True  # once: it may be a program that answers to everything
                with contextlib.suppress(ChatError):
                    await self._say(f"please answer with one of: {', '.join(question.choices)}")

    def _may_answer(self, said: ev.Said) -> bool:
        """Tell whether this is of the person, in the place, and not about something else."""
        question, room = self._question, is_room(self._question.target)
        if said.kind != "text" or (said.reply_to and said.reply_to not in self._asked):
            return False
        here = folded(said.target) == folded(question.target)
        if room and question.sender is None:
            known = self.session.chat.rooms.get(folded(question.target))
            return here and known is not None and folded(said.source) in known.members
        if is_room(said.target) and not here:
            return False
        if self._account is None:
            return folded(said.source) == folded(self._nick)
        if self._account:
            return folded(said.account) == folded(self._account)
        return not said.account and folded(said.source) == folded(self._nick)

    async def _too_late(self) -> None:
        """Say so to who may be about to answer."""
        with contextlib.suppress(ChatError, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._say("too late: no answer is waited for any more")

    async def _account_of(self, nick: str) -> str | None:
        """https://modern.ircdocs.horse/#rplwhoisaccount-330 ; of who is offline it is the name."""
        session = self.session
        while session.has("labeled-response") and session.has("account-tag"):
            await session.ready.wait()
            try:
                return _account_in(await session.answer_to("WHOIS", nick), nick)
            except NotConnected:
                await asyncio.sleep(0)
        return None


def _account_in(answer: Sequence[Message], nick: str) -> str:
    for message in answer:
        if message.command == "330" and len(message.params) > 2:
            return message.params[2]
    return nick if any(message.command == "401" for message in answer) else ""


def print_answer(found: Found, question: Question, *, json_output: bool) -> None:
    """Print the choice, or all that is known of the answer as JSON."""
    said, choice = found.said, question.choices[found.choice]
    if not json_output:
        click.echo(choice)
        return
    row = {"answer": choice, "choice": found.choice, "from": said.source}
    more = {"account": said.account or None, "text": said.text, "time": server_time(said.at)}
    click.echo(json.dumps(row | more | {"msgid": said.msgid or None}))
