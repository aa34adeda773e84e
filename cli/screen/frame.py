"""What the screen consists of, and how its parts fold when there is little room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.filter import LineFilter, NoColor
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from cli.client.buffers import Buffers
from cli.client.paging import Pager
from cli.client.session import Session
from cli.commands.table import COMMANDS
from cli.commands.talk import Talk
from cli.screen import keys
from cli.screen.composer import Composer
from cli.screen.drafts import Drafts
from cli.screen.driver import QuietDriver
from cli.screen.ground import Ground, can_be_asked, told_before
from cli.screen.messages import Messages
from cli.screen.reading import Reading
from cli.screen.roster import Roster
from cli.screen.sidebar import Sidebar
from cli.screen.status import Link, Status, Topic
from cli.screen.strokes import Strokes
from cli.screen.themes import OURS, THEMES
from cli.screen.wants import Wants
from cli.settings import Preferences, Settings

WIDE: Final = {"sidebar": 60, "roster": 100}
"""Columns from which on a side stands beside the messages; below, it is shown over them."""

LEAST: Final = (30, 8)
"""Columns and lines without which nothing can be shown."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives the screen, each as a function that reads or writes it whole."""

    read_up_to: Callable[[float], None] = lambda at: None
    drafts: Callable[[], str | None] = lambda: None
    keep_drafts: Callable[[str], None] = lambda text: None
    open: Callable[[], str | None] = lambda: None
    keep_open: Callable[[str], None] = lambda text: None
    keep_paste: Callable[[str], str] | None = None
    """Returns where the text is now."""


