"""Search: words are asked for on the server; what is found is chosen, and shown in its place."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from chatd.wire.casemap import is_room
from cli.client import events as ev
from cli.client.errors import ChatError
from cli.client.lookback import partner
from cli.client.past import Finding
from cli.client.session import Session
from cli.screen.listing import Row
from cli.screen.picker import Picker

FOUND: Final = 100
"""Messages that are listed: the newest."""

HINT: Final = "Enter searches the server, then goes to what is chosen; from:NAME in:#ROOM narrow it"


class Search(Picker):
    """Answers with a row whose key is the place, a blank, and the msgid."""

    def __init__(self, session: Session, words: str, time_format: str) -> None:
        super().__init__("Search", lambda text: self._rows, placeholder="words", hint=HINT)
        self._session = session
        self._time = time_format
        self._rows: list[Row] = []
        self._asked = ""
        self.field.value = words

    def on_mount(self) -> None:
        """Search for what is known already."""
        super().on_mount()
        if self.field.value:
            self._ask(self.field.value)

    def submit(self) -> None:
        """Search for the words, or choose when that is done."""
        words = self.field.value
        if words.strip() and words != self._asked:
            self._ask(words)
        else:
            super().submit()

    def _ask(self, words: str) -> None:
        self._asked, self._rows = words, []
        self.say("searching ...")
        self.fill()

        def take(found: list[ev.Said] | ChatError) -> None:
            if self.is_attached and words == self._asked:
                self._found(found)

        try:
            self._session.search(Finding(words.strip(), FOUND), take)
        except ChatError as error:
            self._asked = ""
            self.say(str(error))

    def _found(self, found: list[ev.Said] | ChatError) -> None:
        if isinstance(found, ChatError):
            self._asked = ""
            return self.say(str(found))
        self._rows = [self._row(said) for said in reversed(found)]
        self.say(HINT if found else "nothing is found")
        return self.fill()

    def _row(self, said: ev.Said) -> Row:
        place = said.target if is_room(said.target) else partner(said)
        text = " ".join(said.text.split())
        at = datetime.fromtimestamp(said.at).strftime(f"%d %b %Y {self._time}")
        return Row(f"{place} {said.msgid}", f"{place}  {said.source}: {text}", badge=at)
