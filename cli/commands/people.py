"""People: who is there, who they are, and how one is there oneself."""

from __future__ import annotations

from chatd.wire.casemap import is_room
from cli.client.checks import check_target
from cli.commands.replies import ask, nothing
from cli.commands.talk import Talk, Usage


def nick(talk: Talk, rest: str) -> list[str]:
    """Be called something else."""
    if not rest:
        return [f"you are called {talk.session.chat.nick}"]
    check_target(rest)
    ask(talk, nothing, "NICK", rest)
    return []


def who(talk: Talk, rest: str) -> list[str]:
    """List who is in a room, or online at all."""
    if not rest and not is_room(talk.target):
        return whois(talk, talk.target)
    mask = rest or talk.target
    if mask != "*" and not is_room(mask):
        return whois(talk, mask)
    if mask != "*":
        check_target(mask)
    talk.session.command("WHO", mask)
    return []


def whois(talk: Talk, rest: str) -> list[str]:
    """Tell what is known of somebody."""
    name = rest or ("" if is_room(talk.target) else talk.target)
    if not name:
        raise Usage("/whois NAME")
    check_target(name)
    talk.session.command("WHOIS", name)
    return []


def away(talk: Talk, rest: str) -> list[str]:
    """Say that one is away; without a text, that one is back."""
    talk.session.away(rest or None)
    return []


def back(talk: Talk, rest: str) -> list[str]:
    """Say that one is back."""
    talk.session.away(None)
    return []


def ignore(talk: Talk, rest: str) -> list[str]:
    """Show nothing of somebody any more."""
    ignored = talk.preferences.now.ignore
    if not rest:
        return [f"ignored: {', '.join(ignored)}" if ignored else "you ignore nobody"]
    told = []
    for name in rest.split():
        talk.session.ignoring.add(name)
        added = talk.preferences.add("ignore", name)
        told.append(f"{name} is ignored now" if added else f"{name} is ignored already")
    return told


def unignore(talk: Talk, rest: str) -> list[str]:
    """Show what somebody says again."""
    if not rest:
        raise Usage("/unignore NAME")
    told = []
    for name in rest.split():
        was = talk.preferences.remove("ignore", name)
        told.append(f"{name} is heard again" if was else f"{name} was not ignored")
    return told
