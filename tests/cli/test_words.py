"""What happens, in words that need no knowledge of IRC."""

from __future__ import annotations

from typing import get_args

import pytest

from cli import words
from cli.client import events as ev


@pytest.mark.parametrize("kind", get_args(ev.Event), ids=lambda kind: kind.__name__)
def test_of_each_event_it_is_known_how_it_is_told(kind: type) -> None:
    assert (kind in words._WRITERS) != (kind in words.SILENT)


def test_modes_are_told_by_what_they_do() -> None:
    def told(changes: str) -> list[str]:
        return words.sentences(ev.ModesAre(1.0, "#dev", "anna", changes), "#dev")

    assert told("+o bob") == ["bob is operator now (set by anna)"]
    assert told("-v bob") == ["bob has no longer voice (set by anna)"]
    assert told("+it-n") == [
        "only who is invited enters; only operators set the topic; "
        'no longer: "only members speak" (set by anna)'
    ]
    assert told("+b *!*@spam.example") == ["banned: *!*@spam.example (set by anna)"]
    assert told("-l") == ["no limit of members any more (set by anna)"]
    assert told("+l 20") == ["limit of members: 20 (set by anna)"]
    assert told("+Z what") == ["+Z (set by anna)"]
    assert told("+o") == ["+o (set by anna)"]


def test_where_it_happened_is_told_when_that_is_not_where_one_looks() -> None:
    event = ev.ModesAre(1.0, "#dev", "", "+o bob")
    assert words.sentences(event, "#DEV") == ["bob is operator now"]
    assert words.sentences(event, "#global") == ["#dev: bob is operator now"]
