"""Answers of commands as somebody says them who does not speak in numerics: a service."""

from __future__ import annotations

from typing import Final

from chatd.commands.answer import in_batch
from chatd.commands.context import STORE_AWAY, Context
from chatd.wire import numerics as n
from chatd.wire.numerics import Numeric

AS_THEY_ARE: Final = frozenset((n.RPL_LOGGEDIN.code, n.RPL_LOGGEDOUT.code))
"""Numerics that programs wait for, however one has logged in: they come beside the sentence."""
SILENT: Final = frozenset((n.RPL_SASLSUCCESS.code,))
"""What the sentence before has said already."""
OF_SOMETHING: Final = frozenset(("CERTIFICATE",))
"""Codes of NOTE whose text does not say what it is about."""
REFUSED_LOGIN: Final = "The password is wrong, or there is no such account"


class Translated(Context):
    """A command that a service carries out: what it is answered is a NOTICE of the service.

    ``outer``: what was said to the service. ``said``: how many sentences there were; ``failed``:
    one of them was a refusal; ``incomplete``: words are missing.
    """

    __slots__ = ("_last", "_outer", "_service", "failed", "incomplete", "said")

    def __init__(self, outer: Context, service: str, command: str) -> None:
        super().__init__(outer.client, outer.server, command, "")
        self._outer = outer
        self._service = service
        self._last = ""
        self.said = 0
        self.failed = self.incomplete = False

    def say(self, text: str) -> None:
        """Say a sentence; what FAIL and a numeric say both is said once."""
        if text == self._last:
            return
        self._last = text
        self.said += 1
        name = self._service
        source = f"{name}!{name}@{self.server.config.name}"
        self._outer.send("NOTICE", self.nick, text, source=source)

    def write(self, line: bytes) -> None:
        """Lines that are for the program: what was said before, and what has happened."""
        self.said += 1
        self._outer.write(in_batch(line, self._batch) if self._batch else line)

    def send(
        self, command: str, *params: str, source: str | None = None, text_last: bool = False
    ) -> None:
        """A message from the server: its text."""
        if command == "BATCH":
            super().send(command, *params, source=source, text_last=text_last)
        else:
            self.say(params[-1])

    def numeric(self, numeric: Numeric, *params: str, text: str = "") -> None:
        """A numeric: whom or what it is about, and its text."""
        code, last = numeric.code, text or numeric.text
        if code in AS_THEY_ARE:
            self._outer.numeric(numeric, *params, text=text)
        if code in SILENT:
            return
        if numeric is n.ERR_NEEDMOREPARAMS:
            self.failed = self.incomplete = True
            return
        self.failed = self.failed or code[0] in "45" or code == n.ERR_SASLFAIL.code
        if numeric is n.ERR_SASLFAIL and last == numeric.text:
            last = REFUSED_LOGIN
        elif numeric is n.RPL_INVITING:
            last = f"{params[0]} is invited to {params[1]}"
            params = ()
        elif numeric is n.ERR_NICKNAMEINUSE and not text:
            last = "Somebody else has this name"
        about = "" if code in AS_THEY_ARE else " ".join(params)
        self.say(f"{about}: {last}" if about and last else about or last)

    def fail(self, code: str, text: str, *context: str) -> None:
        """FAIL: the sentence alone."""
        self.failed = True
        self.say(text)

    def note(self, code: str, text: str, *context: str) -> None:
        """NOTE: the sentence alone, where that says what it is about."""
        self.say(f"{context[0]}: {text}" if code in OF_SOMETHING else text)

    def unavailable(self) -> None:
        """The store cannot be reached now."""
        self.failed = True
        self.say(STORE_AWAY)

    def finish(self) -> None:
        """What was said to the service is not over with this command."""
