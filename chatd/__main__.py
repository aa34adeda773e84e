"""The command ``chatd``: reads the settings, starts a gateway, says in one line what is wrong."""

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

from chatd.account import account
from chatd.config import Config, ConfigError
from chatd.doctor import doctor
from chatd.drain import drain
from chatd.flags import SettingOption, options
from chatd.migrate import migrate
from chatd.sources import load


class ServeCommand(click.Command):
    """A command whose help shows the settings under the headings of their groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, one section for each group of settings."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                group = param.setting.group if isinstance(param, SettingOption) else "Other"
                groups.setdefault(group, []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)


def _how_built() -> str:
    """Whether the hot modules are compiled, as setup.py does when it is asked to."""
    spec = find_spec("chatd.wire.message")
    return "" if spec is None or str(spec.origin).endswith(".py") else " (compiled)"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chatd", message=f"chatd %(version)s{_how_built()}")
def main() -> None:
    """Serve chat to a team: speaks IRC, keeps everything in Redis.

    Any number of gateways on one Redis are one server: people on different gateways
    see each other, and when one gateway dies they go on through the others.
    """


@main.command(
    cls=ServeCommand,
    params=options(),
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="CHATD_CONFIG",
    metavar="FILE",
    help="TOML file of settings.",
)
@click.option("--engine-nodes", type=int, default=0, hidden=True)  # docs/development.md
def serve(config: Path | None, engine_nodes: int, **given: Any) -> None:
    """Start one gateway, and stay until SIGTERM or Ctrl-C.

    With no flags at all it listens on 127.0.0.1:6667 and keeps its data in a small Redis of
    its own. Start a second one with another --listen and both are one server:

    \b
      chatd serve
      chatd serve --listen 127.0.0.1:6668
      chatd serve --listen 0.0.0.0:6667 --redis redis://redis.example.org/0

    When it accepts clients it prints "chatd ready: gateway ID on HOST:PORT".

    Each flag --some-name is also the variable CHATD_SOME_NAME, and the key some-name of the TOML
    file that --config names. A flag wins over the variable, the variable over the file.
    """  # noqa: D301 - click wants the real character: these lines are not wrapped
    flags = {key: _listed(value) for key, value in given.items()}
    try:
        built = load(flags, os.environ, config)
        if engine_nodes and built.redis_url is not None:
            raise ConfigError("--engine-nodes: these are nodes of our own, so give no --redis")
    except ConfigError as error:
        _fail(error)
    sys.exit(_run(built, engine_nodes))


main.add_command(account)
main.add_command(doctor)
main.add_command(migrate)
main.add_command(drain)


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    """Return the values of a flag, whether it may be given once or often."""
    return [value] if isinstance(value, str) else value or ()


def _run(config: Config, engine_nodes: int) -> int:
    """Run the gateway to its end and return the exit code."""
    import logging

    import uvloop

    # Here and not above: `--help` and a wrong flag need none of it.
    from chatd import app
    from chatd.embedded import EngineError
    from chatd.store.errors import StoreError

    logging.basicConfig(
        level=config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        return uvloop.run(app.run(config, engine_nodes))
    except (ConfigError, EngineError, StoreError) as error:
        _fail(error)
    except KeyboardInterrupt:
        return 130


def _fail(error: Exception) -> NoReturn:
    """Say what went wrong in one line on stderr, and exit with 1."""
    click.echo(f"chatd: {' '.join(str(error).split())}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main(prog_name="chatd")
