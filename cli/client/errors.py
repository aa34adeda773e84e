"""What can go wrong for a user of the client, each with its exit code.

    ChatError              1
    +-- NoSuchTarget       3   nobody and no room of that name
    +-- NotConnected       4   no server reached, or the connection was lost
        +-- NotNow             the server lets nobody in, or not this user, for a while
    +-- Refused            5   the server said no
    +-- TimedOut           6   no acknowledgement in time
    +-- LoginRefused       7   the server does not let this user in
        +-- NameTaken          somebody has the name, and no password was given
        +-- PasswordRefused    somebody has the name, and it is not this password
        +-- OtherServer        it is another server than the one that was there
    +-- NothingFound       8   there is no such message

The text of each is one sentence that is fit to be shown to the user.
"""

from __future__ import annotations


class ChatError(Exception):
    """An error that the user can understand and act on."""

    exit_code = 1


class NoSuchTarget(ChatError):
    """There is nobody, and no room, of that name."""

    exit_code = 3


class NotConnected(ChatError):
    """No server could be reached, or the connection was lost."""

    exit_code = 4


class NotNow(NotConnected):
    """The server lets nobody in, or not this user, for a while: later it will."""


class Refused(ChatError):
    """The server understood and said no."""

    exit_code = 5


class TimedOut(ChatError):
    """The server did not acknowledge in time; the outcome is unknown."""

    exit_code = 6


class LoginRefused(ChatError):
    """The server does not let this user in."""

    exit_code = 7


class NameTaken(LoginRefused):
    """Somebody has this name, and no password was offered."""


class PasswordRefused(LoginRefused):
    """Somebody has this name, and the offered password is not theirs."""


class OtherServer(LoginRefused):
    """At this address there is another server now; it has heard no secret.

    ``announced``: its id, '' when it does not say one.
    """

    def __init__(self, server: str, announced: str) -> None:
        super().__init__(
            f"{server} is another server now, or has lost all its data: log in again if you know it"
        )
        self.announced = announced


class NothingFound(ChatError):
    """No message is as it was wanted."""

    exit_code = 8


def kept_out(password: str | None) -> LoginRefused:
    """Tell whom a server with a password of its own keeps out what to do.

    ``password``: what was given for it, None or '' = nothing.
    """
    why = "that is not the server's password" if password else "the server wants a password"
    where = "in CHAT_SERVER_PASSWORD or with --server-password-file"
    return LoginRefused(f"{why}: give {'the right one' if password else 'it'} {where}")
