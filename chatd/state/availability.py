"""Whether this gateway can serve: one state, and the only place that says so.

| state     | what is so                                | what leads out of it           |
|-----------|-------------------------------------------|--------------------------------|
| DOWN      | there is no link to Redis                 | a link: FENCED                 |
| FENCED    | a link; whether the lease holds is open   | the lease: HEALING             |
| HEALING   | the lease holds; what was missed is read, | all is read, what differs is   |
|           | Redis is compared with what was told      | put right: RETURNING           |
| RETURNING | sessions that Redis has lost log in again | all are in: UP                 |
| REFUSED   | Redis answers, but writes nothing         | the lease: HEALING             |
| UP        | all is well                               |                                |

From every state a lost link leads to DOWN. From every state with a link a refusal leads to REFUSED,
and a lease that is over to FENCED.

| state     | changes         | questions       | lines of clients                | who acts   |
|-----------|-----------------|-----------------|---------------------------------|------------|
| DOWN      | refused at once | refused at once | are carried out                 | `Relay`    |
| FENCED    | refused at once | answered        | wait                            | `Presence` |
| HEALING   | carried out     | answered        | wait                            | see below  |
| RETURNING | carried out     | answered        | wait, of users who are not back | `Presence` |
| REFUSED   | refused at once | answered        | are carried out                 | `Presence` |
| UP        | carried out     | answered        | are carried out                 | `Presence` |

`Relay` connects. `Presence` asks for the lease (every `PROBE_S` where it is refused), and logs in
who was lost. In HEALING `Gaps` reads the streams, then `Audit` compares. `Gateway` withdraws SASL
in DOWN.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum

log = logging.getLogger(__name__)

PROBE_S = 0.5
"""Seconds between two tries of a Redis that refuses to write."""


class State(Enum):
    """What this gateway can do now; see the table above."""

    DOWN = "down"
    FENCED = "fenced out"
    HEALING = "healing"
    RETURNING = "returning"
    REFUSED = "refused"
    UP = "up"


class Cause(Enum):
    """What can happen."""

    LINK_LOST = "the link to Redis was lost"
    LINK_UP = "Redis is connected"
    LEASE_OVER = "the lease of this gateway is over"
    LEASE_HELD = "the lease was renewed or taken"
    HEALED = "what was missed has been read, and Redis has what was told"
    RETURNED = "all sessions are back"
    REFUSED = "Redis refuses to write"


_WITH_LINK = (State.FENCED, State.HEALING, State.RETURNING, State.REFUSED, State.UP)
NEXT: dict[tuple[State, Cause], State] = {
    **{(state, Cause.LINK_LOST): State.DOWN for state in _WITH_LINK},
    **{(state, Cause.LEASE_OVER): State.FENCED for state in _WITH_LINK},
    **{(state, Cause.REFUSED): State.REFUSED for state in _WITH_LINK},
    (State.DOWN, Cause.LINK_UP): State.FENCED,
    (State.FENCED, Cause.LEASE_HELD): State.HEALING,
    (State.REFUSED, Cause.LEASE_HELD): State.HEALING,
    (State.HEALING, Cause.HEALED): State.RETURNING,
    (State.RETURNING, Cause.RETURNED): State.UP,
}
"""What leads where; a cause that is not here changes nothing."""

_CATCHING_UP = frozenset((State.FENCED, State.HEALING))

Watcher = Callable[[State, State], None]
"""Gets the state before and the state now."""


class Availability:
    """The state of one gateway. Parts ask `state`, or `watch` it; causes come in by `happened`."""

    def __init__(self) -> None:
        self.state = State.DOWN
        self._watchers: list[Watcher] = []
        self.catching_up = False
        """Whether lines have to wait, because an answer now could overtake what was missed."""
        self.coming_back = False
        """The same, or some users are not back yet."""
        self.lease_ends = float("inf")
        """When the lease is over by the gateway's own clock, unless it is renewed; seconds."""
        self._waiting: list[Callable[[], None]] = []
        self._waiting_longer: list[Callable[[], None]] = []
        self._refusals = 0
        self._why = ""

    def watch(self, watcher: Watcher) -> None:
        """Call ``watcher`` at each change, after the state is the new one."""
        self._watchers.append(watcher)

    def when_caught_up(self, then: Callable[[], None]) -> None:
        """Call ``then`` when the gateway is not `catching_up` any more."""
        self._waiting.append(then)

    def when_over(self, then: Callable[[], None]) -> None:
        """Call ``then`` when it is not `coming_back` any more."""
        self._waiting_longer.append(then)

    def happened(self, cause: Cause, why: str = "") -> None:
        """Go where a cause leads."""
        before = self.state
        if cause is Cause.REFUSED:
            self._refusals += 1
            self._why = why or self._why
        now = NEXT.get((before, cause), before)
        if now is before:
            return
        self.state = now
        self.catching_up = now in _CATCHING_UP
        self.coming_back = self.catching_up or now is State.RETURNING
        self._tell(before, now, why or cause.value)
        for watcher in self._watchers:
            watcher(before, now)
        if not self.catching_up:
            waiting, self._waiting = self._waiting, []
            if not self.coming_back:
                waiting += self._waiting_longer
                self._waiting_longer = []
            for then in waiting:
                then()

    def _tell(self, before: State, now: State, why: str) -> None:
        """Log what concerns the operator: once, however many commands it concerned."""
        if now is State.REFUSED:
            log.warning("what changes something is refused: %s", self._why)
        elif before is State.REFUSED:
            log.warning("it was refused %d times: %s", self._refusals, self._why)
            self._refusals = 0
        if now is State.DOWN:
            log.warning("Redis cannot be reached: %s", why)
        elif now is State.UP:
            log.info("this gateway serves its users")
        else:
            log.debug("this gateway is %s: %s", now.value, why)
