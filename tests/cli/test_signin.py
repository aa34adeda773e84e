"""Several processes of one state directory that are the first to use a name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cli.client.connection import Server
from cli.client.errors import NameTaken, NotConnected, PasswordRefused
from cli.config import Credential, State
from cli.signin import SignIn, sign_in


class Accounts:
    """A server that gives a free name to the first who claims it."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets
        self.logins: list[SignIn] = []

    def attempt(self, directory: Path, name: str = "anna") -> SignIn:
        """Choose a secret, as a process does that has just started."""
        return sign_in(State(directory, [Server("127.0.0.1", 6667)]), name, None, None)


class Line:
    """A session of one attempt."""

    def __init__(self, server: Accounts, attempt: SignIn, *, lost: bool = False) -> None:
        self._server, self._attempt, self._lost = server, attempt, lost
        self.authenticated = False

    async def start(self) -> None:
        await asyncio.sleep(0)
        login, secrets = self._attempt.login, self._server.secrets
        if self._lost:
            raise NotConnected("nobody answers")
        assert login.claim is not None
        if login.name in secrets and login.secret is None:
            raise NameTaken(f"{login.name} is somebody's name")
        if secrets.setdefault(login.name, login.claim) != (login.secret or login.claim):
            raise PasswordRefused(f"this is not the password of {login.name}")
        login.secret, self.authenticated = login.claim, True
        self._server.logins.append(self._attempt)


def begun(server: Accounts, attempt: SignIn, *, lost: bool = False) -> asyncio.Task[None]:
    return asyncio.create_task(attempt.start(Line(server, attempt, lost=lost)))  # type: ignore[arg-type]


async def gets_on() -> None:
    """Let all others do what they can without waiting."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("others", [1, 6])
async def test_the_secret_is_not_forgotten_when_another_process_is_quicker(
    tmp_path: Path, others: int
) -> None:
    """The maker of the secret was refused a name that was its own, and forgot the secret of it."""
    server = Accounts()
    first = server.attempt(tmp_path)
    later = [begun(server, server.attempt(tmp_path)) for _ in range(others)]
    await gets_on()
    await begun(server, first)
    await asyncio.gather(*later)
    kept = State(tmp_path, [Server("127.0.0.1", 6667)]).credential("anna")
    assert kept == Credential(server.secrets["anna"], generated=True)
    assert len(server.logins) == others + 1


async def test_a_name_of_somebody_else_leaves_nothing_behind(tmp_path: Path) -> None:
    server = Accounts(anna="not ours")
    first = server.attempt(tmp_path)
    later = begun(server, server.attempt(tmp_path))
    await gets_on()
    for one in (begun(server, first), later):
        with pytest.raises(NameTaken):
            await one
    assert State(tmp_path, [Server("127.0.0.1", 6667)]).credential("anna") is None


async def test_the_others_go_on_when_the_first_does_not(tmp_path: Path) -> None:
    """Its connection is lost, or it is killed: then the system ends what it has locked."""
    server = Accounts()
    first = server.attempt(tmp_path)
    later = begun(server, server.attempt(tmp_path))
    await gets_on()
    with pytest.raises(NotConnected):
        await begun(server, first, lost=True)
    await later
    assert server.logins[0].credential.secret == server.secrets["anna"]
