"""What was said in a room or a conversation, as one looks at it, scrolls in it, and picks from it.

It shows a buffer. What the user wants with a message is told to others (`Messages.Wanted`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from textual import events
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
from cli.screen.needs import Done, Looks, Pages
from cli.screen.offers import hint, may_delete
from cli.screen.rows import Row
from cli.screen.shown import plain
from cli.screen.view import Anchor

FIRST: Final = Anchor(0, "", 0, 0)
"""Of no row: one that is gone to soon, and until then not the end."""


@dataclass(frozen=True)
class _Looks:
    time: str = "%H:%M"


class Messages(Vertical):
    """One buffer. ``settings`` say how times are written."""

    DEFAULT_CSS = """
    Messages { height: 1fr; }
    Messages > #below { height: 1; display: none; padding: 0 1; background: $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", "the message before", id="log.up"),
        Binding("down", "step(1)", "the message behind", id="log.down"),
        Binding("pageup", "page(-1)", "a page back", id="log.pageup"),
        Binding("pagedown", "page(1)", "a page on", id="log.pagedown"),
        Binding("home", "to_start", "the first message", id="log.home"),
        Binding("end", "to_end", "the present", id="log.end"),
        Binding("escape", "leave", "go on writing", id="log.leave"),
        Binding("enter", "open", "what can be done with it", id="log.open"),
        Binding("r", "want('reply')", "reply; send again what failed", id="log.reply"),
        Binding("e,plus", "want('react')", "react", id="log.react"),
        Binding("d,delete", "want('delete')", "delete; give up what failed", id="log.delete"),
        Binding("c,y,ctrl+c", "want('copy')", "copy", id="log.copy"),
        Binding("o", "want('link')", "open its link", id="log.link"),
        Binding("g", "want('answered')", "go to what it answers", id="log.answered"),
        Binding("w", "want('whois')", "who its author is", id="log.whois"),
        Binding("t", "want('talk')", "write to its author", id="log.talk"),
    ]

    class Wanted(Told):
        """The user wants something with a message.

        ``what`` is one of `cli.screen.offers`, or ``menu``; or ``go``, to the message ``msgid`` of
        ``place``. A ``link`` that was clicked is in ``place``.
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
        """The user wants to go on writing, with a letter that they have typed."""

        def __init__(self, text: str = "") -> None:
            super().__init__()
            self.text = text

    class EndSeen(Told):
        """What was unread is in sight."""

    def __init__(
        self,
        buffers: Buffers,
        pager: Pages | None = None,
        settings: Looks | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self._buffers = buffers
        self._pager = pager
        self.settings = settings or _Looks()
        self.log_view = Log(lambda: self.settings.time)
        self._badge = Static(id="below", markup=False)
        self._places: dict[str, Anchor] = {}
        """Where those were left that were not at their end, by folded name."""
        self._told_below = ""
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

    def show(self, name: str, msgid: str = "") -> None:
        """Show a buffer; the place of a message, or where it was left if not at its end."""
        self._leave_buffer()
        buffer = self._buffers.open(name)
        self._problem = self._asking = ""
        self._seen = buffer.marker if buffer.unread and buffer.marker else buffer.last
        anchor = self._places.pop(folded(name), FIRST if msgid else None)
        self.log_view.show(buffer, anchor)
        self._tell_head()
        if self._pager is not None and name:
            self._ask("older", lambda pager, done: pager.opened(buffer.name, done))
        if msgid:
            self.go_to(msgid)
        self._look()

    def again(self) -> None:
        """Ask again for what could not be had."""
        if self._problem and self.buffer is not None:
            self.show(self.buffer.name)

    def look_as(self, settings: Looks) -> None:
        """Take other settings."""
        self.settings = settings
        self.log_view.lay_out()

    def update(self, changed: set[str]) -> None:
        """Take note that buffers changed, by their folded names."""
        buffer = self.buffer
        if buffer is None:
            return None
        if self._buffers.get(buffer.name) is not buffer:
            return self.show(buffer.name)
        view = self.log_view.view
        if folded(buffer.name) in changed or (view is not None and view.since != buffer.since):
            self._tell_head()
            self.log_view.update()
            self._look()
        return None

    def _leave_buffer(self) -> None:
        buffer, place = self.buffer, self.log_view.place()
        if buffer is None:
            return
        buffer.held = False
        if place is not None and not buffer.detached:
            self._places[folded(buffer.name)] = place

    # -- scrolling ---------------------------------------------------------------------------

    def action_page(self, by: int) -> None:
        """Scroll so many pages down."""
        self._problem = ""
        self.log_view.page(by)

    def action_to_start(self) -> None:
        """Go to the first message that is here."""
        self._problem = ""
        self.log_view.to_start()

    def action_to_end(self) -> None:
        """Return to the present."""
        buffer = self.buffer
        if buffer is not None and buffer.detached and self._pager is not None:
            return self._ask(
                "latest", lambda pager, done: pager.latest(buffer.name, done), self._at_present
            )
        return self.log_view.to_end()

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
            if buffer.unread:
                self.post_message(self.EndSeen())
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

        def arrived(problem: str | None) -> None:
            if self.buffer is not buffer or self._asking != what:
                return
            self._asking = ""
            if what == "around" and problem is not None:
                self.app.notify(plain(problem), timeout=4, markup=False)
            else:
                self._problem = problem or ""
            self._tell_head()
            self.log_view.update()
            if problem is None and then is not None:
                then()
            self._look()

        def done(problem: str | None) -> None:
            self.call_later(arrived, problem)

        # it is told by the session, where nothing of the screen may be started: not even a timer
        ask(self._pager, done)

    def _at_present(self) -> None:
        self.log_view.to_end()

    def _tell_head(self) -> None:
        buffer = self.buffer
        if buffer is None:
            return
        if self._problem:
            text = f"what came before cannot be had: {self._problem}"
        elif self._asking in ("older", "around", "back"):
            text = "what came before is being fetched ..."
        else:
            text = f"here {buffer.name} begins" if buffer.complete else ""
        self.log_view.head = text

    def _tell_below(self) -> None:
        """Say at the foot what can be done with the chosen message, or what is below."""
        view, row = self.log_view.view, self.chosen
        if view is None:
            return
        text = ""
        if row is not None:
            can_delete = row.message is not None and may_delete(row.message, view.buffer)
            text = hint(row.message, can_delete=can_delete, has_keys=self.log_view.has_focus)
        elif not self.at_end:
            buffer = view.buffer
            count = buffer.below if buffer.detached else view.below(self._seen)
            text = f"{count} new below, " if count else ""
            text += "End returns to the present ↓"
        if text != self._told_below:
            self._told_below = text
            self._badge.display = bool(text)
            self._badge.update(text)

    # -- one message -------------------------------------------------------------------------

    @property
    def chosen(self) -> Row | None:
        """The row that keys are about."""
        return self.log_view.chosen_row()

    def action_step(self, by: int) -> None:
        """Choose the next message in a direction."""
        self.log_view.step(by)

    def focus(self, scroll_visible: bool = True, *_: Any) -> Messages:
        """Begin to choose a message."""
        self.log_view.focus(scroll_visible)
        return self

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

    def back(self, count: int, had: int = -1) -> None:
        """Go back to the last so many messages; those that are not here are fetched.

        ``had``: so many were here when more was asked for.
        """
        buffer = self.buffer
        if buffer is None or self._pager is None or not buffer.name:
            return None
        if buffer.detached and had < 0:
            return self._ask(
                "latest", lambda pager, done: pager.latest(buffer.name, done),
                lambda: self.back(count, 0),
            )  # fmt: skip
        said = list(buffer.messages())
        if had < len(said) < count and not (buffer.complete or buffer.detached):
            self.action_to_start()
            self.log_view.follows = False
            return self._ask(
                "back", lambda pager, done: pager.older(buffer.name, done),
                lambda: self.back(count, len(said)),
            )  # fmt: skip
        return self.log_view.back_to(said[-count:])

    def _arrived(self, msgid: str) -> None:
        view = self.log_view.view
        index = view.find_message(msgid) if view is not None else None
        if index is not None:
            self.log_view.go_to(index)

    def action_leave(self) -> None:
        """Go on writing."""
        self.log_view.choose(None)
        self.post_message(self.Left())

    def on_key(self, event: events.Key) -> None:
        """Let a letter that is no key here be written."""
        if event.is_printable and event.character and event.key not in self.screen.active_bindings:
            event.stop()
            self.post_message(self.Left(event.character))

    def action_open(self) -> None:
        """Open what is chosen."""
        row = self.chosen
        if row is not None:
            self._open(row)

    def on_log_clicked(self, event: Log.Clicked) -> None:
        """Open what is clicked; a message is chosen first."""
        event.stop()
        if event.link:
            self.post_message(self.Wanted("link", event.row.message, place=event.link))
        elif event.row.kind != "said" or event.is_again:
            self._open(event.row)

    def _open(self, row: Row) -> None:
        if row.kind == "fold":
            self.log_view.toggle(row)
        elif row.place:
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
