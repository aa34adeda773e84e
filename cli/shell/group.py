"""The command ``chat``: it knows what its commands are called, and loads the one that is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from chatd import __version__
from cli.ending import EXIT_CODES, repair_streams, with_errors

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

T = TypeVar("T")

COMMANDS: Final = {
    "login": "Enter the chat.",
    "who": "Show who is online, or in a room.",
    "rooms": "List the rooms.",
    "send": "Send a message, or each line of stdin.",
    "ask": "Ask somebody; the answer is the exit code.",
    "inbox": "Print what concerns you and is not read.",
    "keywords": "Words that bring a message into your inbox.",
    "history": "Print what was said in a room, or with a user.",
    "tail": "Print what was said last, and what is being said.",
    "search": "Print the messages that have some words.",
    "export": "Print all that you can see of what was said.",
    "sessions": "Where you are logged in; end some of that.",
    "passwd": "Set a password, to log in from elsewhere.",
    "completion": "Print what makes a shell complete all this.",
    "logout": "Forget what is kept here to log in.",
}
"""In the order of the help. Each is a function of the same name, in a file of that name here."""


class Commands(click.Group):
    """A group whose help is written without loading its commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"cli.shell.{cmd_name}"), cmd_name)
        command.short_help = COMMANDS[cmd_name]
        command.epilog = command.epilog or EXIT_CODES
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command that the arguments say."""
        repair_streams()
        if "_CHAT_COMPLETE" in os.environ:
            from cli.completion import register

            register()
        try:
            return super().main(*args, **extra)
        except OSError:  # stderr does not take the sentence about a wrong use
            sys.exit(2)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Name the commands without loading them."""
        from click.shell_completion import CompletionItem

        if incomplete[:1] == "-":
            return super().shell_complete(ctx, incomplete)
        fitting = [name for name in COMMANDS if name.startswith(incomplete)]
        return [CompletionItem(name, help=COMMANDS[name]) for name in fitting]

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments, or print the help."""
        return _guarded(lambda: super(Commands, self).make_context(*args, **extra))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read those before the name of the command."""
        asks = "ask" in args
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if not asks:
                raise
            error.show()  # its exit code is an answer, or at least 100
            sys.exit(error.exit_code + 100)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        return _guarded(lambda: super(Commands, self).invoke(ctx))


def _guarded(do: Callable[[], T]) -> T:
    """Let what fails end with its sentence and its exit code."""
    done: list[T] = []
    with_errors(lambda: done.append(do()))
    return done[0]


@click.group(
    cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--server", "-s", multiple=True, metavar="HOST:PORT", help="Server address.")
@click.version_option(__version__, prog_name="chat")
@click.pass_context
def chat(ctx: click.Context, server: tuple[str, ...]) -> None:
    """Talk to people on a chat server.

    \b
    chat login anna                     enter the chat as anna
    chat who                            who is online?
    chat send --to bob "Lunch is here"  one message, also from scripts
    chat ask bob "deploy?"              the answer is the exit code
    chat rooms                          which rooms are there?
    chat history --with bob             what was said
    chat search lunch                   where it was said
    chat tail --json                    what is being said, for scripts
    chat inbox                          what concerns you and you have not read
    chat export                         all that you can see of what was said, as JSON lines

    The first login of a free name makes it yours: a secret is generated and kept on this machine.
    To use the name elsewhere set a password with `chat passwd`.
    """  # noqa: D301 - \b is click's mark for "as it is"
    ctx.obj = server
