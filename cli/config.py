"""What the client keeps between runs: secrets, and who logged in last.

Everything is in one state directory (`--state-dir`, ``CHAT_STATE_DIR``, else the platform's own):

    last/<key>                the name that logged in there last
    here/<key>/<name>         the server's time up to which this name has seen what was said
    credentials/<key>/<name>  JSON: secret (text), generated (true: known nowhere else), and
                              next (text) while that is to become the secret
    keys/<key>/<name>         what SCRAM has computed of the secret, see `cli.client.scram`; "-":
                              it was refused, see `cli.client.sasl`
    open/<key>/<name>         which conversations are open on the full screen
    drafts/<key>/<name>       what was written there and not sent
    settings.json             what was chosen in the chat, see `cli.settings`
    servers/<key>             which addresses are one server, see `cli.servers`
    pins/, sts/               whose certificates are believed, see `cli.trusted`
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from cli.client import tokens
from cli.client.checks import check_password
from cli.client.connection import Server
from cli.client.dataclass import dataclass
from cli.client.errors import ChatError
from cli.client.gateways import Gateways
from cli.client.spelling import read_time, server_time
from cli.client.trust import Trust
from cli.files import Files, file_name
from cli.servers import Servers
from cli.trusted import Trusted

DEFAULT_SERVER = "127.0.0.1:6667"
"""Where ``chatd serve`` listens when it is not told otherwise."""


def parse_servers(texts: Sequence[str]) -> list[Server]:
    """Read ``--server`` values, each with one or more addresses. Raises ChatError."""
    names = [name for text in texts for name in text.replace(",", " ").split()]
    if texts and not names:
        raise ChatError("there is no address in it: write HOST:PORT")
    servers = [Server.parse(name) for name in names or [DEFAULT_SERVER]]
    return list(dict.fromkeys(servers))


def new_secret() -> str:
    """Make a password that nobody can guess or needs to type."""
    return tokens.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Credential:
    """A password as it is kept. ``generated``: by us, so it is known nowhere else.

    ``next`` is the one that the server was asked to take instead, until its answer is known.
    """

    secret: str
    generated: bool
    next: str | None = None

    @property
    def secrets(self) -> list[str]:
        """Return the passwords to try, the likeliest first."""
        return [self.secret] if self.next is None else [self.secret, self.next]


def _state_directory() -> Path:
    """Where the platform has such things."""
    platform: str = sys.platform
    if platform == "linux":  # as below, in a tenth of the time
        home = os.environ.get("XDG_STATE_HOME", "").strip() or "~/.local/state"
        return Path(home).expanduser() / "chatd"
    from platformdirs import user_state_path

    return user_state_path("chatd")


class State:
    """The files of one state directory, for one server given by its addresses."""

    def __init__(
        self,
        directory: Path | None,
        servers: Sequence[Server],
        ca_file: Path | None = None,
        pins: Sequence[str] = (),
    ) -> None:
        self._files = Files(directory or _state_directory())
        self.trust = Trust(Trusted(self._files), ca_file, pins)
        self._servers = Servers(self._files, servers, self.trust)
        self._claims: list[int] = []
        """Handles that lock what was stored for names that are just being claimed."""

    @property
    def directory(self) -> Path:
        """Where all of it is."""
        return self._files.directory

    def gateways(self) -> Gateways:
        """Return where the server is reached; what it tells is remembered."""
        return self._servers.gateways()

    def turn_to(self, announced: str) -> None:
        """Mean another server at the same address, the one with this id."""
        self._servers.turn_to(announced)

    def credential(self, name: str) -> Credential | None:
        """Return what is kept for a name, None when there is nothing."""
        for key in self._servers.keys:
            text = self._files.read("credentials", key, name)
            if text is not None:
                return self._credential(text, name)
        return None

    def names(self) -> list[str]:
        """Return the names for which something is kept for this server, folded."""
        found = {path.name for key in self._servers.keys for path in self._files.under(key)}
        return sorted(unquote(name) for name in found if not name.startswith("."))

    def elsewhere(self, name: str) -> list[str]:
        """Return addresses of the other servers for which something is kept for this name."""
        folders = self._files.inside("credentials")
        found = [path.name for path in folders if (path / file_name(name)).exists()]
        mine = {file_name(key) for key in self._servers.keys}
        return [unquote(self._servers.names(one)) for one in found if one not in mine]

    def keep(self, name: str, credential: Credential) -> None:
        """Store what has logged a name in. Raises ChatError when it cannot be stored."""
        self._files.write(self._text(credential), "credentials", self._servers.keys[0], name)
        self._servers.logged_in()

    def keep_new(self, name: str, credential: Credential) -> Credential:
        """Store a generated secret unless another process was faster; return what is stored.

        Others wait until `claim_is_over`, or this process, before they log in with it.
        """
        text = self._text(credential)
        handle = self._files.make(text, "credentials", self._servers.keys[0], name)
        if handle is not None:
            self._claims.append(handle)
        return self.credential(name) or credential

    def claim_is_over(self) -> None:
        """Let others log in with what is kept."""
        while self._claims:
            os.close(self._claims.pop())

    def confirm(self, name: str, credential: Credential, read: Credential | None) -> None:
        """Store what has just logged a name in, unless another process stored something meanwhile.

        ``read`` is what was kept when the login began. Raises ChatError when it cannot be stored.
        """
        with self._locked():
            if self.readable(name) in (read, None):
                self.keep(name, credential)

    def readable(self, name: str) -> Credential | None:
        """Return what is kept for a name, None also when it cannot be read."""
        try:
            return self.credential(name)
        except ChatError:
            return None

    def is_being_claimed(self, name: str) -> bool:
        """Tell whether somebody is making a name ours with what they have just kept."""
        return any(self._files.is_locked("credentials", key, name) for key in self._servers.keys)

    def secrets(self, name: str) -> list[str]:
        """Return what may log a name in by now, the likeliest first."""
        kept = self.readable(name)
        return kept.secrets if kept is not None else []

    def forget(self, name: str, secret: str | None = None) -> None:
        """Remove what is kept for a name, if anything; with ``secret`` only if it is that."""
        for key in self._servers.keys:
            text = self._files.read("credentials", key, name) if secret is not None else None
            if secret is None or (text and self._credential(text, name).secret == secret):
                self._files.remove("credentials", key, name)
                self._files.remove("keys", key, name)

    def key(self, name: str) -> str:
        """Return what SCRAM has computed of a secret, '' when nothing is kept."""
        with contextlib.suppress(ChatError):  # it is computed again
            return self.page("keys", name) or ""
        return ""

    def keep_key(self, name: str, key: str) -> None:
        """Keep it, where that can be done."""
        with contextlib.suppress(ChatError):
            self.keep_page("keys", name, key)

    @property
    def last(self) -> str | None:
        """The name that logged in last at this server."""
        names = (self._files.read("last", key) for key in self._servers.keys)
        return next((name for name in names if name), None)

    def logged_in(self, name: str) -> None:
        """Remember who logged in last."""
        self._files.write(name, "last", self._servers.keys[0])
        self._servers.logged_in()

    def here(self, name: str) -> float | None:
        """Return the time by the server's clock up to which a name has seen what was said."""
        times = []
        for key in self._servers.keys:
            with contextlib.suppress(ChatError):  # nobody is kept out for want of this
                times.append(read_time(self._files.read("here", key, name) or ""))
        return max((at for at in times if at is not None), default=None)

    def was_here(self, name: str, at: float) -> None:
        """Remember up to when a name has seen what was said, unless it has seen more."""
        if at > (self.here(name) or 0.0):
            self._files.write(server_time(at), "here", self._servers.keys[0], name)

    def page(self, kind: str, name: str) -> str | None:
        """Return what is kept of a kind for a name (``open``). Raises ChatError."""
        texts = (self._files.read(kind, key, name) for key in self._servers.keys)
        return next((text for text in texts if text is not None), None)

    def keep_page(self, kind: str, name: str, text: str) -> None:
        """Keep it. Raises ChatError."""
        self._files.write(text, kind, self._servers.keys[0], name)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes of this user from changing a secret between a look and a write."""
        path = self.directory / "lock"
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise ChatError(f"cannot write {path}: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @staticmethod
    def _text(credential: Credential) -> str:
        facts = {"secret": credential.secret, "generated": credential.generated}
        return json.dumps(facts if credential.next is None else facts | {"next": credential.next})

    def _credential(self, text: str, name: str) -> Credential:
        try:
            value = json.loads(text)
            secret = str(value["secret"])
            coming = None if value.get("next") is None else str(value["next"])
            for one in (secret, coming or ""):
                check_password(one, "the password")
            return Credential(secret, bool(value["generated"]), coming)
        except (ValueError, KeyError, TypeError, RecursionError, ChatError):
            raise ChatError(
                f"what is kept for {name} cannot be read: forget it with `chat logout {name} "
                "--force`, then log in with the password"
            ) from None
