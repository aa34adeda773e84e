"""Fields of events have the names of the schema; those of messages are read by number."""

from __future__ import annotations

import pytest

from chatd.state import events
from chatd.state.events import Event, message_begin
from chatd.store.schema.records import COMMON, RECORDS


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_each_kind_has_its_letter_and_its_fields(record: object) -> None:
    """ "the Python fields [...] are made from it" """
    name, letter, fields = (getattr(record, part) for part in ("name", "letter", "fields"))
    assert getattr(events, name) == letter.encode()
    assert len({one.letter for one in RECORDS}) == len(RECORDS)
    common = (letter, "s", "", "anna", "anna!u@h", "")
    event = Event("\0".join(("1-1", *common, *fields)).encode())
    assert [event.field(field) for field in fields] == [field.encode() for field in fields]


def test_a_message_is_read_by_number() -> None:
    """The hot path: what stands where in a message is written in `Event` and `message_begin`."""
    (message,) = (record for record in RECORDS if record.name == "MESSAGE")
    assert COMMON == ("kind", "sid", "act", "name", "source", "account")
    assert message.fields == ("command", "target", "tags", "text", "number", "peer", "named")
    begin = message_begin("s", "anna", "anna!u@h", "", "PRIVMSG", "#r", "+a=b")
    event = Event(b"1-1\0" + begin + b"\nhello\x007\0s2\0#s")
    assert event.kind == events.MULTILINE
    assert [event.field(name) for name in message.fields] == [
        b"PRIVMSG", b"#r", b"+a=b", b"\nhello", b"7", b"s2", b"#s"
    ]  # fmt: skip
