"""The operators of the configuration: names and passwords in a file, read again at REHASH."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path

from chatd.settings import ConfigError, read_operators
from chatd.state.accounts import Accounts

log = logging.getLogger(__name__)


class Operators:
    """Checks what OPER says: a name of the file, or an account that is marked as an operator's."""

    def __init__(self, file: Path | None, accounts: Accounts) -> None:
        self._file = file
        self._accounts = accounts
        self._secrets: dict[str, str] = read_operators(file) if file is not None else {}

    @property
    def names(self) -> list[str]:
        """The names of the file."""
        return sorted(self._secrets)

    def reload(self) -> None:
        """Read the file again; what cannot be read leaves everything as it was."""
        if self._file is None:
            return
        try:
            self._secrets = read_operators(self._file)
        except ConfigError as error:
            log.error("the operators stay as they were: %s", error)

    async def verify(self, name: str, password: str) -> bool:
        """Whether the password is right. Raises TooBusy, StoreUnavailable."""
        secret = self._secrets.get(name)
        if secret is None:
            return await self._accounts.verify_operator(name, password)
        if secret.startswith("$argon2"):
            return await self._accounts.matches(secret, password)
        return hmac.compare_digest(secret.encode(), password.encode())
