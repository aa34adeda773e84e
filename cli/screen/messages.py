"""What was said in a room or a conversation, as one looks at it, scrolls in it, and picks from it.

It shows a buffer. What the user wants with a message is told to others (`Messages.Wanted`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message as Told
from textual.widgets import Static

from cli.client.buffers import Buffers
from cli.client.conversation import folded
from cli.client.entries import Message, State
from cli.client.shelf import Buffer
from cli.screen.log import Log
from cli.screen.rows import Row
from cli.screen.shown import plain
from cli.screen.view import Anchor

Done = Callable[[str | None], None]


class Pages(Protocol):
    """What fetches pages of the past, `cli.client.paging.Pager`."""

    def opened(self, name: str, done: Done | None = None) -> None:
        """Fetch the last page of a buffer in which the past was not looked at yet."""

    def older(self, name: str, done: Done | None = None) -> None:
        """Fetch what comes before the first message that is there."""

    def newer(self, name: str, done: Done | None = None) -> None:
        """Fetch what comes after the last message of a buffer that shows an old place."""

    def around(self, name: str, msgid: str, done: Done | None = None) -> None:
        """Show the place of a message."""

    def latest(self, name: str, done: Done | None = None) -> None:
        """Show the end again."""


class Looks(Protocol):
    """What it needs of `cli.settings.Settings`."""

    @property
    def time(self) -> str:
        """How times are written, a format of `datetime.strftime`."""


@dataclass(frozen=True)
class _Looks:
    time: str = "%H:%M"


class Messages(Vertical):
    """One buffer. ``settings`` say how times are written; ``read`` is told what is seen."""

    DEFAULT_CSS = """
    Messages { height: 1fr; }
    Messages > #below { height: 1; display: none; background: $panel; text-align: right; }
    Messages > #below.-shown { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "write on", id="messages.leave"),
        Binding("enter", "open", "open, or what can be done", id="messages.open"),
        Binding("r", "want('reply')", "reply, or retry", id="messages.reply"),
        Binding("e", "want('react')", "react", id="messages.react"),
        Binding("d,delete", "want('delete')", "delete, or discard", id="messages.delete"),
        Binding("c,y", "want('copy')", "copy", id="messages.copy"),
        Binding("o", "want('link')", "open the link", id="messages.link"),
        Binding("w", "want('whois')", "who is that", id="messages.whois"),
        Binding("t", "want('talk')", "talk to them", id="messages.talk"),
        Binding("g", "want('answered')", "go to what it answers", id="messages.answered"),
    ]

    class Wanted(Told):
        """The user wants something with a message.

        ``what``: reply, retry, react, delete, discard, copy, link, whois, talk, menu; or ``go``,
        to the message ``msgid`` of ``place``.
        """

        def __init__(
            self, what: str, message: Message | None = None, place: str = "", msgid: str = ""
        ) -> None:
            super().__init__()
            self.what = what
            self.message = message
            self.place = place
            self.msgid = msgid

    class Left(Told):
        """The user wants to write on."""

    def __init__(
        self,
        buffers: Buffers,
        pager: Pages | None = None,
        settings: Looks | None = None,
        read: Callable[[str], object] | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self._buffers = buffers
        self._pager = pager
        self.settings = settings or _Looks()
        self._read = read
        self.log_view = Log(lambda: self.settings.time)
        self._badge = Static(id="below")
        self._places: dict[str, Anchor] = {}
        """Where those were left that were not at their end, by folded name."""
        self._seen = 0.0
        """When the last message was said that was in sight."""
        self._asking = ""
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        yield self.log_view
        yield self._badge

    # -- what is shown -----------------------------------------------------------------------

    @property
    def buffer(self) -> Buffer | None:
        """The buffer that is shown."""
        return self.log_view.view.buffer if self.log_view.view is not None else None

    @property
    def at_end(self) -> bool:
        """Tell whether the newest is in sight."""
        buffer = self.buffer
        return self.log_view.follows and (buffer is None or not buffer.detached)

    def show(self, name: str) -> None:
        """Show a buffer; where it was left when it was not at its end."""
        self._leave_buffer()
        buffer = self._buffers.open(name)
        buffer.since = buffer.marker if buffer.unread else 0.0
        self._problem = self._asking = ""
        self._seen = buffer.last
        anchor = self._places.pop(folded(name), None)
        self.log_view.show(buffer, anchor)
        self._tell_head()
        if self._pager is not None and name:
            self._ask("older", lambda pager, done: pager.opened(buffer.name, done))
        self._look()

    def update(self, changed: set[str]) -> None:
        """Take note that buffers changed, by their folded names."""
        buffer = self.buffer
        if buffer is None:
            return None
        if self._buffers.get(buffer.name) is not buffer:
            return self.show(buffer.name)
        if folded(buffer.name) in changed:
            self._tell_head()
            self.log_view.update()
            self._look()
        return None

    def looked_at(self, is_focused: bool) -> None:
        """Take note whether somebody looks at this terminal: only then it is read."""
        buffer = self.buffer
        if buffer is not None and not is_focused and self.at_end:
            buffer.since = buffer.last
        self._look()

    def _leave_buffer(self) -> None:
        buffer, place = self.buffer, self.log_view.place()
        if buffer is None:
            return
        buffer.held = False
        if place is not None and not buffer.detached:
            self._places[folded(buffer.name)] = place

    # -- scrolling ---------------------------------------------------------------------------

    def page_up(self) -> None:
        """Scroll a page back."""
        self.log_view.action_page(-1)

    def page_down(self) -> None:
        """Scroll a page on."""
        self.log_view.action_page(1)

    def to_start(self) -> None:
        """Go to the first message that is here."""
        self.log_view.action_start()

    def to_end(self) -> None:
        """Return to the present."""
        buffer = self.buffer
        if buffer is not None and buffer.detached and self._pager is not None:
            return self._ask(
                "latest", lambda pager, done: pager.latest(buffer.name, done), self._at_present
            )
        return self.log_view.action_end()

    def on_log_moved(self, event: Log.Moved) -> None:
        """Fetch what is missing around what is seen."""
        event.stop()
        self._look()

    def _look(self) -> None:
        """Take note of what is in sight."""
        buffer, view = self.buffer, self.log_view.view
        if buffer is None or view is None or not self.is_mounted:
            return
        buffer.held = not self.at_end
        if self.at_end:
            self._seen = max(self._seen, buffer.last)
            if buffer.unread and self.app.app_focus and self._read is not None:
                self._read(buffer.name)
        self._tell_below()
        if buffer.name and self._pager is not None and not self._problem:
            top, size = self.log_view.scroll_offset.y, self.log_view.lines
            if buffer.detached and top + 2 * size >= view.total:
                self._ask("newer", lambda pager, done: pager.newer(buffer.name, done))
            elif not buffer.complete and top < size:
                self._ask("older", lambda pager, done: pager.older(buffer.name, done))

    def _ask(
        self,
        what: str,
        ask: Callable[[Pages, Done], None],
        then: Callable[[], None] | None = None,
    ) -> None:
        """Ask for a page, one at a time; what the user wants now takes over."""
        if self._pager is None or (self._asking and then is None):
            return
        buffer, self._asking = self.buffer, what
        self._tell_head()

        def done(problem: str | None) -> None:
            if self.buffer is not buffer or self._asking != what:
                return
            self._asking, self._problem = "", problem or ""
            self._tell_head()
            self.log_view.update()
            if problem is None and then is not None:
                then()
            self._look()

        ask(self._pager, done)

    def _at_present(self) -> None:
        self.log_view.action_end()

    def _tell_head(self) -> None:
        buffer = self.buffer
        if buffer is None:
            return
        if self._problem:
            text = f"what came before cannot be had: {self._problem}"
        elif self._asking in ("older", "around"):
            text = "what came before is being fetched ..."
        else:
            text = f"here {buffer.name} begins" if buffer.complete else ""
        self.log_view.head = text

    def _tell_below(self) -> None:
        buffer, view = self.buffer, self.log_view.view
        if buffer is None or view is None:
            return
        count = buffer.below if buffer.detached else view.below(self._seen)
        is_shown = not self.at_end
        self._badge.set_class(is_shown, "-shown")
        if is_shown:
            new = f"{count} new below, " if count else ""
            self._badge.update(f"{new}End returns to the present ↓ ")

    # -- one message -------------------------------------------------------------------------

    @property
    def chosen(self) -> Row | None:
        """The row that keys are about."""
        return self.log_view.chosen_row()

    def choose_last(self) -> None:
        """Begin to choose, at the last message in sight."""
        self.log_view.focus()
        self.log_view.choose(None)
        self.log_view.action_step(-1)

    def go_to(self, msgid: str) -> None:
        """Show the place of a message of this buffer."""
        buffer, view = self.buffer, self.log_view.view
        if buffer is None or view is None:
            return None
        index = view.find_message(msgid)
        if index is not None:
            return self.log_view.go_to(index)
        return self._ask(
            "around",
            lambda pager, done: pager.around(buffer.name, msgid, done),
            lambda: self._arrived(msgid),
        )

    def _arrived(self, msgid: str) -> None:
        view = self.log_view.view
        index = view.find_message(msgid) if view is not None else None
        if index is not None:
            self.log_view.go_to(index)

    def action_leave(self) -> None:
        """Choose nothing, and write on."""
        self.log_view.choose(None)
        self.post_message(self.Left())

    def action_open(self) -> None:
        """Open what is chosen."""
        row = self.chosen
        if row is not None:
            self._open(row)

    def on_log_chosen(self, event: Log.Chosen) -> None:
        """Open what is clicked; a message is only chosen."""
        event.stop()
        if event.row.kind != "said":
            self._open(event.row)

    def _open(self, row: Row) -> None:
        if row.kind == "fold":
            self.log_view.toggle(row)
        elif row.kind == "hit":
            self.post_message(self.Wanted("go", place=row.place, msgid=row.msgid))
        elif row.message is not None:
            self.post_message(self.Wanted("menu", row.message))

    def action_want(self, what: str) -> None:
        """Want something with the chosen message."""
        row = self.chosen
        message = row.message if row is not None else None
        if message is None:
            return None
        if message.state is State.FAILED:
            what = {"reply": "retry", "delete": "discard"}.get(what, what)
        if what == "answered":
            return self.go_to(message.reply_to) if message.reply_to else None
        self.post_message(self.Wanted(what, message))
        return None


def title(message: Message) -> str:
    """Return a message in few words, for the head of a menu."""
    return f"{plain(message.source)}: {plain(message.text[:80])}"
