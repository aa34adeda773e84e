"""What can be done with a message, and the small list from which it is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cli.client.conversation import folded
from cli.client.entries import Message, State
from cli.client.shelf import Buffer
from cli.screen.menus import OP, rank
from cli.screen.over import Over
from cli.screen.shown import links, plain

REACTIONS: Final = ("👍", "😀", "😂", "🎉", "❤", "👀", "😢", "👎")
"""Those that are offered; any other can be written."""

_SHORT: Final = {"answered": "what it answers", "talk": "write to them", "discard": "give up"}

HEAD: Final = 60
"""Characters of a message that stand above the list."""


class Offer(NamedTuple):
    """One thing to do: what it is called, its key, and its words."""

    what: str
    key: str
    words: str


def may_delete(message: Message, buffer: Buffer) -> bool:
    """Tell whether the server will let this user delete a message."""
    member = buffer.members.get(folded(buffer.chat.nick))
    return message.own or (member is not None and rank(member.marks) >= OP)


def offers(message: Message, *, can_delete: bool) -> list[Offer]:
    """Return what can be done with a message, the likeliest first."""
    if message.state is State.FAILED:
        return [
            Offer("retry", "r", "send it again"),
            Offer("discard", "d", "give it up"),
            Offer("copy", "c", "copy the text"),
        ]
    rows = []
    if message.msgid and not message.deleted_by:
        rows.append(Offer("reply", "r", "reply"))
        rows.append(Offer("react", "e", "react"))
    if not message.deleted_by:
        rows.append(Offer("copy", "c", "copy the text"))
        if links(message.text):
            rows.append(Offer("link", "o", "open the link"))
    if message.reply_to:
        rows.append(Offer("answered", "g", "go to what it answers"))
    if not message.own:
        rows.append(Offer("talk", "t", f"write to {plain(message.source)}"))
        rows.append(Offer("whois", "w", f"who {plain(message.source)} is"))
    if can_delete and message.msgid and not message.deleted_by:
        rows.append(Offer("delete", "d", "delete it for everybody"))
    return rows


def title(message: Message) -> str:
    """Return a message in few words."""
    text = plain(message.text[:HEAD])
    return f"{plain(message.source)}: {text}" if text else plain(message.source)


def hint(message: Message | None, *, can_delete: bool, has_keys: bool) -> str:
    """Say in a line what can be done with what is chosen."""
    if not has_keys:
        return "a click on it: what can be done; F7: keys for it"
    if message is None:
        return "Enter opens it, Esc: go on writing"
    rows = offers(message, can_delete=can_delete)
    keys = ", ".join(f"{one.key} {_SHORT.get(one.what, one.what)}" for one in rows)
    return f"{keys}, Esc: go on writing"


class Offers(Over[str]):
    """Asks which; answers its name, or nothing. ``prompt``: something else can be written, too."""

    DEFAULT_CSS = """
    Offers { align: center middle; background: $background 40%; }
    Offers > Vertical {
        width: 60; max-width: 100%; height: auto; max-height: 90%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    Offers Static { height: auto; max-height: 2; color: $muted; }
    Offers OptionList, Offers OptionList:focus {
        border: none; height: auto; background: transparent; padding: 0;
    }
    Offers Input, Offers Input:focus { border: none; height: 1; padding: 0; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss('')", "nothing", show=False)
    ]

    def __init__(self, head: str, rows: Sequence[Offer], prompt: str = "") -> None:
        super().__init__()
        self._head = head
        self._rows = rows
        self._prompt = prompt

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical():
            yield Static(self._head, markup=False)
            options = (
                Option(Content(f"{row.key}  {row.words}"), id=row.what) for row in self._rows
            )
            yield OptionList(*options)
            if self._prompt:
                yield Input(placeholder=self._prompt, select_on_focus=False)

    def on_mount(self) -> None:
        """Begin at the first."""
        self.query_one(OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        """Take a key for its row; any other letter is written."""
        if isinstance(self.focused, Input):
            return
        for row in self._rows:
            if event.character == row.key:
                event.stop()
                self.dismiss(row.what)
                return
        if self._prompt and event.character and event.is_printable:
            event.stop()
            field = self.query_one(Input)
            field.focus()
            field.insert_text_at_cursor(event.character)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was chosen."""
        event.stop()
        self.dismiss(event.option.id)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was written."""
        event.stop()
        self.dismiss(event.value.strip())
