"""Where settings come from: flags, the environment, a TOML file, defaults.

A flag wins over the environment, that over the file, that over the default.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatd.config import Config, settings
from chatd.settings import ConfigError, Setting, read_text


def load(
    flags: Mapping[str, Sequence[str]], environ: Mapping[str, str], file: Path | None = None
) -> Config:
    """Build the configuration from flags (field name -> values given), environment and file.

    Raises ConfigError, which names the flag, the variable or the key that is wrong.
    """
    table = _read_table(file) if file else {}
    unknown = table.keys() - {setting.name for setting in settings().values()}
    if unknown:
        known = ", ".join(setting.name for setting in settings().values())
        raise ConfigError(f"{file}: unknown setting {min(unknown)!r}; there are: {known}")
    chosen: dict[str, Any] = {}
    for key, setting in settings().items():
        given = _given(key, setting, flags, environ, table)
        if given is not None:
            source, text, read = given
            try:
                chosen[key] = read(text)
            except ConfigError as error:
                raise ConfigError(f"{source}: {error}") from None
    return _checked(Config(**chosen))


def _given(
    key: str,
    setting: Setting,
    flags: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    table: Mapping[str, str],
) -> tuple[str, str, Callable[[str], Any]] | None:
    """Find the strongest source of a setting: (its name for an error, text, reader)."""
    if flags.get(key):
        return f"--{setting.name}", ",".join(flags[key]), setting.read
    if setting.direct and environ.get(setting.direct_env):
        return setting.direct_env, environ[setting.direct_env], setting.direct
    if environ.get(setting.env):
        return setting.env, environ[setting.env], setting.read
    if setting.name in table:
        return setting.name, table[setting.name], setting.read
    return None


def _read_table(file: Path) -> dict[str, str]:
    """Read the TOML file; every value becomes text, a list becomes one with commas."""
    try:
        table = tomllib.loads(read_text(str(file)))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is no TOML: {error}") from None
    return {key: _as_text(value) for key, value in table.items()}


def _as_text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _checked(config: Config) -> Config:
    """Check what concerns two settings at once."""
    if not config.listen:
        raise ConfigError("--listen: give at least one address, such as 127.0.0.1:6667")
    every = (*config.listen, *config.listen_tls, *config.listen_ws)
    fixed = [address for address in every if address.port]
    if len(set(fixed)) < len(fixed):
        raise ConfigError("--listen: the same address is given twice")
    if config.listen_tls and not (config.tls_cert and config.tls_key):
        raise ConfigError("--listen-tls: give the certificate too, with --tls-cert and --tls-key")
    if config.sts_s and not config.listen_tls:
        raise ConfigError("--sts-duration: give an address for TLS too, with --listen-tls")
    return config
