"""Logging in: from an open connection to a welcomed, authenticated session. No I/O.

Lines come in as messages, lines go out as bytes. The order is that of
https://ircv3.net/specs/extensions/capability-negotiation and sasl-3.1: capabilities, SASL, CAP END;
then, for a free name, https://ircv3.net/specs/extensions/account-registration .
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chatd.wire.message import Message, format_line
from chatd.wire.text import truncate_utf8
from cli.client.errors import (
    LoginRefused,
    NameTaken,
    NotConnected,
    NotNow,
    OtherServer,
    PasswordRefused,
    kept_out,
)
from cli.client.gateways import Expected
from cli.client.login import Login as Login
from cli.client.sasl import Exchange, exchange

SEARCH: Final = "soju.im/search"
"""Capability to search, and type of the batch with what is found."""

WANTED: Final = (
    "message-tags",
    "server-time",
    "batch",
    "echo-message",
    "labeled-response",
    "standard-replies",
    "account-tag",
    "away-notify",
    "extended-join",
    "multi-prefix",
    "setname",
    "chghost",
    "invite-notify",
    "cap-notify",
    "sasl",
    "draft/account-registration",
    "draft/chathistory",
    "draft/read-marker",
    "draft/multiline",
    "draft/message-redaction",
    "draft/channel-rename",
    "chatd/id",
    "chatd/gateways",
    SEARCH,
)
"""Capabilities that this client has a use for, asked for when they are offered."""

PLAYBACK: Final = "draft/event-playback"
"""Has what people reacted played back, too; wanted where pages of the past are shown."""

UNSEEN: Final = "draft/pre-away"
"""Lets a login say that nobody looks at it; https://ircv3.net/specs/extensions/pre-away ."""

CAP_BYTES: Final = 400
"""Of the names in one CAP REQ: with the server's name and ours before them they come back."""

_ANY: Final = Expected()

_BUSY = "the server cannot log anybody in at the moment"


