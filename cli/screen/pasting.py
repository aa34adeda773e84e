"""A paste of many lines: how it is meant."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

MANY: Final = 5
"""Lines from which on a paste is asked about."""

LONG: Final = 4000
"""Characters from which on it is asked about, too."""

MOST: Final = 100_000
"""Characters that can be edited; more can be kept in a file only."""


def asks(text: str) -> bool:
    """Tell whether a paste must be asked about."""
    return text.strip("\n").count("\n") >= MANY - 1 or len(text) > LONG


class Paste(ModalScreen[str]):
    """Asks once; answers ``one``, ``lines``, ``file``, ``edit`` or nothing."""

    DEFAULT_CSS = """
    Paste { align: center middle; background: $background 40%; }
    Paste > Vertical {
        width: 60; max-width: 100%; height: auto; padding: 0 1;
        border: round $primary; background: $surface;
    }
    Paste Static { color: $muted; }
    Paste OptionList, Paste OptionList:focus {
        border: none; height: auto; background: transparent; padding: 1 0;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,o", "answer('one')", "one message", show=False),
        Binding("2,l", "answer('lines')", "lines", show=False),
        Binding("3,f", "answer('file')", "a file", show=False),
        Binding("4,e", "answer('edit')", "edit", show=False),
        Binding("escape,ctrl+c", "answer('')", "cancel", show=False),
    ]

    def __init__(self, text: str, target: str, *, is_command: bool) -> None:
        super().__init__()
        lines = sum(1 for line in text.split("\n") if line.strip())
        size = f"{lines} lines" if lines > 1 else f"{len(text)} characters"
        self._head = f"You pasted {size}. What shall become of them?"
        rows = {"one": f"1  Send as one message to {target}"}
        if not is_command:
            rows["lines"] = f"2  Send as {lines} messages to {target}"
        rows["file"] = "3  Keep in a file, and write its name"
        rows["edit"] = "4  Edit first"
        if len(text) > MOST:
            rows = {"file": rows["file"]}
        self._rows = rows

    def compose(self) -> ComposeResult:
        """Lay out the question."""
        with Vertical():
            yield Static(self._head, markup=False)
            yield OptionList(
                *(Option(row, id=one) for one, row in self._rows.items()), markup=False
            )
            yield Static("Esc: none of it", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        event.stop()
        self.action_answer(event.option_id or "")

    def action_answer(self, answer: str) -> None:
        """Answer, if that can be chosen."""
        if not answer or answer in self._rows:
            self.dismiss(answer)
