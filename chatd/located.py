"""Subcommands that work on a Redis: the flags that say where it is are taken in any place.

``chatd --redis URL account list``, ``chatd account --redis URL list`` and ``chatd account list
--redis URL`` are the same; what stands further behind wins. A subcommand gets it for free::

    @main.command("invite")
    @click.option("--days", type=int, default=7)
    @click.pass_obj
    def invite(config: Config, days: int) -> None: ...

A wrong use of any is one sentence on stderr and the exit code 2.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

import click

from chatd.config import ConfigError, settings
from chatd.flags import SettingOption, options
from chatd.sources import load

WHERE = ("redis_url", "data_dir", "key_prefix")
"""The settings that say where the data are."""


def fail(text: str) -> NoReturn:
    """Say in one line what went wrong, and exit with 1."""
    click.echo(f"chatd: {' '.join(text.split())}", err=True)
    sys.exit(1)


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="TOML file of settings; also the variable CHATD_CONFIG.",
    )


class Located(click.Command):
    """A command that gets a `Config` by ``@click.pass_obj``, made of the flags of all places.

    ``takes``: settings that have flags behind its name. Those of `WHERE` that are not among them
    are wrong before it, too; ``config``: whether it reads a file of settings.
    """

    def __init__(
        self, *args: Any, takes: Sequence[str] = WHERE, config: bool = True, **attrs: Any
    ) -> None:
        self._takes = takes
        self._where = [*options(*takes), *([_config_option()] if config else [])]
        attrs["params"] = [*self._where, *(attrs.get("params") or [])]
        super().__init__(*args, **attrs)

    def invoke(self, ctx: click.Context) -> Any:
        """Build the configuration of the flags of all places, then run the command with it."""
        names = [param.name for param in self._where if param.name]
        given = {**(ctx.obj or {}), **_given({name: ctx.params.pop(name) for name in names})}
        if wrong := given.keys() - set(names):
            shown = "--" + (settings()[min(wrong)].name if min(wrong) in settings() else "config")
            raise click.UsageError(f"{shown} has no meaning for {ctx.command_path}", ctx)
        file = given.pop("config", None)
        if file is None and "config" in names and (named := os.environ.get("CHATD_CONFIG")):
            file = Path(named)
        try:
            ctx.obj = load({key: _listed(value) for key, value in given.items()}, os.environ, file)
        except ConfigError as error:
            fail(str(error))
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options; where they are many, one section for each group of settings."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                many = len(self._takes) > len(WHERE) + 2
                group = param.setting.group if isinstance(param, SettingOption) else "Other"
                groups.setdefault(group if many else "Options", []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)


class LocatedGroup(click.Group):
    """A group that takes the flags of `WHERE` for its commands, which are `Located`."""

    command_class = Located
    group_class = type

    def __init__(self, *args: Any, **attrs: Any) -> None:
        attrs["params"] = [*options(*WHERE), _config_option(), *(attrs.get("params") or [])]
        super().__init__(*args, **attrs)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments in front of the command."""
        try:
            return super().make_context(*args, **extra)
        except click.UsageError as error:
            raise _in_one_line(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Note where the data are, for the command that follows."""
        names = [*WHERE, "config"]
        given = _given({name: ctx.params.pop(name, None) for name in names})
        ctx.obj = {**(ctx.obj or {}), **given}
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _in_one_line(error) from None


class _Wrong(click.ClickException):
    """A command was used wrongly."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it in one line."""
        click.echo(f"chatd: {' '.join(self.message.split())}", file=file, err=file is None)


def _in_one_line(error: click.UsageError) -> click.ClickException:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    text = error.format_message().rstrip(".")
    path = error.ctx.command_path if error.ctx else "chatd"
    return _Wrong(f"{text[:1].lower()}{text[1:]}; `{path} --help` says what there is")


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value}


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    """The values of a flag, whether it may be given once or often."""
    return [value] if isinstance(value, str) else value
