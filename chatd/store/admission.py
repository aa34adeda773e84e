"""Who may make an account: acts and questions about invitations."""

from __future__ import annotations

from typing import Any, NamedTuple

from chatd.store.caller import Caller, checked
from chatd.store.pending import Pending
from chatd.store.schema.keys import Owner


class Admission(NamedTuple):
    """On what ground an account is made.

    ``network``: from where, '' = it is not counted; ``most`` accounts of it in an hour, 0 = any
    number. ``digest``: of the invitation, '' = none is needed.
    """

    network: str = ""
    most: int = 0
    digest: str = ""


class Invitation(NamedTuple):
    """``left`` of ``uses`` accounts; times in ms since 1970. ``digest``: sha256 of its token."""

    digest: str
    left: int
    until_ms: int
    uses: int
    made_ms: int


class AdmissionActs(Caller):
    """Names are folded."""

    def may_register(self, name: str, admission: Admission) -> Pending[list[str]]:
        """Whether an account may be made. Refused: exists, uninvited, wait (ms)."""
        return self._ask(
            "may_register",
            self.keys.presence,
            name=name,
            network=admission.network,
            most=admission.most,
            digest=admission.digest,
        )

    def make_invitation(self, digest: str, uses: int, lasts_ms: int) -> Pending[int]:
        """Keep an invitation; until when it counts, ms. Refused: toomany."""
        return self._act(
            "invitation", self.keys.presence, lambda reply: int(checked(reply)[1]),
            digest=digest, uses=uses, lasts_ms=lasts_ms,
        )  # fmt: skip

    def end_invitation(self, digest: str) -> Pending[list[str]]:
        """End an invitation. Refused: noinvitation."""
        return self._act("invitation", self.keys.presence, digest=digest, uses=0, lasts_ms=0)

    def invitations(self) -> Pending[list[Invitation]]:
        """All, also those that are over; at most 1,000."""
        return self.relay.call(
            "HGETALL", self.keys.of(Owner.SERVER, "invitations"), convert=_invitations
        )


def _invitations(reply: Any) -> list[Invitation]:
    """RESP3 has a map, RESP2 a list."""
    if not isinstance(reply, dict):
        reply = dict(zip(reply[::2], reply[1::2], strict=True))
    return [Invitation(digest.decode(), *map(int, text.split())) for digest, text in reply.items()]
