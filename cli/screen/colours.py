"""Colours that can be read on the background of the theme; without colours, other marks.

Contrast as in https://www.w3.org/TR/WCAG22/#contrast-minimum : 4.5 for all text, 7 where the theme
wants much of it.
"""

from __future__ import annotations

import colorsys
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rich.style import Style

from cli.client.conversation import folded
from cli.screen.formatting import Look

CONTRAST: Final = 4.5
HIGH_CONTRAST: Final = 7.0

_HUES: Final = (0, 24, 45, 80, 130, 160, 180, 200, 220, 245, 270, 295, 320, 340)
"""Degrees: neighbours can be told apart."""

_ANSI: Final = ("red", "green", "yellow", "blue", "magenta", "cyan")
"""For terminals whose own colours are used: what these are, they know."""

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """The styles of what is shown. ``names``: of which each name has one."""

    front: str
    back: str
    contrast: float
    has_colours: bool
    text: Style
    quiet: Style
    trouble: Style
    accent: Style
    mention: Style
    link: Style
    code: Style
    chosen: Style
    names: tuple[Style, ...]

    def name(self, name: str) -> Style:
        """Return the style of a name: always the same for all its spellings."""
        return self.names[zlib.crc32(folded(name).encode(errors="replace")) % len(self.names)]

    def look(self, look: Look, *, revealed: bool = False) -> Style:
        """Return the style of a piece of text. ``revealed``: what hides in its own colour, too."""
        return _look(self, look, revealed)

    def __hash__(self) -> int:
        return hash((self.front, self.back, self.contrast, self.has_colours))


@lru_cache(16)
def palette(front: str, back: str, contrast: float = CONTRAST) -> Palette:
    """Make the styles for a theme, whose colours are ``rrggbb``."""
    ground, text = rgb(back), rgb(front)

    def on(colour: Rgb, least: float = contrast) -> Style:
        return Style(color="#" + hexes(readable(colour, ground, least)))

    tint = mixed(ground, (255, 170, 0), 0.18)
    return Palette(
        front,
        back,
        contrast,
        True,
        Style(),
        on(mixed(text, ground, 0.35) if contrast < HIGH_CONTRAST else text),
        on((220, 50, 50)) + Style(bold=True),
        on((70, 140, 255)),
        Style(bgcolor="#" + hexes(tint), bold=True),
        on((70, 140, 255)) + Style(underline=True),
        Style(bgcolor="#" + hexes(mixed(ground, text, 0.12))),
        Style(bgcolor="#" + hexes(mixed(ground, text, 0.2))),
        tuple(on(_hue(hue)) for hue in _HUES),
    )


@lru_cache(4)
def ansi_palette() -> Palette:
    """Make the styles for a terminal whose own colours are used."""
    names = tuple(Style(color=name) for name in _ANSI)
    return _bare(True, Style(color="red", bold=True), Style(color="blue"), names)


@lru_cache(4)
def no_colours() -> Palette:
    """Make the styles where no colour is wanted, https://no-color.org ."""
    names = (Style(bold=True),)
    return _bare(False, Style(bold=True, underline=True), Style(bold=True), names)


def _bare(
    has_colours: bool, trouble: Style, accent: Style, names: tuple[Style, ...]
) -> Palette:  # fmt: skip
    return Palette(
        "",
        "",
        CONTRAST,
        has_colours,
        Style(),
        Style(dim=True),
        trouble,
        accent,
        Style(bold=True),
        Style(underline=True),
        Style(),
        Style(reverse=True),
        names,
    )


@lru_cache(2048)
def _look(of: Palette, look: Look, revealed: bool) -> Style:
    style = of.link if look.link else of.quiet if look.quiet else of.text
    style += Style(
        bold=look.bold or None,
        italic=look.italic or None,
        underline=look.underline or None,
        strike=look.strike or None,
        reverse=look.reverse or None,
        link=look.link or None,
    )
    if look.monospace:
        style += of.code
    if of.has_colours and of.back and (look.front or look.back):
        style += _coloured(of, look, revealed)
    return style


def _coloured(of: Palette, look: Look, revealed: bool) -> Style:
    """Colours that can be read. A spoiler, which is the same twice, shows when it is chosen."""
    ground = rgb(look.back or of.back)
    front = rgb(look.front or of.front)
    if look.front and look.front == look.back and not revealed:
        return Style(color="#" + look.front, bgcolor="#" + look.back)
    shown = "#" + hexes(readable(front, ground, of.contrast))
    return Style(color=shown, bgcolor="#" + look.back if look.back else None)


# -- arithmetic ------------------------------------------------------------------------------


def rgb(text: str) -> Rgb:
    """Read ``rrggbb``."""
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def hexes(colour: Rgb) -> str:
    """Write ``rrggbb``."""
    return "{:02x}{:02x}{:02x}".format(*colour)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Mix a share of another colour into one."""
    red, green, blue = (
        round(a + (b - a) * share) for a, b in zip(one, other, strict=True)
    )  # fmt: skip
    return red, green, blue


def contrast(one: Rgb, other: Rgb) -> float:
    """Return how well two colours can be told apart, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(1024)
def readable(colour: Rgb, ground: Rgb, least: float) -> Rgb:
    """Return the colour, lighter or darker if it cannot be read on this ground otherwise."""
    far = max(((0, 0, 0), (255, 255, 255)), key=lambda end: contrast(end, ground))
    least = min(least, contrast(far, ground))
    for step in range(21):
        tried = mixed(colour, far, step / 20)
        if contrast(tried, ground) >= least:
            return tried
    return far


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hue(degrees: int) -> Rgb:
    red, green, blue = colorsys.hls_to_rgb(degrees / 360, 0.5, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)
