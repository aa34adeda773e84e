"""The capabilities that IRCv3 or we define: name, value, one bit each, and where it is specified.

https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from chatd.wire.metadata import LIMITS, LIMITS_3
from chatd.wire.multiline import MAX_BYTES, MAX_LINES

_SPECS: Final = "https://ircv3.net/specs/extensions/"

CAP_MESSAGE_TAGS: Final = 1 << 0
CAP_SERVER_TIME: Final = 1 << 1
CAP_BATCH: Final = 1 << 2
CAP_ECHO_MESSAGE: Final = 1 << 3
CAP_LABELED_RESPONSE: Final = 1 << 4
CAP_STANDARD_REPLIES: Final = 1 << 5
CAP_ACCOUNT_TAG: Final = 1 << 6
CAP_ACCOUNT_NOTIFY: Final = 1 << 7
CAP_AWAY_NOTIFY: Final = 1 << 8
CAP_EXTENDED_JOIN: Final = 1 << 9
CAP_MULTI_PREFIX: Final = 1 << 10
CAP_SETNAME: Final = 1 << 11
CAP_CAP_NOTIFY: Final = 1 << 12
CAP_SASL: Final = 1 << 13
CAP_ACCOUNT_REGISTRATION: Final = 1 << 14
CAP_USERHOST_IN_NAMES: Final = 1 << 15
CAP_INVITE_NOTIFY: Final = 1 << 16
CAP_CHGHOST: Final = 1 << 17
CAP_CHATHISTORY: Final = 1 << 18
CAP_CHATD_ID: Final = 1 << 19
CAP_NO_IMPLICIT_NAMES: Final = 0b111 << 20
"""Three names of one capability, each with a bit of its own."""
CAP_MULTILINE: Final = 1 << 23
CAP_MESSAGE_REDACTION: Final = 1 << 24
CAP_CHANNEL_RENAME: Final = 1 << 25
CAP_EXTENDED_ISUPPORT: Final = 1 << 26
CAP_PRE_AWAY: Final = 1 << 27
CAP_METADATA: Final = 1 << 28
CAP_RELAYMSG: Final = 1 << 29
CAP_OPER_TAG: Final = 1 << 30
CAP_EXTENDED_MONITOR: Final = 1 << 31
CAP_EVENT_PLAYBACK: Final = 1 << 32
CAP_PLAYBACK: Final = 1 << 33
CAP_READ_MARKER: Final = 1 << 34
CAP_SELF_MESSAGE: Final = 1 << 35
CAP_GATEWAYS: Final = 1 << 36
CAP_SEARCH: Final = 1 << 37
CAP_METADATA_3: Final = 1 << 38


@dataclass(frozen=True, slots=True)
class Cap:
    """One capability.

    ``bit`` is its CAP_ one, 0 for one that is told and not asked for; ``value`` is what
    ``CAP LS 302`` shows after ``=``.
    """

    name: str
    bit: int
    link: str
    value: str = ""

    @property
    def offer(self) -> str:
        """The capability as CAP LS and CAP NEW show it."""
        return f"{self.name}={self.value}" if self.value else self.name


CAPS: Final = (
    Cap("message-tags", CAP_MESSAGE_TAGS, f"{_SPECS}message-tags"),
    Cap("server-time", CAP_SERVER_TIME, f"{_SPECS}server-time"),
    Cap("batch", CAP_BATCH, f"{_SPECS}batch"),
    Cap("echo-message", CAP_ECHO_MESSAGE, f"{_SPECS}echo-message"),
    Cap("labeled-response", CAP_LABELED_RESPONSE, f"{_SPECS}labeled-response"),
    Cap("standard-replies", CAP_STANDARD_REPLIES, f"{_SPECS}standard-replies"),
    Cap("account-tag", CAP_ACCOUNT_TAG, f"{_SPECS}account-tag"),
    Cap("account-notify", CAP_ACCOUNT_NOTIFY, f"{_SPECS}account-notify"),
    Cap("away-notify", CAP_AWAY_NOTIFY, f"{_SPECS}away-notify"),
    Cap("extended-join", CAP_EXTENDED_JOIN, f"{_SPECS}extended-join"),
    Cap("multi-prefix", CAP_MULTI_PREFIX, f"{_SPECS}multi-prefix"),
    Cap("setname", CAP_SETNAME, f"{_SPECS}setname"),
    Cap("cap-notify", CAP_CAP_NOTIFY, f"{_SPECS}capability-negotiation"),
    Cap("sasl", CAP_SASL, f"{_SPECS}sasl-3.2", "SCRAM-SHA-256,PLAIN"),
    Cap(
        "draft/account-registration",
        CAP_ACCOUNT_REGISTRATION,
        f"{_SPECS}account-registration",
        "before-connect",
    ),
    Cap("userhost-in-names", CAP_USERHOST_IN_NAMES, f"{_SPECS}userhost-in-names"),
    Cap("invite-notify", CAP_INVITE_NOTIFY, f"{_SPECS}invite-notify"),
    Cap("chghost", CAP_CHGHOST, f"{_SPECS}chghost"),
    Cap("extended-monitor", CAP_EXTENDED_MONITOR, f"{_SPECS}extended-monitor"),
    Cap("draft/chathistory", CAP_CHATHISTORY, f"{_SPECS}chathistory"),
    Cap("draft/event-playback", CAP_EVENT_PLAYBACK, f"{_SPECS}chathistory"),
    Cap("draft/read-marker", CAP_READ_MARKER, f"{_SPECS}read-marker"),
    Cap("no-implicit-names", 1 << 20, f"{_SPECS}no-implicit-names"),
    Cap("draft/no-implicit-names", 1 << 21, f"{_SPECS}no-implicit-names"),
    Cap("soju.im/no-implicit-names", 1 << 22, f"{_SPECS}no-implicit-names"),
    Cap(
        "draft/multiline",
        CAP_MULTILINE,
        f"{_SPECS}multiline",
        f"max-bytes={MAX_BYTES},max-lines={MAX_LINES}",
    ),
    Cap("draft/extended-isupport", CAP_EXTENDED_ISUPPORT, f"{_SPECS}extended-isupport"),
    Cap("draft/pre-away", CAP_PRE_AWAY, f"{_SPECS}pre-away"),
    Cap("draft/message-redaction", CAP_MESSAGE_REDACTION, f"{_SPECS}message-redaction"),
    Cap("draft/channel-rename", CAP_CHANNEL_RENAME, f"{_SPECS}channel-rename"),
    Cap("draft/metadata-2", CAP_METADATA, f"{_SPECS}metadata", LIMITS),
    # Not a page of IRCv3 yet, but of its pull request 613.
    Cap(
        "draft/metadata-3",
        CAP_METADATA_3,
        "https://github.com/ircv3/ircv3-specifications/pull/613",
        LIMITS_3,
    ),
    Cap("draft/oper-tag", CAP_OPER_TAG, f"{_SPECS}oper-tag"),
    # What is behind the / of a relayed nick; not a page of IRCv3 yet, but of its pull request 417.
    Cap(
        "draft/relaymsg",
        CAP_RELAYMSG,
        "https://github.com/ircv3/ircv3-specifications/pull/417",
        "/",
    ),
    # Sessions see what the user says elsewhere with it or without it; some clients look for it.
    Cap("znc.in/self-message", CAP_SELF_MESSAGE, "https://wiki.znc.in/Self-message"),
    Cap("znc.in/playback", CAP_PLAYBACK, "https://wiki.znc.in/Playback"),
    # A draft of soju, which clients for bouncers know.
    Cap(
        "soju.im/search",
        CAP_SEARCH,
        "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md",
    ),
    # Our own: a client's idempotency key in the tag chatd/id, so that a retry is the same message.
    Cap("chatd/id", CAP_CHATD_ID, "docs/protocol.md"),
    # Our own: where the gateways are. Its value, what Redis' data are called, is put in later.
    Cap("chatd/gateways", CAP_GATEWAYS, "docs/extensions.md"),
)
"""All capabilities in the order in which they are listed; what is offered the session decides."""

BY_NAME: Final = {cap.name: cap for cap in CAPS}
"""The capabilities by name."""

OFFERED: Final = CAPS
"""What a client may ask for, where nothing more is configured."""

NEED_STORE: Final = frozenset({"sasl"})
""" "Servers MUST NOT advertise the sasl capability if the authentication layer is unavailable."

https://ircv3.net/specs/extensions/sasl-3.2
"""


def with_registration(mode: str) -> tuple[Cap, ...]:
    """What is offered where accounts are made by everybody, on invitation, or by nobody.

    https://ircv3.net/specs/extensions/account-registration: the capability's "presence signifies
    that the server accepts the REGISTER command"; "Clients MUST ignore every token with a key that
    they don't understand".
    """
    name = "draft/account-registration"
    if mode == "closed":
        return tuple(cap for cap in OFFERED if cap.name != name)
    if mode == "invite":
        return tuple(
            replace(cap, value=f"{cap.value},invitation-required") if cap.name == name else cap
            for cap in OFFERED
        )
    return OFFERED


def with_sts(duration_s: int, port: int) -> Cap:
    """What a server with TLS on ``port`` offers that asks clients to use nothing else.

    https://ircv3.net/specs/extensions/sts: "Clients MUST NOT request this capability", so it has no
    bit; "Servers MAY advertise all STS policy parts together on both secure and insecure
    connections".
    """
    return Cap("sts", 0, f"{_SPECS}sts", f"duration={duration_s},port={port}")
