"""Who logs in, and with what."""

from __future__ import annotations

from collections.abc import Callable

from cli.client.checks import check_login_name, check_password
from cli.client.dataclass import dataclass


@dataclass(slots=True)
class Login:
    """Who logs in. ``secret`` is tried with SASL; ``claim`` registers the name if it is free.

    ``caps``: capabilities that are wanted besides `WANTED`.
    ``claim_sent`` is set while the server has the claim and has not answered: then it may be the
    secret already, and is tried as one if the connection breaks.
    """

    name: str
    secret: str | None = None
    claim: str | None = None
    server_password: str | None = None
    invitation: str = ""
    """Token with which the name is claimed; then it is claimed, or the login is refused."""
    claim_sent: bool = False
    caps: tuple[str, ...] = ()
    """Asked for besides `WANTED`; with `UNSEEN` nobody sees the user come back by this login."""
    device: str = ""
    """What the session is called, empty for nothing: another of that name is gone on with."""
    kept: Callable[[], list[str]] | None = None
    """Reads what may log the name in by now, the likeliest first; None when nothing is kept."""

    given: bool = False
    """The secret was typed just now, and has not logged in yet."""
    keep: Callable[[str], None] | None = None
    """Keeps a typed secret that has logged in."""
    key: str = ""
    """What SCRAM has computed of the password, in this process or an earlier one; '' = nothing."""
    kept_key: Callable[[], str] | None = None
    """Reads what an earlier process has computed."""
    keep_key: Callable[[str], None] | None = None

    def check(self) -> None:
        """Raise ChatError when something of it cannot be what it is for."""
        check_login_name(self.name)
        for password in filter(None, (self.password, self.claim)):
            check_password(password, "the password")
        if self.server_password:
            check_password(self.server_password, "the server's password")

    def give(self, password: str) -> None:
        """Log in with a password that was typed. Raises ChatError when it cannot be one."""
        check_password(password, "the password")
        self.secret, self.given = password, True

    @property
    def is_kept(self) -> bool:
        """What logs in is kept here, and was not typed just now."""
        return self.kept is not None and not self.given

    def known_key(self) -> str:
        """Return what was computed of a password before; it may be of another one."""
        if not self.key and self.kept_key is not None:
            self.key = self.kept_key()
        return self.key

    def remember_key(self, key: str) -> None:
        """Keep what was computed: the next login need not."""
        if key != self.key and self.keep_key is not None:
            self.keep_key(key)
        self.key = key

    def accepted(self) -> None:
        """Take note that it has logged in."""
        if self.given and self.secret is not None and self.keep is not None:
            self.keep(self.secret)
        self.given = False

    def known(self) -> set[str]:
        """Return all that may log the name in by now."""
        kept = self.kept() if self.kept is not None else []
        return {*kept, self.password or ""}

    def renew(self) -> None:
        """Take what is kept by now: the password may have been changed since the last login."""
        if self.given:
            return
        known = self.kept() if self.kept is not None else []
        if known and self.secret is not None and self.secret not in known:
            self.secret = known[0]

    def another(self, refused: set[str]) -> bool:
        """Take a secret that was not refused yet; return whether there is one."""
        known = self.kept() if self.kept is not None else []
        fresh = [secret for secret in known if secret not in refused]
        if fresh:
            self.secret, self.given = fresh[0], False
        return bool(fresh)

    @property
    def password(self) -> str | None:
        """What to authenticate with, None for nothing."""
        return self.claim if self.secret is None and self.claim_sent else self.secret
