"""Flags of the command line, made from the table of settings."""

import click

from chatd.config import Setting, settings


class SettingOption(click.Option):
    """A flag made from its row in the table of settings."""

    def __init__(self, key: str, setting: Setting) -> None:
        self.setting = setting
        default = f"  [default: {setting.shown}]" if setting.shown else ""
        super().__init__(
            [f"--{setting.name}", key],
            metavar=setting.metavar,
            multiple=key.startswith(("listen", "advertise", "trust", "proxy")),
            help=setting.help + default,
        )


def options(*keys: str) -> list[click.Parameter]:
    """The flags of some settings, by the field's name; of all when none is named."""
    table = settings()
    return [SettingOption(key, table[key]) for key in keys or table]
