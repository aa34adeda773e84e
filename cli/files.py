"""Small files of one directory that nobody else may read, replaced in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cli.client.errors import ChatError
from cli.client.spelling import folded
from cli.client.tokens import token_hex


class Files:
    """Files by names that may be any text: names of users, addresses.

    Directories have the mode 0700 and files 0600. A reader sees the old or the new file, whatever
    happens meanwhile. What the system refuses is a ChatError.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, *names: str) -> Path:
        """Where a file is; all names but the first may be any text."""
        return self.directory.joinpath(names[0], *(file_name(name) for name in names[1:]))

    def read(self, *names: str) -> str | None:
        """Return what a file holds, None when there is none."""
        path = self.path(*names)
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise ChatError(f"cannot read {path}: {error}") from None

    def write(self, text: str, *names: str) -> None:
        """Replace a file."""
        path = self.path(*names)
        with self._written(text, path) as (temporary, _):
            temporary.replace(path)

    def make(self, text: str, *names: str) -> int | None:
        """Make a file, unless it is there: then None.

        It is locked, as everybody sees who sees it, until the handle that is returned is closed.
        """
        path = self.path(*names)
        with self._written(text, path) as (temporary, handle):
            with contextlib.suppress(OSError):  # not all file systems can
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                path.hardlink_to(temporary)
            except FileExistsError:
                return None
            return os.dup(handle)

    def is_locked(self, *names: str) -> bool:
        """Tell whether who has made a file still has it locked."""
        try:
            handle = os.open(self.path(*names), os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return isinstance(error, BlockingIOError)
        finally:
            os.close(handle)
        return False

    @contextlib.contextmanager
    def _written(self, text: str, path: Path) -> Iterator[tuple[Path, int]]:
        """Write a text beside its file; give where, and its handle. Raises ChatError."""
        temporary = path.parent / f".new-{token_hex(8)}"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(handle)
                yield temporary, handle
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise ChatError(f"cannot write {path}: {why}") from None
        finally:
            with contextlib.suppress(OSError):  # it may be a secret, and nobody looks there again
                temporary.unlink()

    def remove(self, *names: str) -> None:
        """Remove a file if it is there."""
        path = self.path(*names)
        try:
            path.unlink(missing_ok=True)
        except NotADirectoryError:
            pass
        except OSError as error:
            raise ChatError(f"cannot remove {path}: {error.strerror}") from None

    def under(self, key: str) -> list[Path]:
        """Return the files of all names under one address."""
        try:
            return sorted(self.path("credentials", key).iterdir())
        except OSError:
            return []

    def inside(self, name: str) -> list[Path]:
        """Return what is in one of the directories, sorted."""
        try:
            return sorted((self.directory / name).iterdir())
        except OSError:
            return []


def file_name(text: str) -> str:
    """Write a name or an address as a file name, a different one for each, but for its case."""
    text = folded(text)
    safe = "-_" if text.startswith(".") else "-_."
    return "".join(c if c.isalnum() or c in safe else f"%{ord(c):02X}" for c in text)
