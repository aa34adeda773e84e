"""A chat on the full screen, from its beginning to its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from cli.client.errors import ChatError, TimedOut
from cli.client.session import Session
from cli.client.tokens import token_hex
from cli.config import State
from cli.files import Files
from cli.screen.app import ChatApp, Events
from cli.screen.frame import Kept
from cli.screen.memory import Memory
from cli.settings import Preferences, config_file

PATIENCE: Final = 3.0
"""Seconds for the acknowledgements after the user leaves."""


class Stage:
    """What one user has chosen and left open, and the screen that shows it.

    Raises WrongSettings when the file of the settings cannot be read.
    """

    def __init__(self, state: State, name: str) -> None:
        self._state = state
        self._preferences = Preferences(Files(state.directory), config_file())
        self._kept = Kept(
            read_up_to=partial(state.was_here, name),
            drafts=partial(state.page, "drafts", name),
            keep_drafts=partial(state.keep_page, "drafts", name),
            open=partial(state.page, "open", name),
            keep_open=partial(state.keep_page, "open", name),
            keep_paste=self._keep_paste,
        )

    def rooms(self) -> list[str] | None:
        """Return the rooms to enter: those that were open, or None at the first time."""
        memory = Memory(self._kept.open)
        return memory.rooms if memory.known else None

    async def show(self, session: Session, events: Events, room: str) -> None:
        """Show the chat until the user leaves; then what is not acknowledged gets its time.

        Raises TimedOut when some is not sent, LoginRefused when the server does not let the user
        in again, and ChatError for what nobody had expected, with the details in a file.
        """
        app = ChatApp(session, events, room, preferences=self._preferences, kept=self._kept)
        await show(session, app, self._state.directory)

    def _keep_paste(self, text: str) -> str:
        """Keep a text in a file that nobody else may read; return where it is."""
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{token_hex(4)}.txt"
        Files(self._state.directory).write(text, "pastes", name)
        return str(self._state.directory / "pastes" / name)


async def show(session: Session, app: ChatApp, directory: Path) -> None:
    """Do as `Stage.show` says; the details are in a file of ``directory``."""
    serving = asyncio.create_task(session.run())
    showing = asyncio.create_task(app.run_async(mouse=app.settings.mouse))
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
    for error in (_error(serving), app.trouble, _error(showing)):
        if error is not None:
            raise error if isinstance(error, ChatError) else unexpected(error, directory)
    if unsent:
        raise TimedOut(f"{unsent} messages were not sent")


def _error(task: asyncio.Task[None]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


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
