"""The keys of the screen: one table, from which bindings, F1 and the documentation are made.

The widgets that have keys of their own, the composer and the messages, list them in their own
bindings, with an ``id``: all of them can be given other keys in ``config.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys, _character_to_key


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to do: its id in ``config.toml``, its keys, its words, and the app's action."""

    id: str
    keys: tuple[str, ...]
    words: str
    action: str


KEYS: Final = (
    Key("go.find", ("ctrl+k",), "find a room, a person or a command", "find"),
    Key("go.next", ("alt+down", "ctrl+n"), "the next room or conversation", "go(1)"),
    Key("go.previous", ("alt+up", "ctrl+p"), "the one before", "go(-1)"),
    Key("go.unread", ("alt+a",), "the next with something unread", "unread"),
    Key("go.back", ("alt+l",), "where you were before", "before"),
    Key("go.private", ("alt+p",), "the last private message", "private"),
    Key("go.server", ("alt+0",), "what belongs to no room", "nth(0)"),
    *(Key(f"go.{n}", (f"alt+{n}",), f"number {n} at the left", f"nth({n})") for n in range(1, 10)),
    Key("show.keys", ("f1",), "these keys", "keys"),
    Key("show.sidebar", ("f2",), "rooms and conversations: show or fold", "fold('sidebar')"),
    Key("show.roster", ("f3",), "who is in the room: show or fold", "fold('roster')"),
    Key("show.rooms", ("f4",), "all rooms of the server", "rooms"),
    Key("show.menu", ("f5",), "what can be done with this room or person", "menu"),
    Key("show.search", ("ctrl+f",), "search what was said", "search"),
    Key("go.part", ("f6",), "the next part of the screen", "part(1)"),
    Key("go.part-back", ("shift+f6",), "the part before", "part(-1)"),
    Key("read.pageup", ("pageup",), "what was said before", "scroll(-1)"),
    Key("read.pagedown", ("pagedown",), "a page on", "scroll(1)"),
    Key("read.home", ("ctrl+home",), "the first message that is here", "first"),
    Key("read.end", ("ctrl+end", "end"), "the present (End: when nothing is written)", "present"),
    Key("read.choose", ("f7",), "choose a message: reply, react, copy", "choose"),
    Key("chat.suspend", ("ctrl+z",), "back to the shell; `fg` comes back", "suspend_process"),
    Key("chat.leave", ("ctrl+q",), "leave the chat", "leave"),
)
"""Those that hold wherever the cursor is."""

GROUPS: Final = {
    "go": "Going to",
    "show": "Looking at",
    "read": "Reading",
    "log": "A message that is chosen",
    "write": "Writing",
    "list": "Lists",
    "chat": "The chat",
}
"""Headings by the first part of an id."""

_NAMES: Final = {
    "pageup": "PageUp", "pagedown": "PageDown", "up": "Up", "down": "Down", "left": "Left",
    "right": "Right", "home": "Home", "end": "End", "enter": "Enter", "escape": "Esc",
    "tab": "Tab", "backspace": "Backspace", "delete": "Delete", "space": "Space",
    "ctrl": "Ctrl", "alt": "Alt", "shift": "Shift", "number_sign": "#", "slash": "/",
    "question_mark": "?", "at": "@", "colon": ":", "plus": "+", "minus": "-",
    "underscore": "_",
}  # fmt: skip


_MODIFIERS: Final = {"alt", "ctrl", "shift", "super", "hyper", "meta"}
_WRITTEN: Final = {words.lower(): name for name, words in _NAMES.items() if len(words) > 1}
_KNOWN: Final = frozenset(
    {one.value.rpartition("+")[2] for one in Keys if "<" not in one.value}
    | {*KEY_TO_UNICODE_NAME, *KEY_NAME_REPLACEMENTS.values(), *_NAMES} - _MODIFIERS
)
"""Names of keys without modifiers."""

