"""Something to choose from, over the chat: a line that narrows the list down, and the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cli.screen.listing import Listing, Row
from cli.screen.over import Over, heading
from cli.screen.shown import visible

_JOINERS: Final = "\u200c\u200d"
"""Of what nobody sees in a text of others, what stays in it when the user goes on with it."""

Source = Callable[[str], Sequence[Row]]
"""Returns the rows that fit what was typed."""


ROWS: Final = 20
"""Rows that are in sight where there is room."""


class Picker(Over["Row | None"]):
    """Answers with the row that was chosen, None for none.

    ``menu`` tells that the row is not wanted itself, but what can be done with it (right button).
    """

    DEFAULT_CSS = """
    Picker { align: center middle; background: $background 40%; }
    Picker > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 90%;
        border: round $primary; border-title-color: $primary; background: $surface;
    }
    Picker Input, Picker Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    Picker Listing { height: auto; }
    Picker #hint { height: auto; color: $muted; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "step(-1)", "up", id="list.up"),
        Binding("down,ctrl+n", "step(1)", "down", id="list.down"),
        Binding("pageup", "leaf(-1)", "a page up", id="list.page-up"),
        Binding("pagedown", "leaf(1)", "a page down", id="list.page-down"),
        Binding("escape,ctrl+c,ctrl+k", "dismiss(None)", "close", id="list.close"),
    ]

    def __init__(
        self,
        head: str,
        source: Source,
        *,
        placeholder: str = "",
        hint: str = "",
        about: Callable[[Row], str] | None = None,
    ) -> None:
        super().__init__()
        self._about = about
        self._head = head
        self._source = source
        self.field = Input(placeholder=placeholder or "type to find")
        self.field.cursor_blink = False
        self.list = Listing(follow=True)
        self.list.can_focus = False
        self.hint = Static(hint, id="hint", markup=False)
        self.menu = False

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        box = Vertical(self.field, self.list, self.hint)
        box.border_title = heading(self._head)
        yield box

    def on_mount(self) -> None:
        """Begin with everything."""
        self.field.focus()
        self.hint.display = bool(str(self.hint.content))
        self.fill()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the line below the list in sight."""
        self.list.styles.max_height = max(3, min(ROWS, event.size.height * 9 // 10 - 5))

    def fill(self) -> None:
        """Show what fits by now."""
        rows = self._source(self.field.value)
        first = next((row.key for row in rows if not row.look.startswith("head")), None)
        self.list.show_rows(rows, first)

    def say(self, hint: str) -> None:
        """Tell something below the list; a server may have written it."""
        self.hint.update(visible(hint))
        self.hint.display = bool(hint)

    def action_step(self, by: int) -> None:
        """Move the cursor of the list."""
        self.list.action_move(by)

    def action_leaf(self, by: int) -> None:
        """Move the cursor by a page."""
        self.list.action_page(by)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.fill()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.submit()

    def submit(self) -> None:
        """Choose what the cursor is at."""
        self.list.action_choose()

    @on(Listing.Moved)
    def _moved(self, event: Listing.Moved) -> None:
        event.stop()
        if self._about is not None and self.list.row is not None:
            self.say(self._about(self.list.row))

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()
        self.menu = event.menu
        self.dismiss(event.row)


class Ask(Over["str | None"]):
    """Asks for one line; answers None when the user wants nothing."""

    DEFAULT_CSS = """
    Ask { align: center middle; background: $background 40%; }
    Ask > Vertical {
        width: 70; max-width: 100%; height: auto;
        border: round $primary; border-title-color: $primary; background: $surface;
    }
    Ask Input, Ask Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "close", show=False)
    ]

    def __init__(
        self, head: str, text: str = "", placeholder: str = "", *, secret: bool = False
    ) -> None:
        """``secret``: it is not shown, and taken as it is."""
        super().__init__()
        self._head = head
        self._secret = secret
        text = "".join(char for char in text if char.isprintable() or char in _JOINERS)
        self.field = Input(text, placeholder=placeholder, select_on_focus=False, password=secret)
        self.field.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        box = Vertical(self.field)
        box.border_title = heading(self._head)
        yield box

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value if self._secret else event.value.strip())
