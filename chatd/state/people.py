"""Who is here, and who was."""

from __future__ import annotations

from chatd.state.local import Receiver, user_of
from chatd.store.login import Counts
from chatd.store.pages import Rows
from chatd.store.pending import Pending
from chatd.store.staff import Was
from chatd.store.store import Person, Store, Whois

_STRANGER = "*"
"""Nobody's name: does not see who is invisible."""


class People:
    """Questions about users. Names and rooms are folded; ``start``: see `Rows.following`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def named(self, *names: str) -> Pending[list[Person]]:
        """Who of these is online, in that order."""
        return self._store.named(*names)

    def in_room(self, session: Receiver, room: str, start: str) -> Pending[Rows[Person]]:
        """A page of the members of a room whom the asker may see."""
        return self._store.who(room, user_of(session).key, start)

    def everybody(self, session: Receiver, start: str) -> Pending[Rows[Person]]:
        """A page of all whom the asker may see."""
        return self._store.who("", user_of(session).key, start)

    def roster(self, start: str) -> Pending[Rows[Person]]:
        """A page of all whom a stranger may see."""
        return self._store.who("", _STRANGER, start)

    def whois(self, session: Receiver, name: str) -> Pending[Whois | None]:
        """One user as the asker may see them, or None."""
        return self._store.whois(name, user_of(session).key)

    def whowas(self, name: str, most: int) -> Pending[list[Was]]:
        """Who had a name, the latest first; ``most`` 0 = all that are kept."""
        return self._store.whowas(name, most)

    def counts(self) -> Pending[Counts]:
        """How many users and rooms there are."""
        return self._store.counts()
