"""The mechanism SCRAM-SHA-256. What its messages are: `chatd.wire.scram`."""

from __future__ import annotations

from typing import NamedTuple

from chatd.commands.exchange import Exchange, Proved, Wrong, may_be
from chatd.state.accounts import Accounts
from chatd.state.verifiers import Shown
from chatd.wire.casemap import fold
from chatd.wire.login import Login, read_login
from chatd.wire.scram import ClientFirst, Dialogue, WrongProof, read_first


class Scram(Exchange):
    """Three answers of the client: its nonce, its proof, and an empty one.

    https://www.rfc-editor.org/rfc/rfc5802#section-3
    """

    def __init__(self, accounts: Accounts, host: str, certificate: str = "") -> None:
        super().__init__(accounts, host, certificate)
        self._begun: _Begun | None = None
        self._proved: Proved | None = None

    async def step(self, answer: bytes) -> bytes | Proved:
        """Take the next of them."""
        if self._proved is not None:
            # "If the mechanism finishes with the server sending a non-empty challenge (such as in
            # SCRAM), clients MUST still send an empty response."
            if answer:
                raise ValueError("more than an empty response")
            return self._proved
        if self._begun is None:
            return await self._begin(read_first(answer))
        return await self._check(self._begun, answer)

    async def _begin(self, first: ClientFirst) -> bytes:
        login = read_login(first.name)
        if not may_be(first.authzid, first.name, login):
            raise Wrong
        key = fold(login.name)
        shown = await self._accounts.verifiers.shown(key)
        dialogue = Dialogue(first, shown.verifier)
        self._begun = _Begun(login, key, shown, dialogue)
        return dialogue.first.encode()

    async def _check(self, begun: _Begun, answer: bytes) -> bytes:
        """Nothing is computed that takes long: no thread, and nobody waits in a queue.

        The try begins here: who has said a name only has tried no password, and takes nobody's
        turn.
        """
        attempt = await self._accounts.attempts.begin(self._host, begun.key)
        with attempt:
            now = await self._accounts.verifiers.shown(begun.key)
            try:
                final = begun.dialogue.check(answer)
            except WrongProof:
                await attempt.was_wrong()
                raise Wrong from None
            # changed or gone meanwhile
            if now.account is None or now.verifier != begun.shown.verifier:
                await attempt.was_wrong()
                raise Wrong
            await attempt.was_right()
        self._proved = Proved(begun.login, now.account)
        return final


class _Begun(NamedTuple):
    """Who wants to log in, from the first answer on."""

    login: Login
    key: str
    shown: Shown
    dialogue: Dialogue
