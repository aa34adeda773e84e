"""Every setting of the server: one frozen dataclass that is also the table of flags.

A field carries its `Setting`: the name ``ping-interval`` is the flag ``--ping-interval``, the
variable ``CHATD_PING_INTERVAL`` and the key ``ping-interval`` in the TOML file; `chatd.sources`
reads them. Each file of this package has the settings of one heading of the help.
"""

import logging
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from typing import Annotated, get_type_hints

from chatd.config.limits import Limits, Times
from chatd.config.listening import Listening
from chatd.config.naming import Naming
from chatd.config.storage import Storage
from chatd.settings import Address, ConfigError, Setting, read_log_level

__all__ = ["Address", "Config", "ConfigError", "Setting", "settings"]


@dataclass(frozen=True)
class Config(Times, Limits, Naming, Storage, Listening):
    """All settings of one gateway; sizes in bytes, times in seconds.

    The fields of the last base come first: their order is that of the help.
    """

    log_level: Annotated[
        int,
        Setting(
            "log-level",
            "LEVEL",
            "Other",
            "debug, info, warning or error; the log goes to stderr.",
            read_log_level,
            "info",
        ),
    ] = logging.INFO
    """A level of the module ``logging``."""


@cache
def settings() -> Mapping[str, Setting]:
    """Return the table of settings: the field's name -> its Setting, in the help's order."""
    hints = get_type_hints(Config, include_extras=True)
    table: dict[str, Setting] = {}
    for item in fields(Config):
        setting: Setting = hints[item.name].__metadata__[0]
        if not setting.shown and item.default not in (None, MISSING):
            default = f"{item.default:g}" if isinstance(item.default, float) else str(item.default)
            setting = replace(setting, shown=default)
        table[item.name] = setting
    return table
