"""How well a few letters fit a name: what one types to find it. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cli.client.spelling import folded

T = TypeVar("T")

_BREAKS = frozenset(" -_./#&@:")


def score(letters: str, name: str) -> float | None:
    """Return how well letters fit a name, None when they are not all in it, in their order.

    What begins with them is best, then where words begin with them, then what has them together.
    """
    if not letters:
        return 0.0
    letters, name = folded(letters), folded(name)
    at = name.find(letters)
    if at >= 0:
        begins = at == 0 or name[at - 1] in _BREAKS
        bare = name.lstrip("#&/@").startswith(letters)
        return 100.0 + 50.0 * begins + 50.0 * bare - len(name) / 100
    total, last = 0.0, -1
    for letter in letters:
        at = name.find(letter, last + 1)
        if at < 0:
            return None
        total += 10.0 if at == last + 1 or name[at - 1] in _BREAKS else 1.0
        last = at
    return total - len(name) / 100


def best(letters: str, things: Iterable[T], name: Callable[[T], str], most: int) -> list[T]:
    """Return the things whose names fit, the best first; equals stay in their order."""
    fits = ((score(letters, name(one)), one) for one in things)
    scored = [(fit, one) for fit, one in fits if fit is not None]
    scored.sort(key=lambda pair: -pair[0])
    return [one for _, one in scored[:most]]
