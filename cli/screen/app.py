"""The full screen: shows buffers, and has what is typed carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import folded
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Quit, Talk
from cli.screen.driver import QuietDriver
from cli.screen.listing import Listing
from cli.screen.roster import Roster
from cli.screen.sidebar import Sidebar
from cli.screen.standins import Composer, Messages
from cli.screen.status import Link, Status, Topic

Events = asyncio.Queue[ev.Event | None]


class ChatApp(App[None]):
    """`cli.commands.talk.Surface` with everything. It ends with `leave`."""

    CSS = """
    #sidebar { width: 24; border-right: vkey $panel-lighten-2; }
    #roster { width: 22; border-left: vkey $panel-lighten-2; }
    #messages { height: 1fr; }
    """
    TITLE = "chat"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("ctrl+d", "leave", "leave the chat", priority=True)]

    def __init__(self, session: Session, events: Events, room: str) -> None:
        super().__init__(driver_class=QuietDriver)
        self.animation_level = "none"
        self.session = session
        self.buffers = Buffers(session.chat)
        self.link = Link()
        self.farewell = ""
        self.left = False
        """The user wanted to leave; else something has ended it."""
        self.trouble: BaseException | None = None
        """What nobody had expected."""
        self._events = events
        self._draining: asyncio.Task[None] | None = None
        self.buffers.current = self.buffers.open(room).name
        self.talk = Talk(session, self, self.buffers, COMMANDS, self.there)
        self.sidebar = Sidebar(id="sidebar", follow=True)
        self.roster = Roster(id="roster")
        self.topic = Topic()
        self.messages = Messages(self.buffers, None, None)
        self.composer = Composer(self.type)
        self.status = Status()

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with Horizontal():
            yield self.sidebar
            with Vertical():
                yield self.topic
                yield self.messages
                yield self.composer
                yield self.status
            yield self.roster

    def on_mount(self) -> None:
        """Begin to show what happens."""
        self.composer.focus()
        self.open(self.buffers.current)
        self._draining = asyncio.create_task(self._drain())

    async def on_unmount(self) -> None:
        """Stop showing."""
        if self._draining is not None:
            self._draining.cancel()

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

    def does(self, what: str, *words: str) -> bool:
        """Do what only a screen can; return whether that is known."""
        return False

    # -- what the user does ------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Carry out what was typed."""
        if not self.target and text.strip() and (not text.startswith("/") or text[1:2] == "/"):
            return self.tell(ev.Answer("nobody reads this page: choose a room or a person first"))
        return self.carry_out(lambda: self.talk.type(text))

    def command(self, name: str, rest: str = "") -> None:
        """Carry out a command of the table."""
        self.carry_out(lambda: self.talk.run(name, rest))

    def carry_out(self, act: Callable[[], object]) -> None:
        """Do something that may be the last thing."""
        try:
            act()
        except Quit as leaving:
            self.leave(str(leaving))
        else:
            self.refresh_status()

    def there(self) -> None:
        """Take note that the user is there."""

    def open(self, name: str) -> None:
        """Show a room or a conversation; what is typed goes there."""
        buffer = self.buffers.open(name)
        self.buffers.current = buffer.name
        if not self.is_mounted(self.messages):
            return
        self.messages.show(buffer.name)
        self.composer.show(buffer.name)
        self.roster.show(buffer)
        self.refresh_status()
        self.composer.focus()

    def action_leave(self) -> None:
        """Leave the chat."""
        self.leave()

    def leave(self, farewell: str = "") -> None:
        """Leave by the user's own will."""
        self.left, self.farewell = True, farewell
        self.exit()

    def hung_up(self) -> None:
        """Take note that the terminal is gone."""
        self.exit()

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """Open what was chosen at a side."""
        event.stop()
        name = event.row.key
        if event.listing is self.roster:
            name = self.roster.nick(self.buffers.open(self.target))
        self.open(name)

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
        self.link.take(event)
        self.buffers.take(event)

    def update(self, changed: set[str]) -> None:
        """Show buffers that changed."""
        self.messages.update(changed)
        if folded(self.target) in changed:
            self.roster.show(self.buffers.open(self.target))
        self.refresh_status()

    def refresh_status(self) -> None:
        """Show how things stand."""
        self.sidebar.update(self.buffers, lambda name: False)
        self.topic.show(self.buffers)
        self.status.show(self.session, self.buffers, self.link)

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

    def parts(self) -> Iterable[Widget]:
        """Return what can have the focus, in the order of F6."""
        return (self.composer, self.sidebar, self.roster)
