"""How things stand with the connection of a session, and what its user can do about it."""

from __future__ import annotations

import asyncio

from chatd.wire.message import Message
from cli.client import events as ev
from cli.client.arrival import Arrival
from cli.client.errors import Refused
from cli.client.halt import Halt
from cli.client.handshake import Login
from cli.client.watched import Watched


class Standing:
    """Needs what a session has."""

    login: Login
    _arrival: Arrival
    stays = False
    """Wait for the user when the server does not let them in again, instead of ending."""
    _connection: Watched | None
    _halt: Halt
    _pausing: asyncio.Task[None] | None = None
    """Runs between two tries."""
    _closing = False
    _again = False
    """Whether there was another connection before this one."""
    _there_until = 0.0
    """When the user has been gone for long, by the loop's clock."""

    @property
    def connected(self) -> bool:
        """Tell whether there is a logged-in connection."""
        return self._connection is not None

    @property
    def server(self) -> str:
        """The address of the gateway that we are logged in at, '' for none."""
        return "" if self._connection is None else str(self._connection.server)

    @property
    def lag(self) -> float | None:
        """Seconds of the last round trip, None when it is not known."""
        return None if self._connection is None else self._connection.watch.lag

    @property
    def stopped(self) -> ev.Stopped | None:
        """Why nothing is tried any more until the user says so, None while it is."""
        return self._halt.stopped

    def begin_in(self, room: str) -> None:
        """Begin, at the first login, in the room that the server names, or else in this one."""
        self._arrival.begin_in(room)

    @property
    def shared(self) -> str:
        """The room that everybody shares, as the server says; '' when it does not."""
        return self._arrival.shared

    async def home(self) -> str:
        """Return the room where one begins, '' for none. Raises NotConnected."""
        while not self._arrival.decided and self._connection is not None:
            for message in await self._connection.receive():
                self._handle(message)
        return self._arrival.home

    def _handle(self, message: Message) -> None:
        raise NotImplementedError

    def attend(self) -> None:
        """Take note that the user is there, as at each key: a silent server is noticed sooner."""
        if self._connection is not None:
            self._there_until = self._connection.attend()

    def reconnect(self) -> None:
        """Leave this connection for the next one; while there is none, try again at once."""
        if self._halt.stopped is not None:
            self._halt.go_on()
        elif self._connection is not None:
            self._connection.drop()
        elif self._pausing is not None:
            self._pausing.cancel()

    def give_password(self, password: str) -> None:
        """Log in with a password that the user was asked for. Raises ChatError if it is none."""
        if self.stopped is None or not self.stopped.password:
            raise Refused("no password is wanted at the moment")
        self.login.give(password)
        self._halt.go_on()
