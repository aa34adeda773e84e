"""What there is to type."""

from __future__ import annotations

from cli.client.errors import Refused
from cli.commands.talk import Command, Talk


def help_(talk: Talk, rest: str) -> list[str]:
    """List the commands, or say what one of them does."""
    name = rest.strip().removeprefix("/").lower()
    if not name:
        return _all(talk)
    command = talk.command(name)
    if command is not None:
        return about(command)
    if name in talk.aliases:
        return [f"/{name} is your own: {talk.aliases[name]}"]
    raise Refused(f"/{name} is no command: /help lists them")


def keys(talk: Talk, rest: str) -> list[str]:
    """Show which key does what."""
    if not talk.surface.does("keys"):
        raise Refused("only the full screen has keys of its own")
    return []


def about(command: Command) -> list[str]:
    """Say what a command does."""
    others = f" (also /{', /'.join(command.also)})" if command.also else ""
    return [f"{command.usage}  {command.help}{others}"]


def _all(talk: Talk) -> list[str]:
    groups = dict.fromkeys(command.group for command in talk.commands.values())
    told = []
    for group in groups:
        told.append(f"{group}:")
        told += [
            f"  {command.usage}  {command.help}"
            for command in talk.commands.values()
            if command.group == group
        ]
    return [*told, "Anything else is said to the one whom you write to."]
