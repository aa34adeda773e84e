"""What events do: one function for each kind, which registers itself as commands do.

A function for a room tells the sessions that it is given; what the event changes here comes after.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Read every file of this package: a new kind of event needs no list."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
