"""With which secret a name logs in, and what is kept of it afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

from cli.client.asking import Asking
from cli.client.dataclass import dataclass
from cli.client.errors import (
    ChatError,
    LoginRefused,
    NameTaken,
    NotConnected,
    NotNow,
    OtherServer,
    PasswordRefused,
    TimedOut,
)
from cli.client.handshake import Login
from cli.client.reach import Unreached
from cli.client.session import Session
from cli.client.tokens import token_hex
from cli.config import Credential, State, new_secret

AGAIN_S = 5.0
"""At most between two tries to log in where that is refused only for now."""

CLAIMING_S = 20.0
"""For which another process is waited for that has just made a secret, and claims the name."""

LOOK_S = 0.05
"""Between two looks whether it has done so."""

_NONE = Credential("", generated=False)


@dataclass(slots=True)
class SignIn:
    """One attempt: the login, and whether its secret was made for it just now.

    ``password``: the one that the user has given, if any. ``kept`` is what was kept before, None
    for nothing.
    """

    state: State
    login: Login
    password: str | None
    credential: Credential = _NONE
    kept: Credential | None = None
    fresh: bool = False
    busy: NotConnected | None = None
    """Why it had to be tried again."""

    def choose(self) -> None:
        """Take the secret for the server that is meant now."""
        state, name = self.state, self.login.name
        before = state.credential(name) if self.password is None else state.readable(name)
        self.fresh = False
        if self.password is not None:
            self.credential = Credential(self.password, generated=False)
        elif before is not None:
            self.credential = before
        else:
            made = Credential(new_secret(), generated=True)
            self.credential = state.keep_new(name, made)
            self.fresh = self.credential == made
        self.kept = self.credential if self.fresh else before
        self.login.secret = None if self.fresh else self.credential.secret
        self.login.claim = self.credential.secret
        if self.password is None:
            self.login.kept = partial(state.secrets, name)

    async def start_within(self, session: Session | Asking, end: float | None) -> None:
        """Start the session before ``end``, by the loop's clock; None: for as long as it takes.

        What a server refuses only for now is asked for again. Raises as Session.start, NotNow when
        the time is over meanwhile, and TimedOut.
        """
        try:
            async with asyncio.timeout_at(end):
                await self._patiently(session)
        except TimeoutError:
            raise self.busy or TimedOut("no login in this time: nothing was done") from None

    async def _patiently(self, session: Session | Asking) -> None:
        pause = AGAIN_S / 8
        while True:
            try:
                return await self.start(session)
            except NotConnected as error:
                if not _for_now(error):
                    raise
                self.busy = error
                await asyncio.sleep(pause)
                pause = min(pause * 2, AGAIN_S)
                self.choose()  # a secret that is not needed yet was forgotten

    async def start(self, session: Session | Asking) -> None:
        """Start the session; afterwards keep the secret that works. Raises as Session.start."""
        try:
            await self._after_others()
            await self._start(session)
        except OtherServer as error:
            # It has heard no secret: what is kept is for the server that was there before.
            self.state.turn_to(error.announced)
            self.choose()
            session.gateways = self.state.gateways()
            await self._after_others()
            await self._start(session)
        finally:
            self.state.claim_is_over()

    async def _after_others(self) -> None:
        """Wait while another process has made the secret, and claims the name with it.

        Of several that are the first to use a name one makes it ours; the others have its secret.
        Were one of them the first, the maker would take it for somebody else, and forget it.
        """
        clock, name = asyncio.get_running_loop().time, self.login.name
        end = clock() + CLAIMING_S
        while not self.fresh and self.password is None and clock() < end:
            if not self.state.is_being_claimed(name):
                return
            await asyncio.sleep(LOOK_S)
            self.choose()

    async def _start(self, session: Session | Asking) -> None:
        name = self.login.name
        try:
            await session.start()
        except ChatError as error:
            # A claim that the server may have taken must not be lost with the connection.
            if self.fresh and (isinstance(error, LoginRefused) or not self.login.claim_sent):
                self.state.forget(name, self.credential.secret)
            raise
        if session.authenticated:
            self._keep()
            # Should the password be changed meanwhile, the session comes back with the new one.
            self.login.kept = partial(self.state.secrets, name)
            self.login.keep = self._keep_typed
        elif self.fresh:
            self.state.forget(name, self.credential.secret)

    def _keep_typed(self, password: str) -> None:
        """Keep what was typed on the way, and has logged in."""
        with contextlib.suppress(ChatError):  # the session goes on without
            self.state.keep(self.login.name, Credential(password, generated=False))

    def _keep(self) -> None:
        """Keep the secret that works, as what it is."""
        works = self.credential
        if self.login.secret not in (works.secret, None):
            works = Credential(str(self.login.secret), generated=False)
        self.state.confirm(self.login.name, works, self.kept)


def _for_now(error: NotConnected) -> bool:
    errors = error.errors if isinstance(error, Unreached) else [error]
    return any(isinstance(one, NotNow) for one in errors)


def sign_in(
    state: State,
    name: str,
    password: str | None,
    server_password: str | None,
    invitation: str = "",
) -> SignIn:
    """Choose the secret: the one given, else the one kept, else a new one.

    A new one is stored before it is used: a crash later cannot lose a name that is claimed.
    """
    # a device of its own for each run: nobody else goes on with its session, and it takes over none
    login = Login(name, server_password=server_password, device=f"~{token_hex(6)}")
    login.invitation = invitation
    login.kept_key, login.keep_key = partial(state.key, name), partial(state.keep_key, name)
    attempt = SignIn(state, login, password)
    attempt.choose()
    return attempt


def refused(error: LoginRefused, state: State, name: str) -> LoginRefused:
    """Add to a refusal what the user can do about it."""
    if not isinstance(error, NameTaken | PasswordRefused):
        return error
    others = state.elsewhere(name)
    if others and isinstance(error, NameTaken):
        both = f"name both once, as --server {others[0]},HERE"
        return LoginRefused(
            f"{error}. One is kept for {others[0]}: if that is the same server, {both}"
        )
    hint = "give the password in CHAT_PASSWORD or with --password-file, or take another name"
    return LoginRefused(f"{error}: {hint}")


def with_password(
    attempt: Callable[[str | None], None],
    password: str | None,
    ask: Callable[[str], str] | None,
    tries: int = 3,
) -> None:
    """Log in, asking for the password when the name has one that is not known.

    ``ask`` is None when there is nobody to ask. Raises what the last attempt raises.
    """
    while True:
        try:
            return attempt(password)
        except (NameTaken, PasswordRefused) as error:
            if ask is None or tries == 0:
                raise
            tries -= 1
            password = ask(str(error))
