"""Availability has one owner: "one table of states, what leads from one to the other"."""

from __future__ import annotations

import logging

import pytest

from chatd.state.availability import NEXT, Availability, Cause, State


def after(*causes: Cause) -> Availability:
    availability = Availability()
    for cause in causes:
        availability.happened(cause)
    return availability


UP = (Cause.LINK_UP, Cause.LEASE_HELD, Cause.HEALED, Cause.RETURNED)


def test_coming_back_is_one_procedure() -> None:
    """ "link up, lease taken, then all gaps are read and applied, then sessions log in" """
    availability = Availability()
    seen = [availability.state]
    availability.watch(lambda _, now: seen.append(now))
    for cause in UP:
        availability.happened(cause)
    assert seen == [State.DOWN, State.FENCED, State.HEALING, State.RETURNING, State.UP]


@pytest.mark.parametrize("state", [state for state in State if state is not State.DOWN])
def test_what_can_always_happen(state: State) -> None:
    """ "From every state a lost link leads to DOWN. From every state with a link a refusal leads to
    REFUSED, and a lease that is over to FENCED." """
    assert NEXT[state, Cause.LINK_LOST] is State.DOWN
    assert NEXT[state, Cause.REFUSED] is State.REFUSED
    assert NEXT[state, Cause.LEASE_OVER] is State.FENCED


def test_every_state_leads_to_up() -> None:
    """No state is a dead end: whatever it was, Redis that is well leads out of it."""
    for state in State:
        availability = Availability()
        availability.state = state
        for cause in UP:
            availability.happened(cause)
        assert availability.state is State.UP, state


def test_nothing_is_skipped() -> None:
    """A cause that is not expected changes nothing: no session logs in before gaps are read."""
    assert after(Cause.LINK_UP, Cause.HEALED, Cause.RETURNED).state is State.FENCED
    assert after(Cause.LEASE_HELD).state is State.DOWN


def test_lines_wait_until_what_was_missed_is_read() -> None:
    availability, told = after(Cause.LINK_UP), list[str]()
    availability.when_caught_up(lambda: told.append("go on"))
    availability.happened(Cause.LEASE_HELD)
    assert (availability.catching_up, told) == (True, [])
    availability.happened(Cause.HEALED)
    assert (availability.catching_up, told) == (False, ["go on"])


def test_lines_do_not_wait_for_a_redis_that_is_away() -> None:
    """Promise 6: "an answer, not a hang"."""
    availability, told = after(Cause.LINK_UP), list[str]()
    availability.when_caught_up(lambda: told.append("go on"))
    availability.happened(Cause.LINK_LOST)
    assert told == ["go on"]


def test_a_refusing_redis_is_one_line_with_a_count(caplog: pytest.LogCaptureFixture) -> None:
    """ "6,831 ERROR lines in 19 s of OOM: one line with a count" """
    caplog.set_level(logging.INFO)
    availability = after(*UP)
    caplog.clear()
    for _ in range(6831):
        availability.happened(Cause.REFUSED, "Redis has used all its memory")
    for cause in UP[1:]:
        availability.happened(cause)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == [
        "what changes something is refused: Redis has used all its memory",
        "it was refused 6831 times: Redis has used all its memory",
    ]
