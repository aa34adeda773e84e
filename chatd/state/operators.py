"""The operators of the configuration: names and passwords in a file, read again at REHASH."""

from __future__ import annotations

from collections.abc import Mapping

from chatd.state.accounts import Accounts


class Operators:
    """Checks what OPER says: a name of the file, or an account that is marked as an operator's.

    ``secrets``: name -> password, or argon2id of one.
    """

    def __init__(self, secrets: Mapping[str, str], accounts: Accounts) -> None:
        self.secrets = secrets
        self._accounts = accounts

    async def verify(self, host: str, name: str, password: str) -> bool:
        """Whether the password is right. Raises TooBusy, TooSoon, StoreUnavailable."""
        secret = self.secrets.get(name)
        if secret is None:
            return await self._accounts.verify_operator(host, name, password)
        return await self._accounts.matches(host, name, secret, password)
