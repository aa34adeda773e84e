"""What the user wants with a message, done: by commands, or by what the screen can."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from cli.client.entries import Message
from cli.commands.talk import Talk
from cli.screen.messages import Messages
from cli.screen.offers import REACTIONS, Offer, Offers, may_delete, offers, title
from cli.screen.paint import copied
from cli.screen.shown import links

OPENERS: Final = {"darwin": "open", "linux": "xdg-open"}
"""Programs that open an address where its user looks at such things."""


class Host(Protocol):
    """The app."""

    def open(self, name: str, msgid: str = "") -> None:
        """Show a room or a conversation, or the place of a message there."""

    def go_to(self, name: str) -> None:
        """Show it; a room that the user is not in is entered."""

    def carry_out(self, act: Callable[[], object]) -> None:
        """Do something that may be refused."""

    def does(self, what: str, *words: str) -> bool:
        """Do what only a screen can."""

    def push_screen(self, screen: Any, callback: Any) -> Any:
        """Show something over the chat."""

    def copy_to_clipboard(self, text: str) -> None:
        """Have the terminal copy a text."""

    def notify(self, message: str, *, timeout: float, markup: bool) -> None:
        """Say something in passing."""


class Wants:
    """Does what `Messages.Wanted` tells."""

    def __init__(
        self,
        host: Host,
        talk: Talk,
        messages: Messages,
        open_link: Callable[[str], bool] | None = None,
    ) -> None:
        self._host = host
        self._talk = talk
        self._messages = messages
        self._open_link = open_link or open_outside
        self._doers: Mapping[str, Callable[[Message], None]] = {
            "reply": self._reply,
            "retry": lambda message: self._act(self._talk.session.retry, message.key),
            "discard": lambda message: self._act(self._talk.session.discard, message.key),
            "react": self._react,
            "delete": self._delete,
            "copy": self._copy,
            "link": self._link,
            "whois": lambda message: self._run("whois", message.source),
            "talk": lambda message: self._host.open(message.source),
            "menu": self._menu,
            "answered": lambda message: self._messages.go_to(message.reply_to),
        }

    def do(self, wanted: Messages.Wanted) -> None:
        """Do it."""
        if wanted.what == "go" and not wanted.msgid:
            self._host.go_to(wanted.place)
        elif wanted.what == "go":
            self._host.open(wanted.place, wanted.msgid)
        elif wanted.what == "link" and wanted.place:
            self._open(wanted.place)
        elif wanted.message is not None:
            self._doers[wanted.what](wanted.message)

    # -- what is done ------------------------------------------------------------------------

    def _menu(self, message: Message) -> None:
        def chosen(what: str | None) -> None:
            if what:
                self._doers[what](message)

        rows = offers(message, can_delete=self._may_delete(message))
        self._host.push_screen(Offers(title(message), rows), chosen)

    def _may_delete(self, message: Message) -> bool:
        buffer = self._messages.buffer
        return buffer is not None and may_delete(message, buffer)

    def _reply(self, message: Message) -> None:
        if message.msgid:
            self._host.does("reply", message.msgid)

    def _react(self, message: Message) -> None:
        def chosen(reaction: str | None) -> None:
            if reaction:
                self._run("react", reaction, message)

        rows = [Offer(one, str(n), one) for n, one in enumerate(REACTIONS, 1)]
        if message.msgid and not message.deleted_by:
            self._host.push_screen(Offers(title(message), rows, "another, or its name"), chosen)

    def _delete(self, message: Message) -> None:
        def chosen(what: str | None) -> None:
            if what == "delete":
                self._run("delete", "", message)

        rows = [Offer("delete", "d", "delete it for everybody"), Offer("", "k", "keep it")]
        if message.msgid and not message.deleted_by and self._may_delete(message):
            self._host.push_screen(Offers(title(message), rows), chosen)

    def _copy(self, message: Message) -> None:
        self._host.copy_to_clipboard(copied(message))
        self._host.notify("copied", timeout=2, markup=False)

    def _link(self, message: Message) -> None:
        found = links(message.text)
        if len(found) < 2:
            return self._open(found[0] if found else None)
        rows = [Offer(address, str(n), address) for n, address in enumerate(found[:9], 1)]
        self._host.push_screen(Offers("Which?", rows), self._open)
        return None

    def _open(self, address: str | None) -> None:
        if not address:
            return
        if self._open_link(address):
            return
        self._host.copy_to_clipboard(address)
        self._host.notify(
            "the address is copied: there is no browser here", timeout=4, markup=False
        )

    def _act(self, act: Callable[[str], object], key: str) -> None:
        self._host.carry_out(lambda: act(key))

    def _run(self, name: str, rest: str, message: Message | None = None) -> None:
        """Carry out a command, about a message."""
        self._talk.chosen = message.msgid if message is not None else ""
        try:
            self._host.carry_out(lambda: self._talk.run(name, rest))
        finally:
            self._talk.chosen = ""


def open_outside(address: str) -> bool:
    """Open an address outside the terminal; return whether something can."""
    program = OPENERS.get(sys.platform)
    has_screen = sys.platform == "darwin" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if program is None or not has_screen:
        return False
    try:
        subprocess.Popen(  # noqa: S603 - an address has a scheme of ours and no blank
            [program, address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
