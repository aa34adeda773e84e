"""Manual pages of the commands of ``chat`` and ``chatd``, made from the commands themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Set

import click

from chatd import __version__
from chatd.__main__ import main as chatd
from cli.shell.group import chat

_MANUAL = "chatd"


def pages() -> dict[str, str]:
    """All pages by the names of their files. Subcommands of `chatd account` are in its page."""
    found: dict[str, str] = {}
    for name, group in (("chat", chat), ("chatd", chatd)):
        above = click.Context(group, info_name=name, **group.context_settings)
        inside = [(word, _command(group, above, word)) for word in group.list_commands(above)]
        found[f"{name}.1"] = _page(group, above, [f"{name}-{word}" for word, _ in inside])
        for word, command in inside:
            context = click.Context(command, info_name=word, parent=above)
            found[f"{name}-{word}.1"] = _page(command, context, [name])
    return found


def _command(group: click.Group, context: click.Context, word: str) -> click.Command:
    command = group.get_command(context, word)
    assert command is not None
    return command


def _page(command: click.Command, context: click.Context, also: list[str]) -> str:
    name = context.command_path.replace(" ", "-")
    short = _short(command)
    lines = [
        '.\\" Written by docs/generate.py from the commands; do not edit.',
        f'.TH {name.upper()} 1 "" "chatd {__version__}" "{_MANUAL}"',
        ".SH NAME",
        f"{_text(name)} \\- {_text(short)}",
        ".SH SYNOPSIS",
        *_usage(command, context),
        ".SH DESCRIPTION",
        *_prose(command.help or ""),
        ".SH OPTIONS",
        *_options(command, context),
    ]
    if isinstance(command, click.Group):
        lines += [".SH COMMANDS", *_commands(command, context)]
    codes = _codes(command)
    if codes:
        lines += [".SH EXIT STATUS", ".nf", *map(_text, codes), ".fi"]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{_text(page)}\\fR(1)" for page in also)]
    return "\n".join(lines) + "\n"


def _short(command: click.Command) -> str:
    text = command.short_help or inspect.cleandoc(command.help or "").replace("\n", " ")
    first = text.partition(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:]


def _usage(command: click.Command, context: click.Context) -> list[str]:
    pieces = " ".join(command.collect_usage_pieces(context))
    return [f".B {_text(context.command_path)}", _text(pieces)]


def _prose(help_text: str) -> Iterator[str]:
    """Paragraphs; those that begin with click's mark for it stay as they are."""
    for number, part in enumerate(inspect.cleandoc(help_text).split("\n\n")):
        if number:
            yield ".PP"
        if part.startswith("\b"):
            yield ".nf"
            yield from map(_text, part.split("\n")[1:])
            yield ".fi"
        else:
            yield _text(" ".join(part.split()))


def _options(
    command: click.Command, context: click.Context, known: Set[str] = frozenset()
) -> Iterator[str]:
    """Those that are not known already."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        told = set(parameter.opts) <= known
        if record is not None and isinstance(parameter, click.Option) and not told:
            yield ".TP"
            yield " ".join(_word(word) for word in record[0].split())
            yield _text(" ".join(record[1].split()))


def _word(word: str) -> str:
    """An option in bold, what stands for its value in italics."""
    plain = word.rstrip(",")
    if plain == "/":
        return "/"
    font = "B" if plain.startswith("-") else "I"
    return f"\\f{font}{_text(plain)}\\fR{word[len(plain) :]}"


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for word in group.list_commands(context):
        command = _command(group, context, word)
        if context.parent is None:
            short = _short(command)
            yield from (".TP", f"\\fB{_text(word)}\\fR", _text(f"{short[:1].upper()}{short[1:]}."))
        else:
            inner = click.Context(command, info_name=word, parent=context)
            yield f".SS {_text(word)}"
            yield from _usage(command, inner)
            yield ".PP"
            yield from _prose(command.help or "")
            above = (parameter.opts for parameter in group.get_params(context))
            yield from _options(command, inner, {option for opts in above for option in opts})


def _codes(command: click.Command) -> list[str]:
    lines = inspect.cleandoc(command.epilog or "").replace("\b", "").split("\n")
    return [line.strip() for line in lines if re.match(r"\s+\d", line)]


def _text(text: str) -> str:
    """Text that means nothing to roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