class Handshake:
    """The state of one login; `done` when it is over.

    `receive` raises LoginRefused (or one of its kinds) when the server says no for good, and
    NotConnected when another try, or another server, may succeed.
    """

    def __init__(
        self,
        login: Login,
        expected: Expected = _ANY,
        server: str = "it",
        sts: Callable[[str], None] | None = None,
        *,
        exposed: bool = False,
    ) -> None:
        """``sts`` takes what the server says of TLS. ``exposed``: there is none here.

        Then it hears no PASS before it has said so, and no password that can be proved instead.
        """
        login.check()
        self._login = login
        self._expected = expected
        self._server = server
        self._sts = sts
        self._exposed = exposed
        self._owes_pass = exposed or expected.data != ""
        self.offered: dict[str, str] = {}
        """Capabilities of the server, with their values."""
        self._asked = 0
        self._capped = False
        self._sasl: Exchange | None = None
        self._refused = False
        self._nick_refused = False
        self._claiming = False
        self.caps: set[str] = set()
        self.nick = login.name
        self.welcomed = False
        self.done = False
        self.authenticated = False
        self.claimed = False
        self.claim_problem = ""
        """Why a free name could not be claimed, empty when it was or needed not be."""
        self.early: list[Message] = []
        """What came after the welcome and is not for the handshake."""

    def start(self) -> list[bytes]:
        """Return the first lines to send."""
        login = self._login
        lines = [format_line("CAP", "LS", "302")]
        if not self._owes_pass:
            lines += self._pass()
        lines.append(format_line("NICK", login.name))
        lines.append(format_line("USER", login.name, "0", "*", login.name))
        return lines

    def _pass(self) -> list[bytes]:
        password = self._login.server_password
        return [format_line("PASS", password)] if password else []

    def receive(self, message: Message) -> list[bytes]:
        """Take one message, return the lines that answer it."""
        match message.command:
            case "PING":
                return [pong(message)]
            case "CAP":
                return self._cap(message.params)
            case "AUTHENTICATE" if self._sasl is not None:
                return self._sasl.take(message.params[-1] if message.params else "+")
            case "903" if self._sasl is not None:
                return self._sasl_over(succeeded=True)
            case "902":
                raise LoginRefused(f"{self._login.name} is locked: {_text(message)}")
            case "904" if self._sasl is not None and (other := self._sasl.otherwise()):
                self._sasl = other
                return other.begin()
            case "904" | "905" | "906" | "908" if self._sasl is not None:
                return self._sasl_over(succeeded=False)
            case "433":
                self._nick_refused = True
                return [] if self._may_authenticate() else self._taken()
            case "001":
                return self._welcome(message)
            case "REGISTER" | "FAIL":
                return self._standard_reply(message)
            case _:
                return self._refusal(message)

    def _cap(self, params: list[str]) -> list[bytes]:
        verb = params[1].upper() if len(params) > 1 else ""
        values = {
            name: value for name, _, value in (cap.partition("=") for cap in params[-1].split())
        }
        names = list(values)
        if verb == "LS" and not self._capped:
            self.offered.update(values)
            if len(params) > 3 and params[2] == "*":
                return []
            every = dict.fromkeys((*WANTED, *self._login.caps))
            wanted = [cap for cap in every if cap in self.offered]
            self._capped = True
            if self._sts is not None and "sts" in self.offered:
                self._sts(self.offered["sts"])
            before = self._is_known()
            return before + (self._request(in_lines(wanted)) if wanted else self._end())
        if verb == "NAK" and len(names) > 1 and self._asked:
            self._asked -= 1
            again = [name for name in names if name in (*WANTED, *self._login.caps)]
            return self._request(again) or ([] if self._asked else self._begin_sasl())
        if verb in ("ACK", "NAK") and self._asked:
            self._asked -= 1
            if verb == "ACK":
                self.caps.update(names)
            return [] if self._asked else self._begin_sasl()
        if verb == "DEL":
            self.caps.difference_update(names)
        return []

    def _is_known(self) -> list[bytes]:
        """Go on with a server that says the right thing of itself, before it hears any secret."""
        announced = self.offered.get("chatd/gateways", "")
        if not self._expected.fits(announced):
            raise OtherServer(self._server, announced)
        return self._pass() if self._owes_pass else []

    def _request(self, wanted: list[str]) -> list[bytes]:
        self._asked += len(wanted)
        return [format_line("CAP", "REQ", caps) for caps in wanted]

    def _begin_sasl(self) -> list[bytes]:
        if self._login.password is None or "sasl" not in self.caps:
            return self._end()
        self._sasl = exchange(self._login, self.offered.get("sasl", ""), exposed=self._exposed)
        return self._sasl.begin()

    @property
    def computes(self) -> bool:
        """The next answer may take as long as a login has to take."""
        return self._sasl is not None and self._sasl.computes

    def _sasl_over(self, *, succeeded: bool) -> list[bytes]:
        """Go on after SASL; a refused secret is fatal only if somebody does have the name."""
        if succeeded and self._sasl is not None and not self._sasl.proven:
            raise self._sasl.impostor()
        self._sasl = None
        self.authenticated, self._refused = succeeded, not succeeded
        return self._end()

    def _end(self) -> list[bytes]:
        self._capped = True
        end = [format_line("CAP", "END")]
        if UNSEEN in self._login.caps and UNSEEN in self.caps:
            end = [format_line("AWAY", "*"), *end]
        if not self._nick_refused:
            return end
        if not self.authenticated:
            return self._taken()
        self._nick_refused = False
        return [format_line("NICK", self._login.name), *end]

    def _may_authenticate(self) -> bool:
        if self._login.password is None:
            return False
        return not self._capped or bool(self._asked) or self._sasl is not None

    def _taken(self) -> list[bytes]:
        name = self._login.name
        if self._refused:
            raise PasswordRefused(f"this is not the password of {name}")
        raise NameTaken(f"{name} is somebody's name, and a password is needed for it")

    def _welcome(self, message: Message) -> list[bytes]:
        if not self._capped:
            self._is_known()
        self.nick = message.params[0] if message.params else self._login.name
        self.welcomed = True
        self.early.append(message)
        claim = self._login.claim
        if self.authenticated or claim is None:
            self.done = True
            return []
        if "draft/account-registration" not in self.caps:
            self.done = True
            if self._login.invitation or "chatd/gateways" in self.offered:
                self._not_claimed("the server makes no accounts: ask who runs it")
            return []
        self._claiming = self._login.claim_sent = True
        ground = f"invite:{self._login.invitation}" if self._login.invitation else "*"
        return [format_line("REGISTER", "*", ground, claim)]

    def _not_claimed(self, why: str) -> None:
        """The name is nobody's still; who is invited has come for it."""
        if self._login.invitation:
            raise LoginRefused(f"{self._login.name} could not be claimed: {why}")
        self.claim_problem = why

    def _standard_reply(self, message: Message) -> list[bytes]:
        subject = message.params[0] if message.params else ""
        code = message.params[1] if len(message.params) > 1 else ""
        if self._claiming and (message.command, subject) == ("REGISTER", "SUCCESS"):
            self._login.secret = self._login.claim
            self.authenticated = self.claimed = self.done = True
        elif self._claiming and subject in ("REGISTER", "*"):
            self._login.claim_sent = False
            hint = "give it with --invite TOKEN" if code == "INVITATION_REQUIRED" else ""
            self._not_claimed(_text(message) if not hint else f"an invitation is needed: {hint}")
            self.done = True
        elif message.command == "FAIL" and not self.welcomed:
            if code == "TOO_MANY_ATTEMPTS":
                raise NotNow(_text(message))
            if code == "TEMPORARILY_UNAVAILABLE":
                raise NotNow(f"{_BUSY}: {_text(message)}")
            if self._sasl is not None:
                return self._sasl_over(succeeded=False)
            raise LoginRefused(_text(message))
        else:
            self.early.append(message)
        return []

    def _refusal(self, message: Message) -> list[bytes]:
        if message.command == "ERROR":
            raise NotConnected(f"the server closed the connection: {_text(message)}")
        if self.welcomed:
            self.early.append(message)
            return []
        match message.command:
            case "464":
                raise kept_out(self._login.server_password)
            case "432" | "465":
                raise LoginRefused(f"the server refuses {self._login.name}: {_text(message)}")
            case "400" | "437" | "263":
                raise NotNow(f"{_BUSY}: {_text(message)}")
        return []


def in_lines(words: list[str]) -> list[str]:
    """Join words with spaces, in as many texts as fit lines."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > CAP_BYTES:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def pong(message: Message) -> bytes:
    """Answer a PING. A token that is too long for a line is cut: such a PING means no good."""
    return format_line("PONG", truncate_utf8(message.params[-1] if message.params else "", 400))


def _text(message: Message) -> str:
    return message.params[-1] if message.params else "no reason given"
