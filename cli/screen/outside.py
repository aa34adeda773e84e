"""What is written to the terminal besides the screen: bells, notifications, the title."""

from __future__ import annotations

from typing import Any

from textual.app import App

from cli.screen.notify import RESTORE_TITLE, SAVE_TITLE, Notifier


class Outside:
    """The terminal of an app. While something else has it, nothing is written."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._is_ours = False

    def write(self, text: str) -> None:
        """Write something that leaves the cursor where it is."""
        driver = self._app._driver
        if self._is_ours and driver is not None:
            driver.write(text)

    def begin(self, notifier: Notifier) -> None:
        """Take the title of the window; it comes back when somebody else has the terminal."""

        def ours(_: object) -> None:
            self._is_ours = True
            self.write(SAVE_TITLE)
            notifier.again()

        def others(_: object) -> None:
            self.write(RESTORE_TITLE)
            self._is_ours = False  # what is written now would wait, and fill a queue

        self._app.app_suspend_signal.subscribe(self._app, others, immediate=True)
        self._app.app_resume_signal.subscribe(self._app, ours, immediate=True)
        ours(None)

    def end(self) -> None:
        """Give the title back."""
        self.write(RESTORE_TITLE)
        self._is_ours = False
