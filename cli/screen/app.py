"""The full screen: shows what happens, and has what is typed carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from textual import events
from textual.timer import Timer

from cli.client import events as ev
from cli.client.conversation import folded
from cli.client.errors import ChatError
from cli.client.session import Session
from cli.commands.talk import Quit
from cli.screen import keys
from cli.screen.composer import Composer
from cli.screen.frame import Kept
from cli.screen.memory import Memory
from cli.screen.messages import Messages
from cli.screen.notify import Notifier
from cli.screen.outside import Outside
from cli.screen.overlays import Overlays
from cli.settings import Preferences

Events = asyncio.Queue[ev.Event | None]

KEEP_S: Final = 2.0
"""After a change until it is written down which conversations are open."""


_OF_PEOPLE: Final = (
    ev.Joined,
    ev.Left,
    ev.Quit,
    ev.Renamed,
    ev.AwayChanged,
    ev.PresenceIs,
    ev.ModesAre,
    ev.Members,
    ev.Disconnected,
)


class ChatApp(Overlays):
    """`cli.commands.talk.Surface` with everything. It ends by `leave`, or by `hung_up`."""

    def __init__(
        self,
        session: Session,
        events: Events,
        room: str,
        *,
        preferences: Preferences | None = None,
        kept: Kept | None = None,
    ) -> None:
        kept = kept or Kept()
        super().__init__(session, preferences or Preferences(), kept)
        self.memory = Memory(kept.open, kept.keep_open)
        self.outside = Outside(self)
        self.notifier = Notifier(
            self.buffers, self.preferences, self.outside.write, self._sees, self.set_timer
        )
        self.farewell = ""
        self.left = False
        """The user wanted to leave; else something has ended it."""
        self.trouble: BaseException | None = None
        """What nobody had expected."""
        self._events = events
        self._draining: asyncio.Task[None] | None = None
        self._arriving: asyncio.Task[None] | None = None
        self._keeping: Timer | None = None
        self._people = True
        """Something happened that the roster shows."""
        for name in self.memory.people:
            self.buffers.open(name)
        self.buffers.closed.update(self.memory.closed)
        self.buffers.current = self.buffers.open(self.memory.current or room).name

    def on_mount(self) -> None:
        """Begin to show what happens."""
        self.outside.begin(self.notifier)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.open(self.buffers.current)
        self._draining = asyncio.create_task(self._drain())
        wrong = keys.problems(self.settings.keys, self.key_classes())
        for sentence in (*self.preferences.problems, *wrong):
            self.tell(ev.Problem(sentence))

    async def on_unmount(self) -> None:
        """Stop showing."""
        self.outside.end()
        for task in (self._draining, self._arriving):
            if task is not None:
                task.cancel()

    # -- what commands ask of their surface --------------------------------------------------

    @property
    def target(self) -> str:
        """The room or the person that a text without a command goes to."""
        return self.buffers.current

    @target.setter
    def target(self, name: str) -> None:
        self.open(name)

    def tell(self, event: ev.Event) -> None:
        """Show an answer to the user, where they are looking."""
        self._events.put_nowait(event)

    # -- what the user does ------------------------------------------------------------------

    def command(self, name: str, rest: str = "") -> None:
        """Carry out a command of the table."""
        self.carry_out(lambda: self.talk.run(name, rest))

    def carry_out(self, act: Callable[[], object]) -> None:
        """Do something that may be the last thing, or be refused."""
        try:
            act()
        except Quit as leaving:
            self.leave(str(leaving))
        except ChatError as error:
            self.tell(ev.Answer(str(error)))
        else:
            self.update(self.buffers.drain())

    async def on_event(self, event: events.Event) -> None:
        """Take note that the user is there."""
        if isinstance(event, events.Key | events.Paste | events.MouseDown | events.AppFocus):
            self._is_there()
        await super().on_event(event)

    def _is_there(self) -> None:
        self.session.attend()
        looked = self.reading.looks
        self.reading.there()
        if not looked and self.reading.looks and self.target:
            self.reading.begins(self.target)
        self.look()

    def on_app_focus(self, event: events.AppFocus) -> None:
        """Take note that the terminal has the focus."""
        self.reading.focused = True
        self._is_there()

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Take note that the user looks at something else."""
        self.reading.focused = False

    def on_composer_sent(self, event: Composer.Sent) -> None:
        """Show what came of it: whoever says something is in the present."""
        self.update(self.buffers.drain())
        if event.said and folded(event.target) == folded(self.target):
            self.messages.action_to_end()

    def on_composer_leave(self, event: Composer.Leave) -> None:
        """Leave: the user wrote so."""
        self.leave(event.farewell)

    def leave(self, farewell: str = "") -> None:
        """Leave by the user's own will."""
        self.left, self.farewell = True, farewell
        self.look()
        self.reading.write()
        self._keep()
        self.exit()

    def hung_up(self) -> None:
        """Take note that the terminal is gone, or that somebody wants the end."""
        self._keep()
        self.exit()

    # -- what happens ------------------------------------------------------------------------

    async def _drain(self) -> None:
        """Take all events that wait, then show them at once."""
        try:
            event = await self._events.get()
            while event is not None:
                self._take(event)
                while not self._events.empty() and event is not None:
                    event = self._events.get_nowait()
                    if event is not None:
                        self._take(event)
                self.update(self.buffers.drain())
                if event is not None:
                    event = await self._events.get()
        except Exception as error:
            self._handle_exception(error)

    def _take(self, event: ev.Event) -> None:
        if isinstance(event, ev.Connected):
            if self._arriving is not None:
                self._arriving.cancel()
            self._arriving = asyncio.create_task(self._arrived())
        self.link.take(event)
        self.buffers.take(event)
        self._people = self._people or isinstance(event, _OF_PEOPLE)
        self.notifier.take(event)

    async def _arrived(self) -> None:
        """Have again what could not be had without a connection."""
        await self.session.ready.wait()
        self.messages.again()

    def update(self, changed: set[str]) -> None:
        """Show buffers that changed."""
        if self.buffers.get(self.target) is None:
            self.open(next((one.name for one in self.buffers.order()), ""))
        self.composer.follow()
        self.messages.update(changed)
        if self._people and folded(self.target) in changed:
            self._people = False
            self.roster.later(self.buffers.open(self.target))
        self.refresh_status()
        self.look()
        self.notifier.show_title()
        self.keep_later()

    def on_messages_end_seen(self, event: Messages.EndSeen) -> None:
        """Count it as read."""
        event.stop()
        self.look()

    def look(self) -> None:
        """Count what is in sight as read."""
        in_sight = self.messages.at_end and len(self.screen_stack) == 1
        if in_sight and self.reading.seen(self.target):
            self.refresh_status()

    def _sees(self, name: str) -> bool:
        """Tell whether the user has this room or conversation before their eyes."""
        return self.reading.looks and folded(name) == folded(self.target)

    def keep_later(self) -> None:
        """Write down soon which conversations are open."""
        if self._keeping is None:
            self._keeping = self.set_timer(KEEP_S, self._keep)

    def _keep(self) -> None:
        self._keeping = None
        names = [one.name for one in self.buffers.order()]
        self.memory.keep(names, self.target, self.buffers.closed)

    # -- the end -----------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """End without a word on the terminal: who has started the screen tells it."""
        if isinstance(error, Quit):
            return self.leave(str(error))
        self.trouble = self.trouble or error
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        return self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """End without a word on the terminal."""
        self._close_messages_no_wait()

    def _watch_app_focus(self, focus: bool) -> None:
        """Keep the cursor where it is: a terminal may be wrong about who looks at it."""