_Row = tuple[str, tuple[str, ...], str]


def bindings() -> list[BindingType]:
    """Return the table as the app takes it."""
    return [
        Binding(",".join(key.keys), key.action, key.words, show=False, priority=True, id=key.id)
        for key in KEYS
    ]


def written(key: str) -> str:
    """Write a key as it stands on keyboards: ``ctrl+k`` is ``Ctrl+K``."""
    if " ... " in key:
        return " ... ".join(written(one) for one in key.split(" ... "))
    parts = key.split("+")
    return "+".join(_NAMES.get(part, part.upper() if len(part) < 3 else part) for part in parts)


def table(
    classes: Iterable[type[Any]] = (), chosen: Mapping[str, Sequence[str]] | None = None
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return for each heading its rows: the id, the keys as they hold now, and the words.

    ``classes`` are widgets with keys of their own; ``chosen`` what the user has chosen instead.
    """
    rows = _short([(key.id, key.keys, key.words) for key in KEYS], chosen or {})
    rows += [row for one in classes for row in _own(one)]
    chosen = chosen or {}
    groups: dict[str, list[tuple[str, str, str]]] = {name: [] for name in GROUPS}
    for id_, keys, words in rows:
        now = ", ".join(written(key) for key in chosen.get(id_, keys))
        groups.setdefault(id_.partition(".")[0], []).append((id_, now, words))
    return [(GROUPS.get(name, name), group) for name, group in groups.items() if group]


def _short(rows: list[_Row], chosen: Mapping[str, Sequence[str]]) -> list[_Row]:
    """Return nine rows that say the same as one, unless somebody chose other keys for them."""
    numbers = [f"go.{n}" for n in range(1, 10)]
    if any(name in chosen for name in numbers):
        return rows
    one = ("go.1", ("alt+1 ... alt+9",), "one at the left, by its place")
    return [one if row[0] == "go.1" else row for row in rows if row[0] not in numbers[1:]]


def _own(widget: type[Any]) -> list[tuple[str, tuple[str, ...], str]]:
    own = (one for one in widget.__dict__.get("BINDINGS", ()) if isinstance(one, Binding))
    named = (one for one in own if one.id and one.description)
    return [(one.id or "", tuple(one.key.split(",")), one.description) for one in named]


def key_of(text: str) -> str:
    """Return a key as Textual calls it, written so or as F1 shows it; '' when there is none."""
    *before, last = text.replace("++", "+plus").split("+") if len(text) > 1 else [text]
    modifiers = sorted(one.lower() for one in before)
    if len(last) == 1:
        last = _character_to_key(last.lower() if "ctrl" in modifiers else last)
    else:
        last = _WRITTEN.get(last.lower(), last.lower())
        if last not in _KNOWN:
            return ""
    return "+".join([*modifiers, last]) if _MODIFIERS.issuperset(modifiers) else ""


def keymap(chosen: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what the user has chosen as Textual takes it; what is no key is left out."""
    known = {id_: [key for key in map(key_of, keys) if key] for id_, keys in chosen.items()}
    return {id_: ",".join(keys) for id_, keys in known.items() if keys}


def problems(chosen: Mapping[str, Sequence[str]], classes: Iterable[type[Any]] = ()) -> list[str]:
    """Return a sentence for each thing that is wrong: a name, a key, a key for two things."""
    known = {key.id for key in KEYS} | {row[0] for one in classes for row in _own(one)}
    wrong = [f"keys: nothing is called {name}; F1 lists the names" for name in chosen
             if name not in known]  # fmt: skip
    taken: dict[str, str] = {}
    for name, keys in chosen.items():
        for written_so in keys:
            key = key_of(written_so)
            if not key:
                wrong.append(f"keys: {name}: there is no key {written_so}; F1 shows how others are")
            elif key in taken:
                wrong.append(f"keys: {key} is chosen for {taken[key]} and for {name}")
            else:
                taken[key] = name
    return wrong
