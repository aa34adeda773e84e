"""A chat on the full screen, from its beginning to its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cli.client.errors import ChatError, TimedOut
from cli.client.session import Session
from cli.files import Files
from cli.screen.app import ChatApp

PATIENCE: Final = 3.0
"""Seconds for the acknowledgements after the user leaves."""


async def show(session: Session, app: ChatApp, directory: Path) -> None:
    """Show the chat until the user leaves; then what is not acknowledged gets its time.

    Raises TimedOut when some is not sent, LoginRefused when the server does not let the user in
    again, and ChatError for what nobody had expected: the details are in a file of ``directory``.
    """
    serving = asyncio.create_task(session.run())
    showing = asyncio.create_task(app.run_async())
    with _signals(app):
        try:
            await asyncio.wait({serving, showing}, return_when=asyncio.FIRST_COMPLETED)
            if not showing.done():
                app.exit()
            await asyncio.wait({showing})
            if not serving.done():
                await _finish(session)
        finally:
            unsent = session.delivery.pending
            for task in (showing, serving):
                task.cancel()
                await asyncio.wait({task})
            session.delivery.abandon("you left before it could be sent")
            await session.close(app.farewell)
    if serving.done() and not serving.cancelled() and (error := serving.exception()):
        raise error if isinstance(error, ChatError) else unexpected(error, directory)
    if app.trouble is not None:
        raise unexpected(app.trouble, directory)
    if not showing.cancelled() and (error := showing.exception()):
        raise unexpected(error, directory)
    if unsent:
        raise TimedOut(f"{unsent} messages were not sent")


def unexpected(error: BaseException, directory: Path) -> ChatError:
    """Write down what nobody had expected; return the sentence that tells of it."""
    details = "".join(traceback.format_exception(error))
    name = time.strftime("%Y%m%d-%H%M%S.txt")
    try:
        Files(directory).write(details, "crashes", name)
    except ChatError as why:
        return ChatError(f"the screen failed ({type(error).__name__}), and {why}")
    where = directory / "crashes" / name
    return ChatError(
        f"the screen failed ({type(error).__name__}): what is known of it is in {where}; "
        "`chat login --plain` does without the screen"
    )


async def _finish(session: Session) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await session.delivery.drain()


@contextlib.contextmanager
def _signals(app: ChatApp) -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the screen; a terminal that is gone cannot be told so."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, app.hung_up)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
