"""Writing a text in the user's own editor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from cli.client.errors import ChatError


def command() -> list[str]:
    """Return what starts the editor."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with contextlib.suppress(ValueError):
        return shlex.split(named) or ["vi"]
    return [named]


async def edit(app: App[Any], text: str) -> str:
    """Have the user edit a text, while the chat goes on unseen. Raises ChatError."""
    path = None
    try:
        path = _new_file(text)
        code = await _run(app, [*command(), str(path)])
        if code:
            raise ChatError(f"the editor ended with exit code {code}: the text is as it was")
        return _content(path)
    except OSError as error:
        raise ChatError(f"the editor cannot be used: {error.strerror}") from None
    except SuspendNotSupported:
        raise ChatError("no editor can be started here") from None
    finally:
        _remove(path)


def _new_file(text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix="chat-", suffix=".txt")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n" * bool(text))
    return Path(name)


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")


def _remove(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)


async def _run(app: App[Any], words: list[str]) -> int:
    # What the terminal sends on Ctrl+C is for the editor. A handler, unlike "ignore", is not
    # inherited by it.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with app.batch_update(), app.suspend():
            process = await asyncio.create_subprocess_exec(*words)
            return await process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
