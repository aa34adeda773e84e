"""Settings: which Redis holds the state of the server, and where in it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from chatd.settings import Setting, number, read_path, read_redis_url, word

_GROUP = "Where its state is"


def _default_data_dir() -> Path:
    from platformdirs import user_data_path  # 20 ms that only a start needs

    return user_data_path("chatd", appauthor=False)


@dataclass(frozen=True)
class Storage:
    """Redis, or the directory of the embedded engine."""

    redis_url: Annotated[
        str | None,
        Setting(
            "redis",
            "URL",
            _GROUP,
            "A Redis 7.0 or newer, or a Valkey: redis://HOST:PORT, unix:///PATH,"
            " redis+sentinel://HOST:PORT,HOST:PORT/SERVICE or redis+cluster://HOST:PORT,HOST:PORT;"
            " rediss for TLS. Gateways on one Redis are one server. Without it an engine of its own"
            " is started in the data directory, or joined if it runs. Give a URL with a password"
            " through CHATD_REDIS.",
            read_redis_url,
        ),
    ] = field(default=None, repr=False)
    """None = the embedded engine in ``data_dir``."""

    data_dir: Annotated[
        Path,
        Setting(
            "data-dir",
            "DIR",
            _GROUP,
            "Directory of the embedded engine.",
            read_path,
            "the user's data directory",
        ),
    ] = field(default_factory=_default_data_dir)
    """Not used when a Redis is given."""

    on_delete: Annotated[
        str,
        Setting(
            "on-delete",
            "WHAT",
            _GROUP,
            "What becomes of what an account said when it is deleted: keep, anonymise (no name"
            " stands at it any more) or erase. Its owner, and `chatd account delete`, may say"
            " otherwise.",
            word("keep|anonymise|erase", "keep, anonymise or erase"),
        ),
    ] = "anonymise"
    """Nobody is told by name who has gone, and what others have answered keeps its sense."""

    sync_replicas: Annotated[
        int,
        Setting(
            "sync-replicas",
            "NUMBER",
            _GROUP,
            "Acknowledge nothing that fewer replicas of Redis have: what was acknowledged is then"
            " kept when the master dies. With too few of them all is refused. 0 = do not wait.",
            number(int, 0, 100),
        ),
    ] = 0
    """See `chatd.store.synced`; a master with one replica less than this takes nothing any more."""

    key_prefix: Annotated[
        str,
        Setting(
            "key-prefix",
            "WORD",
            _GROUP,
            "First part of every key and channel in Redis.",
            word(r"[A-Za-z0-9_.-]{1,32}", "1 to 32 letters, digits, _ . or -"),
        ),
    ] = "chat"
    """Lets several servers share one Redis; no ``:`` or ``{`` in it, they structure the keys."""
