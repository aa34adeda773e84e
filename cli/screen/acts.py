"""What keys do: going from one conversation to another, and what opens over them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from textual import events
from textual.actions import SkipAction
from textual.timer import Timer

from cli.client import events as ev
from cli.screen import keys
from cli.screen.composer import Composer
from cli.screen.frame import Frame
from cli.screen.listing import Listing
from cli.screen.messages import Messages
from cli.screen.picker import Picker
from cli.screen.writing import Writing

WITH_KEYS: Final = (Messages, Composer, Writing, Picker)
"""Parts that have keys of their own."""


class Acts(Frame):
    """The actions of `cli.screen.keys`."""

    _before: str = ""
    _typing: Timer | None = None

    def tell(self, event: ev.Event) -> None:
        """Show an answer to the user."""
        raise NotImplementedError

    def leave(self, farewell: str = "") -> None:
        """Leave by the user's own will."""
        raise NotImplementedError

    def look(self) -> None:
        """Count what is in sight as read."""
        raise NotImplementedError

    def keep_later(self) -> None:
        """Write down soon which conversations are open."""
        raise NotImplementedError

    def key_classes(self) -> Sequence[type[Any]]:
        """Return the widgets that have keys of their own."""
        return WITH_KEYS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of the chat alone while something is open over it."""
        alone = len(self.screen_stack) == 1 or action not in _ACTIONS
        return alone and super().check_action(action, parameters)

    # -- going to ----------------------------------------------------------------------------

    def open(self, name: str, msgid: str = "") -> None:
        """Show a room or a conversation, or the place of a message there; what is typed goes there.

        Behind a place of the past nothing counts as read: it was not in sight.
        """
        buffer = self.buffers.open(name)
        if buffer.name != self.buffers.current:
            self._before = self.buffers.current
        self.buffers.current = buffer.name
        if not self.is_mounted(self.messages):
            return
        self.reading.begins(buffer.name)
        self.messages.show(buffer.name, msgid)
        self.composer.show(buffer.name)
        self.roster.show(buffer)
        self.query_one("#middle").set_class(bool(name) and not buffer.is_room, "-private")
        self.unfold()
        self.refresh_status()
        self.look()
        self.keep_later()

    def refresh_status(self) -> None:
        """Show how things stand."""
        self.sidebar.update(self.buffers, self.settings.mutes)
        self.topic.show(self.buffers)
        self.status.show(self.session, self.buffers, self.link)
        typing = self.buffers.open(self.buffers.current).typing.values()
        left = max(typing, default=0.0) - time.monotonic()
        if left > 0 and self._typing is None:
            self._typing = self.set_timer(left + 0.1, self._typed)

    def _typed(self) -> None:
        """Take away who types no more: nobody else tells of it."""
        self._typing = None
        self.refresh_status()

    def on_listing_closed(self, event: Listing.Closed) -> None:
        """Go on writing."""
        event.stop()
        self.unfold()
        self.composer.insert(event.text)

    def on_paste(self, event: events.Paste) -> None:
        """Write what is pasted where nothing else can be written."""
        if len(self.screen_stack) == 1 and not self.composer.has_focus_within:
            event.stop()
            self.unfold()
            self.composer.paste(event.text)

    def action_go(self, by: int) -> None:
        """Go to the next one at the left."""
        names = [row.key for row in self.sidebar.rows]
        at = names.index(self.buffers.current) if self.buffers.current in names else -1
        self.open(names[(at + by) % len(names)])

    def action_nth(self, number: int) -> None:
        """Go to one at the left by its place; 0 is what belongs to no room."""
        names = [row.key for row in self.sidebar.rows if row.key]
        if number <= len(names):
            self.open(names[number - 1] if number else "")

    def action_unread(self) -> None:
        """Go to what is unread: first what concerns the user, then what is oldest."""
        waiting = [one for one in self.buffers.order() if one.unread]
        waiting = [one for one in waiting if one.name != self.buffers.current]
        urgent = [one for one in waiting if one.mentions or not one.is_room]
        loud = [one for one in waiting if not self.settings.mutes(one.name)]
        for some in (urgent, loud, waiting):
            if some:
                return self.open(some[-1].name)
        return None

    def action_before(self) -> None:
        """Go to where the user was before."""
        self.open(self._before)

    # -- what was said -----------------------------------------------------------------------

    def on_messages_wanted(self, event: Messages.Wanted) -> None:
        """Do what the user wants with a message."""
        event.stop()
        self.wants.do(event)

    def on_messages_left(self, event: Messages.Left) -> None:
        """Go on writing."""
        event.stop()
        self.unfold()
        self.composer.insert(event.text)

    def action_scroll(self, by: int) -> None:
        """Scroll what was said, unless another part has the key."""
        if self.sidebar.has_focus or self.roster.has_focus:
            raise SkipAction
        self.messages.action_page(by)

    def action_first(self) -> None:
        """Go to the first message that is here."""
        self.messages.action_to_start()

    def action_present(self) -> None:
        """Return to the present; with something written, End is of the composer."""
        if self.sidebar.has_focus or self.roster.has_focus or self.composer.text:
            raise SkipAction
        self.messages.action_to_end()

    def action_choose(self) -> None:
        """Choose a message."""
        self.messages.focus()

    def action_private(self) -> None:
        """Go to who wrote to this user alone last."""
        if self.buffers.last_private:
            self.open(self.buffers.last_private)

    def action_help_quit(self) -> None:
        """Say how to leave, to whom expects it of Ctrl+C."""
        self.tell(ev.Answer("Ctrl+Q leaves the chat, and so does /quit"))

    def action_leave(self) -> None:
        """Leave the chat."""
        self.leave()


_ACTIONS: Final = {key.action.partition("(")[0] for key in keys.KEYS} - {"leave", "suspend_process"}
"""Of the app; what is open over the chat has the same keys for itself."""
