"""What people type to services, and the commands that it stands for: one row for each word.

A row has no logic of its own: it puts words into another order. What cannot be done has a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

Line = list[str]
"""A command and its parameters."""
Lines = list[Line]

NEVER: Final = 1000
"""No word of a line is a secret."""


class Usage(Exception):
    """There are too few words, or too many, or they are none that are known."""


class Asker(NamedTuple):
    """Who types. ``account``: as shown, '' = none."""

    nick: str
    account: str


class Word(NamedTuple):
    """A word that people type to a service.

    ``usage``: what follows it; ``what``: a sentence. ``lines``: the commands that it stands for, or
    what is answered at once. ``secret``: from which word behind it on there may be passwords.
    ``also``: other words for it.
    """

    name: str
    usage: str
    what: str
    lines: Callable[[Asker, list[str]], Lines] | str
    secret: int = NEVER
    also: Sequence[str] = ()


def table(*words: Word) -> dict[str, Word]:
    """Words by all their names."""
    return {name: word for word in words for name in (word.name, *word.also)}


def at_least(count: int, words: list[str], most: int = NEVER) -> None:
    """Raises Usage unless there are so many words."""
    if not count <= len(words) <= most:
        raise Usage


def rest(words: list[str], start: int) -> list[str]:
    """The words from one on as a text that is one parameter; none if there are none."""
    text = " ".join(words[start:])
    return [text] if text else []
