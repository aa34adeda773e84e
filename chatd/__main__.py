"""The command ``chatd``: reads the settings, starts a gateway, says in one line what is wrong."""

import sys
from importlib.util import find_spec

import click

from chatd.account import account
from chatd.config import Config, ConfigError, settings
from chatd.doctor import doctor
from chatd.drain import drain
from chatd.export import export
from chatd.invite import invite
from chatd.located import LocatedGroup, fail
from chatd.migrate import migrate


def _how_built() -> str:
    """Whether the hot modules are compiled, as setup.py does when it is asked to."""
    spec = find_spec("chatd.wire.message")
    return "" if spec is None or str(spec.origin).endswith(".py") else " (compiled)"


@click.group(cls=LocatedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chatd", message=f"chatd %(version)s{_how_built()}")
def main() -> None:
    """Serve chat to a team: speaks IRC, keeps everything in Redis.

    Any number of gateways on one Redis are one server: people on different gateways
    see each other, and when one gateway dies they go on through the others.
    """


@main.command(takes=tuple(settings()))
@click.option("--engine-nodes", type=int, default=0, hidden=True)  # docs/development.md
@click.pass_obj
def serve(config: Config, engine_nodes: int) -> None:
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
    if engine_nodes and config.redis_url is not None:
        fail("--engine-nodes: these are nodes of our own, so give no --redis")
    sys.exit(_run(config, engine_nodes))


main.add_command(account)
main.add_command(doctor)
main.add_command(migrate)
main.add_command(drain)
main.add_command(export)
main.add_command(invite)


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
        fail(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    main(prog_name="chatd")
