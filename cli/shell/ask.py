"""``chat ask``."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from cli.ending import with_errors
from cli.names import NICK, TARGET, WORD
from cli.options import Options, as_json, common, somebody, timeout

T = TypeVar("T")

APART: Final = 100
"""Added to every exit code that is no answer."""
MOST_CHOICES: Final = 50

CODES = """\b
Exit codes:
  0    the first of the choices    104  not connected
  1    the second, and so on       105  refused by the server
  101  another error               106  the question was not acknowledged in time
  102  wrong use of the command    107  login refused
  103  no such user or room        110  no answer in time
"""


class Asked(click.Command):
    """A command whose exit code is the answer: what goes wrong has a code that is none."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments."""
        return _apart(lambda: super(Asked, self).make_context(*args, **extra))

    def invoke(self, ctx: click.Context) -> Any:
        """Run it."""
        choice: int = _apart(lambda: super(Asked, self).invoke(ctx))
        ctx.exit(choice)


def _apart(do: Callable[[], T]) -> T:
    done: list[T] = []
    try:
        with_errors(lambda: done.append(do()))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code + APART)
    except SystemExit as end:
        if isinstance(end.code, int) and end.code < APART:
            sys.exit(end.code + APART)
        raise
    except click.exceptions.Exit:  # of --help
        raise
    except Exception:
        traceback.print_exc()
        sys.exit(APART + 1)
    return done[0]


def _choices(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    from cli.client.checks import is_utf8

    found = tuple(word.strip() for word in value.split(","))
    if not all(found):
        raise click.BadParameter("one of them is empty: write them as y,n")
    if len({word.casefold() for word in found}) < len(found):
        raise click.BadParameter("two of them are the same")
    if len(found) > MOST_CHOICES:
        raise click.BadParameter(f"more than {MOST_CHOICES} are too many")
    if not all(is_utf8(word) and word.isprintable() for word in found):
        raise click.BadParameter("they cannot contain control characters")
    return found


@click.command(cls=Asked, epilog=CODES)
@click.argument("target", type=TARGET, metavar="NAME")
@click.argument("text", type=WORD)
@click.option(
    "--choices", default="y,n", show_default=True, callback=_choices, metavar="A,B,...",
    help="What may be answered, in upper or lower case.",
)  # fmt: skip
@click.option("--from", "sender", type=NICK, metavar="NICK", help="Who is to answer in a #room.")
@as_json("Print answer, choice, from, account, text, time, msgid.")
@timeout("Seconds for all of it.", default=60.0)
@common
@somebody("Ask as NAME.")
def ask(
    options: Options, name: str, password: str | None, target: str, text: str,
    choices: tuple[str, ...], sender: str | None, json_output: bool, timeout: float,
) -> int:  # fmt: skip
    """Ask NAME, a user or a #room, and wait for the answer: it is printed, and is the exit code.

    \b
    if chat ask bob "deploy?"; then ./deploy; fi

    0 is the first of the choices, 1 the second, and so on; what goes wrong, or no answer in time,
    is 100 and more: never mistaken for an answer.

    NAME is told the choices, and answers through any client. Only that person's answer counts, by
    the account where there is one; in a #room that of its first member who gives one, or of --from.
    When the time is over they are told so. A lost connection is made again meanwhile.
    """  # noqa: D301 - \b is click's mark for "as it is"
    from chatd.wire.casemap import is_room
    from cli import question as work

    if sender is not None and not is_room(target):
        raise click.UsageError("--from is for a question to a #room")
    question = work.Question(name, target, text, choices, sender, timeout)
    found = work.ask(options, question, password)
    work.print_answer(found, question, json_output=json_output)
    return found.choice