class Frame(Strokes):
    """The parts. What is done with them is in `cli.screen.app`."""

    CSS = """
    Screen { layers: base above; }
    #body { layers: base above; height: 1fr; }
    #sidebar { width: 24; border-right: vkey $panel-lighten-2; }
    #roster { width: 22; border-left: vkey $panel-lighten-2; }
    #sidebar.-over { layer: above; dock: left; width: 28; max-width: 90%; }
    #roster.-over { layer: above; dock: right; width: 26; max-width: 90%; }
    #messages { height: 1fr; }
    Composer { border-left: outer $primary; }
    .-private Composer { border-left: outer $private; background: $private 15%; }
    .-private Topic { border-left: outer $private; }
    .-none .-private Composer { border-left: double $private; }
    .text-area--placeholder, .input--placeholder { color: $muted; }
    .-contrast .text-area--placeholder, .-contrast .input--placeholder { text-style: italic; }
    .-none .text-area--placeholder { text-style: dim; }
    #small { display: none; }
    .-small #body, .-small Status { display: none; }
    .-small #small { display: block; }
    .-contrast #sidebar { border-right: vkey $border; }
    .-contrast #roster { border-left: vkey $border; }
    .-contrast Listing>.listing--here, .-none Listing>.listing--here { text-style: bold reverse; }
    """
    TITLE = "chat"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = keys.bindings()

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        kept: Kept,
    ) -> None:
        super().__init__(driver_class=QuietDriver)
        self.animation_level = "none"
        self.preferences = preferences
        self.session = session
        self.buffers = Buffers(session.chat, words=self.settings.keywords)
        self.link = Link()
        self.reading = Reading(session, self.buffers, kept.read_up_to)
        self.talk = Talk(
            session,
            self,  # type: ignore[arg-type]
            self.buffers,
            COMMANDS,
            self.reading.there,
            preferences,
        )
        self.sidebar = Sidebar(id="sidebar")
        self.roster = Roster(id="roster")
        self.topic = Topic()
        pager = Pager(session, self.buffers)
        self.messages = Messages(self.buffers, pager, self.settings, id="messages")
        self.wants = Wants(self, self.talk, self.messages)  # type: ignore[arg-type]
        self.composer = Composer(self.talk, Drafts(kept.drafts, kept.keep_drafts), kept.keep_paste)
        self.status = Status()
        self._room = Size(80, 24)
        self._over = ""
        """Which side is shown over the messages."""
        for theme in THEMES.values():
            self.register_theme(theme)
        preferences.changed.append(self._apply)
        if told_before():
            preferences.suggest(theme="light")
        self._apply(self.settings)

    @property
    def settings(self) -> Settings:
        """What the user has chosen."""
        return self.preferences.now

    def compose(self) -> ComposeResult:
        """Lay the parts out."""
        with Horizontal(id="body"):
            yield self.sidebar
            with Vertical(id="middle"):
                yield self.topic
                yield self.messages
                yield self.composer
            yield self.roster
        yield self.status
        yield Static("The terminal is too small for the chat.", id="small", markup=False)

    # -- how it looks ------------------------------------------------------------------------

    def _apply(self, settings: Settings) -> None:
        """Look and behave as the user has chosen."""
        self.theme = "none" if self.no_color else settings.theme
        for name in ("contrast", "none"):
            self.set_class(self.theme == name, f"-{name}")
        self.buffers.words = settings.keywords
        self.set_keymap(keys.keymap(settings.keys))
        if self.is_mounted(self.messages):
            self.messages.look_as(settings)
            self.fold()

    @property
    def asks_for_ground(self) -> bool:
        """Whether the terminal is asked if it is light: the theme is to be like it."""
        is_chosen = self.no_color or self.preferences.is_chosen("theme")
        return can_be_asked() and not is_chosen

    def on_ground(self, event: Ground) -> None:
        """Take the theme that is like the terminal, where the user has chosen none."""
        self.preferences.suggest(theme="light" if event.is_light else "dark")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of our own for themes that have them not."""
        return dict.fromkeys(OURS, "#808080")

    def get_line_filters(self) -> list[LineFilter]:
        """Return what takes the colours out, when there shall be none."""
        return [NoColor()] if self.theme == "none" else list(super().get_line_filters())

    # -- how it folds ------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Fold what has no room."""
        self._room = event.size
        self.fold()

    def fold(self) -> None:
        """Show each side as there is room for it, and as the user wants it."""
        width, height = self._room
        self.screen.set_class(width < LEAST[0] or height < LEAST[1], "-small")
        if self._over and width >= WIDE[self._over]:
            self._over = ""
        for name, part in self.sides().items():
            over = self._over == name
            part.set_class(over, "-over")
            part.display = over or (width >= WIDE[name] and self._wanted(name))
        if self.focused is not None and not self.focused.display:
            self.composer.focus()

    def _wanted(self, name: str) -> bool:
        room = self.buffers.open(self.buffers.current).is_room
        return bool(getattr(self.settings, name)) and (name != "roster" or room)

    def sides(self) -> dict[str, Widget]:
        """Return the sides by the names of their settings."""
        return {"sidebar": self.sidebar, "roster": self.roster}

    def carry_out(self, act: Callable[[], object]) -> None:
        """Do something that may be the last thing, or be refused."""
        raise NotImplementedError

    def action_fold(self, name: str) -> None:
        """Show or fold a side: beside the messages for good, or over them for once."""
        if self._room.width < WIDE[name]:
            self._over = "" if self._over == name else name
            self.fold()
            if self._over:
                self.sides()[name].focus()
        else:
            change = {name: not getattr(self.settings, name)}
            self.carry_out(lambda: self.preferences.change(**change))

    def unfold(self) -> None:
        """Take away what is shown over the messages, and go on writing."""
        self._over = ""
        self.fold()
        self.composer.focus()

    def action_part(self, by: int) -> None:
        """Go to the next part that can be walked through."""
        parts: list[Any] = [self.composer, self.messages, self.sidebar, self.roster]
        there = [part for part in parts if part.display]
        has = [part.has_focus or part.has_focus_within for part in there]
        at = has.index(True) if True in has else 0
        there[(at + by) % len(there)].focus()
