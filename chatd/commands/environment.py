"""What outlives a command: the parts of the server, and what a client said before it registered.

Apart from `Context`, because that may be compiled: there the annotations of a dataclass are looked
up when the module is loaded, and what only the type checker imports is not to be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatd.wire import caps as c

if TYPE_CHECKING:
    from chatd.commands.exchange import Exchange
    from chatd.config import Config
    from chatd.settings import Webirc
    from chatd.state.accounts import Accounts
    from chatd.state.admissions import Admissions
    from chatd.state.availability import Availability
    from chatd.state.crowds import Crowds
    from chatd.state.erasures import Erasures
    from chatd.state.events import Event
    from chatd.state.gateways import Gateways
    from chatd.state.history import History
    from chatd.state.hub import Hub
    from chatd.state.inbox import Inbox
    from chatd.state.messages import Messages
    from chatd.state.moderation import Moderation
    from chatd.state.network import Network
    from chatd.state.operators import Operators
    from chatd.state.ownership import Ownership
    from chatd.state.people import People
    from chatd.state.presence import Presence
    from chatd.state.profiles import Profiles
    from chatd.state.reading import Reading
    from chatd.state.rooms import Rooms
    from chatd.state.search import Search
    from chatd.state.sessions import Sessions
    from chatd.state.staff import Staff
    from chatd.state.users import Users


@dataclass(slots=True)
class Registration:
    """What a client has said before it is registered."""

    nick: str = ""
    user: str = ""
    realname: str = ""
    passwords: list[str] = field(default_factory=list)
    """What PASS has said, the latest lines."""
    passwords_read: bool = False
    """Whether the account's password among them was checked."""
    negotiating: bool = False
    sasl: Exchange | None = None
    """The open exchange of AUTHENTICATE."""
    failures: int = 0
    """Wrong passwords, and tries that came too soon."""
    host: str = ""
    """Name of the client's host, where a gateway has said it."""
    metadata: dict[str, str] | None = None
    """Values that it has set, None = none."""
    replay: int | None = None
    """Lines of each room that the login asks for; None = as many as its account has chosen."""
    away: str | None = None
    """Away text, '' = present; None = nothing was said."""


@dataclass(slots=True)
class Server:
    """What all sessions of a gateway share."""

    config: Config
    hub: Hub
    network: Network
    availability: Availability
    accounts: Accounts
    operators: Operators
    presence: Presence
    rooms: Rooms
    moderation: Moderation
    ownership: Ownership
    sessions: Sessions
    users: Users
    people: People
    profiles: Profiles
    reading: Reading
    inbox: Inbox
    history: History
    search: Search
    erasures: Erasures
    messages: Messages
    staff: Staff
    gateways: Gateways
    crowds: Crowds
    admissions: Admissions
    render: Callable[[Event, int], bytes]
    """Writes an event for a client with these capabilities; the session layer's."""
    version: str
    motd: list[str]
    started_ms: int
    webirc: tuple[Webirc, ...] = ()
    """Who may say on whose behalf it connects."""
    isupport: list[list[str]] = field(default_factory=list)
    capabilities: tuple[c.Cap, ...] = c.OFFERED
    """All that this server has."""
    offered: tuple[c.Cap, ...] = ()
    """Those that can be had at present."""
    told: dict[str, object] = field(default_factory=dict)
    """Each `Template` of what every new user is told."""

    def __post_init__(self) -> None:
        self.offered = self.capabilities

    def offer(self, capability: c.Cap) -> None:
        """Offer one more."""
        self.capabilities = self.offered = (*self.capabilities, capability)
