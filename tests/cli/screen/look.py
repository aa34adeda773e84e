"""What stands on a screen, as text: a test of it reads as what somebody sees."""

from __future__ import annotations

from typing import Any

from textual.app import App


def look(app: App[Any]) -> list[str]:
    """Return the lines that are in sight, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips]


def styles(app: App[Any], word: str) -> list[str]:
    """Return the style of each place where a word stands that was painted in one piece."""
    strips = app.screen._compositor.render_strips()
    return [str(piece.style) for strip in strips for piece in strip if word in piece.text]
