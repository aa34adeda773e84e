"""What a shell completes for ``chat``: names of people and rooms, asked of the server.

A shell that completes must not wait: what does not come at once is not offered, nor is what cannot
be asked without a secret that is kept here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from cli.client.errors import ChatError
from cli.names import ASKED
from cli.options import Options, read_options

SECONDS: Final = 1.5
"""For an answer of the server."""

BASH: Final = """\
%(complete_func)s() {
    local line="${COMP_LINE:0:COMP_POINT}" reply kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
            open) COMPREPLY+=("$value") ;;
            plain) printf -v reply %%q "$value"; COMPREPLY+=("$reply") ;;
        esac
    done < <(_CHAT_LINE="$line" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
"""Quotes what is inserted: a room begins with #, and who is online chooses their own name."""


class Bash(BashComplete):
    """Reads the line as it is, with quotes and ``=``; answers ``open`` for text within a quote."""

    source_template = BASH

    @staticmethod
    def _check_version() -> None:
        """Say nothing: it is old enough to be everywhere."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one."""
        *args, last = split_arg_string(os.environ.get("_CHAT_LINE", "") + "x")
        return args[1:], last[:-1]

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What fits, without what cannot stand within the quote that is open."""
        found = super().get_completions(args, incomplete)
        quote = _open_quote(os.environ.get("_CHAT_LINE", ""))
        if quote:
            never = "'" if quote == "'" else '"$`\\!'
            found = [item for item in found if set(item.value).isdisjoint(never)]
            for item in found:
                item.type = "open"
        return found


class WholeWord(ShellComplete):
    """For a shell that puts what is completed in place of a whole ``--to=b``."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What fits, with the option before it."""
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in found:
                item.value = f"{option}={item.value}"
        return found


class Zsh(WholeWord, ZshComplete):
    """As `click` has it."""


class Fish(WholeWord, FishComplete):
    """As `click` has it, and a description may have a comma in it."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


def _open_quote(line: str) -> str:
    quote = ""
    escaped = False
    for char in line:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif char in "'\"" and quote in ("", char):
            quote = "" if quote else char
    return quote


def register() -> None:
    """Have `click` and the types of `cli.names` use what is here."""
    if names not in ASKED:
        ASKED.append(names)
    for kind in (Bash, Zsh, Fish):
        add_completion_class(kind, kind.name)


def names(kinds: Sequence[str], ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Names that begin so. ``kinds``: of ``people``, ``rooms``, and ``own``, those kept here."""
    ask: dict[str, Callable[[Options, click.Context], list[str]]] = {
        "people": _people, "rooms": _rooms, "own": _own,
    }  # fmt: skip
    if "rooms" in kinds and "people" in kinds:
        kinds = ["rooms"] if incomplete.startswith("#") else ["people"]
    found: list[str] = []
    try:
        with ctx:
            params = ctx.params
            ctx.obj = ctx.parent.params.get("server") if ctx.parent else None
            options = read_options(params.get("server") or (), None, params.get("state_dir"))
        for kind in kinds:
            found += ask[kind](options, ctx)
    except (ChatError, OSError, click.ClickException):
        return []
    small = incomplete.casefold()
    fitting = [name for name in found if name.casefold().startswith(small) and name.isprintable()]
    return [CompletionItem(name) for name in fitting]


def _people(options: Options, ctx: click.Context) -> list[str]:
    from cli.who import roster

    people = asyncio.run(roster(options.readable_at, options.server_password, SECONDS))
    return [one.name for one in people]


def _rooms(options: Options, ctx: click.Context) -> list[str]:
    from chatd.wire.message import format_line
    from cli.asked import ask_with
    from cli.client.asking import Asking
    from cli.rooms import DEVICE, read_rooms

    found: list[str] = []
    name = ctx.params.get("name") or options.state.last
    if name is None or options.state.readable(name) is None:
        return []  # nobody's name is claimed for this

    async def work(asking: Asking) -> None:
        found.extend(room.name for room in read_rooms(await asking.ask(format_line("LIST"))))

    ask_with(options, name, None, SECONDS, work, device=DEVICE)
    return found


def _own(options: Options, ctx: click.Context) -> list[str]:
    return options.state.names()
