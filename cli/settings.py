"""What a user has chosen: from ``config.toml``, and from what they changed in the chat itself.

The file is read at the start and never written. What is changed in the chat is kept in the state
directory (``settings.json``), each with what the file said then: when the file says something else
later, the file is right. Something wrong in the file is one sentence, and the default holds.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import platformdirs

from cli.client.conversation import folded
from cli.client.errors import ChatError
from cli.files import Files

THEMES: Final = ("dark", "light", "contrast", "none")

DESKTOP: Final = ("auto", "9", "99", "777", "none")
"""Which OSC tells the terminal of a notification."""

MOST: Final = 1000
"""Words of one list, and characters of one word."""


class WrongSettings(ChatError):
    """The file cannot be read at all."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. Names with ``_`` are of a table of the file: ``notifications.bell``."""

    theme: str = "dark"
    time: str = "%H:%M"
    mouse: bool = True
    sidebar: bool = True
    roster: bool = True
    typing: bool = True
    do_not_disturb: bool = False
    keywords: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    notifications_bell: bool = True
    notifications_desktop: str = "auto"
    notifications_title: bool = True
    aliases: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def mutes(self, name: str) -> bool:
        """Tell whether a room or a conversation is muted."""
        return folded(name) in {folded(one) for one in self.mute}

    def ignores(self, nick: str) -> bool:
        """Tell whether nothing of somebody is to be seen."""
        return folded(nick) in {folded(one) for one in self.ignore}


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value of the file is read: a function that raises ValueError with what it must be."""

    read: Callable[[Any], Any]
    help: str


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return str(value)

    return read


def _time(value: Any) -> str:
    try:
        shown = datetime(2026, 1, 31, 23, 59, 58).strftime(value)
    except (TypeError, ValueError):
        shown = ""
    if not 0 < len(shown) <= 20 or not shown.isprintable():
        raise ValueError('a time format such as "%H:%M" or "%I:%M %p"')
    return str(value)


def _words(value: Any) -> tuple[str, ...]:
    one = [value] if isinstance(value, str) else value
    good = isinstance(one, list) and all(isinstance(word, str) and word.strip() for word in one)
    if not good or len(one) > MOST or any(len(word) > MOST for word in one):
        raise ValueError('a list of words: ["one", "two"]')
    return tuple(word.strip() for word in one)


def _table(read: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    def table(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("a table")
        made: dict[str, Any] = {}
        for name, one in value.items():  # go.find = ... without quotes is a table in the table
            inner = one if isinstance(one, dict) else {"": one}
            made |= {f"{name}.{word}" if word else name: read(it) for word, it in inner.items()}
        return made

    return table


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MOST:
        raise ValueError('texts: name = "text"')
    return value


KINDS: Final = {
    "theme": Kind(_one_of(*THEMES), f"the colours: {', '.join(THEMES)}"),
    "time": Kind(_time, "how the time of a message is written, as in strftime"),
    "mouse": Kind(_flag, "the mouse chooses and scrolls; without it the terminal selects text"),
    "sidebar": Kind(_flag, "rooms and conversations at the left"),
    "roster": Kind(_flag, "who is in the room, at the right"),
    "typing": Kind(_flag, "others see that you are typing"),
    "do_not_disturb": Kind(_flag, "no notifications at all"),
    "keywords": Kind(_words, "words that concern you, besides your name"),
    "ignore": Kind(_words, "people of whom nothing is shown"),
    "mute": Kind(_words, "rooms and people that never notify"),
    "notifications_bell": Kind(_flag, "the terminal's bell"),
    "notifications_desktop": Kind(_one_of(*DESKTOP), "by which OSC the desktop is told"),
    "notifications_title": Kind(_flag, "what is unread, in the title of the window"),
    "aliases": Kind(_table(_text), 'your own commands: j = "join $1"'),
    "keys": Kind(_table(_words), 'other keys for what F1 lists: go.find = ["ctrl+k"]'),
}
"""What each setting is. A key of ``[notifications]`` in the file is ``notifications_...`` here."""


def config_file() -> Path:
    """Return where the user's file is, whether there is one or not."""
    named = os.environ.get("CHAT_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("chatd")) / "config.toml"


def read_file(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the values of a file, and a sentence for each that is wrong.

    Raises WrongSettings when it is no TOML.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [f"cannot read {path}: {error.strerror}"]
    except (ValueError, RecursionError) as error:
        raise WrongSettings(f"{path} cannot be understood: {error}") from None
    return checked(_flat(values), path.name)


def checked(values: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """Return what is right, and a sentence for each value that is not."""
    good: dict[str, Any] = {}
    wrong = []
    for name, value in values.items():
        written = name.replace("notifications_", "notifications.")
        try:
            good[name] = KINDS[name].read(value)
        except KeyError:
            is_table = name == "notifications"
            what = f"{name} must be a table" if is_table else f"there is no setting {written}"
            wrong.append(f"{where}: {what}")
        except ValueError as error:
            wrong.append(f"{where}: {written} must be {error}")
    return good, wrong


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    inside = values.get("notifications", {})
    if not isinstance(inside, dict):
        return values  # told below: it must be a table
    others = {name: value for name, value in values.items() if name != "notifications"}
    return others | {f"notifications_{name}": value for name, value in inside.items()}


class Preferences:
    """The settings as they are now, and how they change. ``changed`` are told of each change."""

    def __init__(self, files: Files | None = None, path: Path | None = None) -> None:
        values, self.problems = read_file(path) if path is not None else ({}, [])
        """A sentence for each thing that is wrong."""
        self._files = files
        self._given = frozenset(values)
        self._base = Settings(**values)
        self._kept = self._read()
        self.now = replace(self._base, **self._valid())
        self.changed: list[Callable[[Settings], None]] = []

    def change(self, **values: Any) -> None:
        """Choose something else from now on.

        Raises ChatError for a value that cannot be, and when it cannot be kept.
        """
        good, wrong = checked(_plain(values), "the chat")
        if wrong:
            raise ChatError(wrong[0].removeprefix("the chat: "))
        for name, value in good.items():
            over = _plain({name: getattr(self._base, name)})[name]
            self._kept[name] = {"value": _plain({name: value})[name], "over": over}
        self.now = replace(self.now, **good)
        for tell in self.changed:
            tell(self.now)
        self._write()

    def is_chosen(self, name: str) -> bool:
        """Tell whether the user has chosen something, and not the default holds."""
        return name in self._given or name in self._valid()

    def suggest(self, **values: Any) -> None:
        """Have other defaults, where the user has chosen nothing; they are not kept."""
        new = {name: value for name, value in values.items() if not self.is_chosen(name)}
        if replace(self.now, **new) != self.now:
            self.now = replace(self.now, **new)
            for tell in self.changed:
                tell(self.now)

    def add(self, name: str, word: str) -> bool:
        """Add a word to a list; return whether it was not there."""
        words: Sequence[str] = getattr(self.now, name)
        if folded(word) in {folded(one) for one in words}:
            return False
        self.change(**{name: [*words, word]})
        return True

    def remove(self, name: str, word: str) -> bool:
        """Take a word from a list; return whether it was there."""
        words: Sequence[str] = getattr(self.now, name)
        left = [one for one in words if folded(one) != folded(word)]
        if len(left) == len(words):
            return False
        self.change(**{name: left})
        return True

    def _valid(self) -> dict[str, Any]:
        """Return what was changed in the chat, but for what the file has changed since."""
        base = _plain({one.name: getattr(self._base, one.name) for one in fields(Settings)})
        same = {
            name: kept.get("value")
            for name, kept in self._kept.items()
            if isinstance(kept, dict) and name in base and kept.get("over") == base[name]
        }
        return checked(same, "settings.json")[0]

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads((self._files and self._files.read("settings.json")) or "{}")
        except (ChatError, ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self) -> None:
        """Keep it. Raises ChatError; then it holds until the end."""
        if self._files is not None:
            self._files.write(json.dumps(self._kept), "settings.json")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON has them."""
    made: dict[str, Any] = json.loads(json.dumps(dict(values), default=dict))
    return made
