"""The colours of the screen: dark, light, of high contrast, and none at all."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

_PLAIN = {
    "muted": "ansi_default",
    "here": "ansi_default",
    "private": "ansi_default",
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "input-selection-background": "ansi_default",
    "input-selection-foreground": "ansi_default",
    "screen-selection-background": "ansi_default",
    "screen-selection-foreground": "ansi_default",
    "border": "ansi_default",
    "border-blurred": "ansi_default",
    "block-cursor-foreground": "ansi_default",
    "block-cursor-background": "ansi_default",
    "block-cursor-text-style": "reverse",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-text-style": "reverse",
    "scrollbar": "ansi_default",
    "scrollbar-hover": "ansi_default",
    "scrollbar-active": "ansi_default",
    "scrollbar-background": "ansi_default",
    "scrollbar-background-hover": "ansi_default",
    "scrollbar-background-active": "ansi_default",
    "scrollbar-corner-color": "ansi_default",
}


def _bar(thumb: str, ground: str) -> dict[str, str]:
    """Return the colours of a scrollbar: its ground is that of the messages."""
    names = {"scrollbar": thumb, "scrollbar-hover": thumb, "scrollbar-active": thumb}
    grounds = ("background", "background-hover", "background-active", "corner-color")
    return names | {f"scrollbar-{name}": ground for name in grounds}


THEMES: Final = {
    "dark": Theme(
        "dark",
        primary="#5fafff",
        secondary="#87afaf",
        accent="#d7af5f",
        warning="#ffaf5f",
        error="#ff6b6b",
        success="#87d787",
        foreground="#d8dce2",
        background="#15181c",
        surface="#1b1f24",
        panel="#262b32",
        variables={
            "muted": "#8b949e",
            "here": "#2f4a66",
            "private": "#d7875f",
            **_bar("#4a5361", "#15181c"),
        },
    ),
    "light": Theme(
        "light",
        primary="#005faf",
        secondary="#3a6a6a",
        accent="#8a5a00",
        warning="#9a4a00",
        error="#b3261e",
        success="#1b6e2d",
        foreground="#1c1e21",
        background="#ffffff",
        surface="#f4f5f7",
        panel="#e3e6ea",
        dark=False,
        variables={
            "muted": "#5c6670",
            "here": "#bcd6f2",
            "private": "#b04a10",
            **_bar("#a3adb8", "#ffffff"),
        },
    ),
    "contrast": Theme(
        "contrast",
        primary="#00ffff",
        secondary="#00ff00",
        accent="#ffff00",
        warning="#ffff00",
        error="#ff8080",
        success="#00ff00",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        text_alpha=1.0,
        variables={
            "muted": "#ffffff",
            "here": "#0000c0",
            "private": "#ffff00",
            "text-muted": "#ffffff",
            "border": "#ffffff",
            "border-blurred": "#ffffff",
            **_bar("#ffffff", "#000000"),
        },
    ),
    "none": Theme(
        "none",
        ansi=True,
        primary="ansi_default",
        secondary="ansi_default",
        accent="ansi_default",
        warning="ansi_default",
        error="ansi_default",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=_PLAIN,
    ),
}
"""By the names that the setting ``theme`` has."""

OURS: Final = ("muted", "here", "private")
"""Colours that Textual's own themes do not have: less important, where one is, to one alone."""
