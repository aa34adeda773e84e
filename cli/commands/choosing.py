"""What the user chooses: notifications, words that concern them, colours. It is kept."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from typing import Any, Final

from cli.client.checks import check_target
from cli.client.errors import Refused
from cli.commands.talk import Talk, Usage
from cli.settings import DESKTOP, KINDS, THEMES

_ON: Final = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}

NOTIFY: Final = "/notify [all|none|bell on|off|title on|off|desktop KIND]"


def notify(talk: Talk, rest: str) -> list[str]:
    """Say how the user is told of what concerns them, or choose it."""
    words = rest.lower().split()
    match words:
        case []:
            pass
        case ["all"] | ["none"]:
            on = words == ["all"]
            desktop = "auto" if on else "none"
            talk.preferences.change(
                notifications_bell=on, notifications_title=on, notifications_desktop=desktop
            )
        case ["bell" | "title", ("on" | "off") as value]:
            talk.preferences.change(**{f"notifications_{words[0]}": _ON[value]})
        case ["desktop", kind] if kind in DESKTOP:
            talk.preferences.change(notifications_desktop=kind)
        case _:
            raise Usage(f"{NOTIFY}, with a KIND of {', '.join(DESKTOP)}")
    return _notifications(talk)


def _notifications(talk: Talk) -> list[str]:
    now = talk.preferences.now
    told = [
        f"bell {'on' if now.notifications_bell else 'off'}, "
        f"title {'on' if now.notifications_title else 'off'}, desktop {now.notifications_desktop}"
    ]
    told += ["do not disturb: nothing notifies"] if now.do_not_disturb else []
    told += [f"muted: {', '.join(now.mute)}"] if now.mute else []
    return told


def do_not_disturb(talk: Talk, rest: str) -> list[str]:
    """Have no notifications at all, or have them again."""
    if rest.lower() not in ("", *_ON):
        raise Usage("/dnd [on|off]")
    on = _ON.get(rest.lower(), not talk.preferences.now.do_not_disturb)
    talk.preferences.change(do_not_disturb=on)
    return ["nothing notifies you until /dnd off" if on else "you are notified again"]


def mute(talk: Talk, rest: str) -> list[str]:
    """Have no notifications from a room or somebody."""
    return _each(talk, rest, add=True)


def unmute(talk: Talk, rest: str) -> list[str]:
    """Have notifications from there again."""
    return _each(talk, rest, add=False)


def _each(talk: Talk, rest: str, *, add: bool) -> list[str]:
    told = []
    for name in rest.split() or [talk.target]:
        check_target(name)
        if add:
            was = talk.preferences.add("mute", name)
            told.append(f"{name} is muted now" if was else f"{name} is muted already")
        else:
            was = talk.preferences.remove("mute", name)
            told.append(f"{name} notifies again" if was else f"{name} was not muted")
    return told


def keywords(talk: Talk, rest: str) -> list[str]:
    """List, add or remove words that concern the user as their name does."""
    match rest.split():
        case [] | ["list"]:
            now = talk.preferences.now.keywords
            return [f"your keywords: {', '.join(now)}" if now else "you have no keywords"]
        case ["add", word]:
            was = talk.preferences.add("keywords", word)
            told = f"{word} concerns you now" if was else f"{word} concerns you already"
            verb = "ADD"
        case ["remove", word]:
            was = talk.preferences.remove("keywords", word)
            told = f"{word} concerns you no longer" if was else f"{word} was no keyword"
            verb = "REMOVE"
        case _:
            raise Usage("/keywords [add WORD|remove WORD]")
    if was and talk.session.asks and talk.session.authenticated:
        # for `chat inbox`; a server without it says so, and nobody needs to know
        talk.session.request(lambda answer: None, "KEYWORDS", verb, word)
    return [told]


def theme(talk: Talk, rest: str) -> list[str]:
    """Have other colours."""
    if rest not in THEMES:
        raise Usage(f"/theme {'|'.join(THEMES)} (now: {talk.preferences.now.theme})")
    talk.preferences.change(theme=rest)
    return [] if talk.surface.does("theme", rest) else [f"the full screen has the theme {rest} now"]


def setting(talk: Talk, rest: str) -> list[str]:
    """Show settings, or change one; the configuration file is left as it is."""
    name, _, text = rest.partition(" ")
    name = name.replace(".", "_").replace("-", "_")
    if not name:
        return [f"{_written(one)} = {_shown(talk, one)}" for one in KINDS]
    if name not in KINDS:
        raise Refused(f"there is no setting {name}: /set lists them")
    if text.strip():
        talk.preferences.change(**{name: _value(text.strip(), getattr(talk.preferences.now, name))})
    return [f"{_written(name)} = {_shown(talk, name)}: {KINDS[name].help}"]


def _written(name: str) -> str:
    return name.replace("notifications_", "notifications.")


def _shown(talk: Talk, name: str) -> str:
    return json.dumps(getattr(talk.preferences.now, name), ensure_ascii=False, default=dict)


def _value(text: str, now: Any) -> Any:
    """Read a value as the configuration file has it; words need no quotes."""
    if isinstance(now, bool) and text.lower() in _ON:
        return _ON[text.lower()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        pass
    is_list = isinstance(now, Sequence) and not isinstance(now, str)
    return text.replace(",", " ").split() if is_list else text
