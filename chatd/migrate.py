"""The command ``chatd migrate``: all that a server knows goes to another Redis."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatd.config import Config, ConfigError
from chatd.located import Located, fail
from chatd.settings import read_path, read_redis_url

if TYPE_CHECKING:
    from chatd.store.migration.run import Moved


@click.command(cls=Located, takes=("key_prefix",), config=False)
@click.option(
    "--from",
    "source",
    metavar="URL|DIR",
    envvar="CHATD_MIGRATE_FROM",
    help="The Redis where the keys are, or the data directory of `chatd serve`.",
)
@click.option(
    "--to",
    "target",
    metavar="URL",
    envvar="CHATD_MIGRATE_TO",
    help="The Redis that gets them; it must have none of them.",
)
@click.pass_obj
def migrate(config: Config, source: str | None, target: str | None) -> None:
    """Copy all that a server knows to another Redis: accounts, rooms, history, ids.

    Stop all gateways first. The source is only read. A copy that was cut off is made whole by
    the same command; one that is whole is left alone. URLs are those of `chatd serve --redis`;
    give one with a password through CHATD_MIGRATE_FROM or CHATD_MIGRATE_TO.
    """
    import asyncio  # here and not above: `--help` needs none of it

    from chatd.embedded import EngineError
    from chatd.store.errors import StoreError

    try:
        work = _migrate(_given(source, "--from"), _url(target, "--to"), config.key_prefix)
        text = asyncio.run(work)
    except (ConfigError, EngineError, StoreError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("stopped before all was copied: run the same command again")
    click.echo(text)


def _given(text: str | None, flag: str) -> str:
    """A URL, or a directory that is there."""
    if text and "://" not in text:
        path = read_path(text)
        if not (path / "engine.log").is_file():
            raise ConfigError(f"{flag}: {path} is no data directory of chatd, and no URL")
        return str(path)
    return _url(text, flag)


def _url(text: str | None, flag: str) -> str:
    try:
        return read_redis_url(text or "")
    except ConfigError as error:
        raise ConfigError(f"{flag}: {error}") from None


async def _migrate(source: str, target: str, prefix: str) -> str:
    """Do it; what to say of it."""
    from chatd.embedded import open_engine
    from chatd.redis_url import Endpoint
    from chatd.store.migration.run import migrate as copied

    engine = await open_engine(Path(source)) if "://" not in source else None
    try:
        url = engine.url if engine else source
        say = f"Copying from {Endpoint(url)} to {Endpoint(target)}"
        click.echo(say, err=True)
        moved = await copied(url, target, prefix, _progress)
    finally:
        if engine is not None:
            await engine.close()
    return _told(moved, str(Endpoint(target)))


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _told(moved: "Moved", target: str) -> str:
    if moved.already:
        return (
            f"Nothing to do: {target} has had all keys since an earlier run, and nothing was"
            " changed. Start the gateways with it."
        )
    how = " (by their types: the target is older and does not take dumps)" if moved.by_type else ""
    behind = (
        f"Some replicas of {target} do not have all yet ({moved.behind}): chatd doctor says when.\n"
        if moved.behind
        else ""
    )
    return (
        f"Copied and compared: {moved.keys} keys{how}, {moved.streams} of them streams with"
        f" {moved.entries} entries.\n{behind}Next: start all gateways with --redis {target}, and"
        " remove the keys of the source when you need it no more; it is as it was."
    )
