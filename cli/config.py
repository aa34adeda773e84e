"""What the client keeps between runs: secrets, and who logged in last.

Everything is in one state directory (`--state-dir`, ``CHAT_STATE_DIR``, else the platform's own):

    last/<server>                the name that logged in there last
    here/<server>/<name>         the server's time up to which this name has seen what was said
    credentials/<server>/<name>  JSON: secret (text), generated (true: known nowhere else), and
                                 next (text) while that is to become the secret

Directories have the mode 0700 and files 0600. A file is replaced in one step, so that a reader
sees the old or the new one, whatever happens meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import platformdirs

from cli.client.checks import check_password
from cli.client.connection import Server
from cli.client.conversation import folded, read_time, server_time
from cli.client.errors import ChatError

DEFAULT_SERVER = "127.0.0.1:6667"
"""Where ``chatd serve`` listens when it is not told otherwise."""


def parse_servers(texts: Sequence[str]) -> list[Server]:
    """Read ``--server`` values, each with one or more addresses. Raises ChatError."""
    names = [name for text in texts for name in text.replace(",", " ").split()]
    servers = [Server.parse(name) for name in names or [DEFAULT_SERVER]]
    return list(dict.fromkeys(servers))


def new_secret() -> str:
    """Make a password that nobody can guess or needs to type."""
    return secrets.token_urlsafe(24)


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


class State:
    """The files of one state directory, for one server given by its addresses.

    What is kept is kept for each address: all addresses that are given together are one server.
    """

    def __init__(self, directory: Path | None, servers: Sequence[Server]) -> None:
        self.directory = directory or Path(platformdirs.user_state_dir("chatd"))
        self._servers = [str(server) for server in servers]

    def credential(self, name: str) -> Credential | None:
        """Return what is kept for a name, None when there is nothing."""
        for server in self._servers:
            text = self._read("credentials", server, name)
            if text is not None:
                return self._credential(text, name)
        return None

    def elsewhere(self, name: str) -> list[str]:
        """Return the other addresses for which something is kept for this name."""
        try:
            servers = sorted(path for path in (self.directory / "credentials").iterdir())
        except OSError:
            return []
        found = [path.name for path in servers if (path / _file_name(folded(name))).exists()]
        mine = {_file_name(server) for server in self._servers}
        return [unquote(server) for server in found if server not in mine]

    def keep(self, name: str, credential: Credential) -> None:
        """Store what logs a name in. Raises ChatError when it cannot be stored."""
        text = self._text(credential)
        for server in self._servers:
            self._write(text, "credentials", server, name)

    def keep_new(self, name: str, credential: Credential) -> Credential:
        """Store a generated secret unless another process was faster; return what is stored."""
        text = self._text(credential)
        self._write(text, "credentials", self._servers[0], name, new=True)
        kept = self.credential(name) or credential
        self.keep(name, kept)
        return kept

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

    def secrets(self, name: str) -> list[str]:
        """Return what may log a name in by now, the likeliest first."""
        kept = self.readable(name)
        return kept.secrets if kept is not None else []

    def forget(self, name: str, secret: str | None = None) -> None:
        """Remove what is kept for a name, if anything; with ``secret`` only if it is that."""
        for server in self._servers:
            path = self._path("credentials", server, name)
            text = self._read("credentials", server, name) if secret is not None else None
            if secret is None or (text and self._credential(text, name).secret == secret):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise ChatError(f"cannot remove {path}: {error.strerror}") from None

    @property
    def last(self) -> str | None:
        """The name that logged in last at this server."""
        names = (self._read("last", server) for server in self._servers)
        return next((name for name in names if name), None)

    def logged_in(self, name: str) -> None:
        """Remember who logged in last."""
        for server in self._servers:
            self._write(name, "last", server)

    def here(self, name: str) -> float | None:
        """Return the time by the server's clock up to which a name has seen what was said."""
        times = []
        for server in self._servers:
            with contextlib.suppress(ChatError):  # nobody is kept out for want of this
                times.append(read_time(self._read("here", server, name) or ""))
        return max((at for at in times if at is not None), default=None)

    def was_here(self, name: str, at: float) -> None:
        """Remember up to when a name has seen what was said, unless it has seen more."""
        if at > (self.here(name) or 0.0):
            for server in self._servers:
                self._write(server_time(at), "here", server, name)

    def _path(self, *names: str) -> Path:
        return self.directory.joinpath(names[0], *(_file_name(folded(name)) for name in names[1:]))

    def _read(self, *names: str) -> str | None:
        path = self._path(*names)
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise ChatError(f"cannot read {path}: {error}") from None

    def _write(self, text: str, *names: str, new: bool = False) -> None:
        path = self._path(*names)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp makes the file with the mode 0600.
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if new:
                with contextlib.suppress(FileExistsError):
                    path.hardlink_to(temporary)
                Path(temporary).unlink()
            else:
                Path(temporary).replace(path)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise ChatError(f"cannot write {path}: {why}") from None

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


def _file_name(text: str) -> str:
    """Write a name or an address as a file name, a different one for each."""
    safe = "-_" if text.startswith(".") else "-_."
    return "".join(c if c.isalnum() or c in safe else f"%{ord(c):02X}" for c in text)
