"""The acts are one library of functions."""

from __future__ import annotations

from pathlib import Path

import fakeredis
import pytest
import redis.exceptions

from chatd.store import scripts

FOLDER = Path(scripts.__file__).parent / "lua" / "acts"


def test_each_file_is_a_function() -> None:
    """ "one file each in ``lua/acts``" """
    library = scripts.load()
    files = {path.stem for path in FOLDER.glob("*.lua")}
    assert set(library.functions) == files
    for function in library.functions.values():
        assert f"function_name='{function}'" in library.text


def test_what_only_reads_says_so() -> None:
    """ "Redis answers it even where it refuses to write" """
    library = scripts.load()
    questions = {
        name
        for name, function in library.functions.items()
        if f"function_name='{function}', flags={{'no-writes'}}" in library.text
    }
    assert questions == {
        "access", "account_row", "audit", "cert_owner", "cleared", "detached",
        "direct", "erasing", "export", "gap", "held", "history",
        "inbox", "invites", "last_said", "list", "masks", "may_register",
        "metadata", "read_at", "room_bans", "room_info", "sessions", "shown",
        "snapshot", "talked", "unread", "who", "whois", "whowas",
    }  # fmt: skip


def test_a_function_that_was_called_leaves_nothing_to_the_next() -> None:
    """ "these three, and what hangs on them, are set for each call" """
    client = fakeredis.FakeStrictRedis(server_type="redis", version=7)
    library = scripts.load()
    client.function_load(library.text)
    for prefix in ("chat", "other"):
        client.set(f"{prefix}:{{{prefix}:online}}:lease:g1", "")
        room = f"{prefix}:room:{{#room}}"
        client.hset(room, "name", f"#{prefix}")
        client.hset(room, "modes", "n")
        said = client.fcall(
            library.functions["post"],
            2,
            "guard",
            "key",
            prefix,
            "g1",
            "10",
            "r",
            room,
            "anna",
            "record",
        )
        assert said == [[b"cannot", f"#{prefix}".encode(), b"n"]]


def test_what_cannot_be_loaded_is_an_error_at_once() -> None:
    """A function of a name that is taken: the same text twice."""
    client = fakeredis.FakeStrictRedis(server_type="redis", version=7)
    client.function_load(scripts.load().text)
    with pytest.raises(redis.exceptions.ResponseError, match="already exists"):
        client.function_load(scripts.load().text)
