"""What is kept between runs."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest

from cli.client.connection import Server
from cli.client.errors import ChatError
from cli.config import Credential, State, parse_servers

ONE = [Server("127.0.0.1", 6667)]
TWO = [Server("127.0.0.1", 6668), Server("127.0.0.1", 6667)]


def test_servers_are_read_with_commas_repeated_and_with_ipv6() -> None:
    assert parse_servers(["a:1,b", "[::1]:7000"]) == [
        Server("a", 1),
        Server("b", 6667),
        Server("::1", 7000),
    ]
    assert parse_servers(["ircs://A:1 ircs://b", "irc://[::1]"]) == [
        Server("a", 1, tls=True),
        Server("b", 6697, tls=True),
        Server("::1", 6667),
    ]
    assert parse_servers([]) == ONE
    assert [str(server) for server in parse_servers(["[::1]", "ircs://a:1"])] == [
        "[::1]:6667",
        "ircs://a:1",
    ]


@pytest.mark.parametrize("text", ["a:b", "a:0", "a:70000", "[::1", ":6667", "[::1]x"])
def test_a_wrong_address_is_refused(text: str) -> None:
    with pytest.raises(ChatError, match="write"):
        parse_servers([text])


def test_a_secret_is_in_a_file_of_mode_0600(tmp_path: Path) -> None:
    """'a generated secret in the user's state directory (mode 0600)'"""
    state = State(tmp_path / "state", ONE)
    state.keep("anna", Credential("s3cret", generated=True))
    (path,) = (tmp_path / "state" / "credentials").glob("*/*")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert state.credential("Anna") == Credential("s3cret", generated=True)
    assert state.credential("bob") is None
    state.forget("anna")
    assert state.credential("anna") is None


def test_addresses_given_together_are_one_server(tmp_path: Path) -> None:
    State(tmp_path, ONE).keep("anna", Credential("s3cret", generated=True))
    other = State(tmp_path, [Server("127.0.0.1", 6668)])
    assert other.credential("anna") is None
    assert other.elsewhere("anna") == ["127.0.0.1:6667"]
    assert State(tmp_path, TWO).credential("anna") == Credential("s3cret", generated=True)


def test_of_two_first_logins_at_once_one_secret_remains(tmp_path: Path) -> None:
    state = State(tmp_path, ONE)
    first = state.keep_new("anna", Credential("one", generated=True))
    second = state.keep_new("anna", Credential("two", generated=True))
    assert (first.secret, second.secret) == ("one", "one")
    state.forget("anna", "two")
    assert state.credential("anna") == Credential("one", generated=True)
    assert [path.name for path in tmp_path.rglob(".new-*")] == []


def test_the_last_login_is_kept_for_each_server(tmp_path: Path) -> None:
    State(tmp_path, ONE).logged_in("Аня")
    assert State(tmp_path, TWO).last == "Аня"
    assert State(tmp_path, TWO[:1]).last is None


def test_a_broken_file_is_one_clear_sentence(tmp_path: Path) -> None:
    state = State(tmp_path, ONE)
    state.keep("anna", Credential("s3cret", generated=True))
    (path,) = (tmp_path / "credentials").glob("*/*")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ChatError, match="chat logout anna --force"):
        state.credential("anna")


def test_how_far_a_name_has_read_never_goes_back(tmp_path: Path) -> None:
    state = State(tmp_path, TWO)
    state.logged_in("anna")
    assert state.here("anna") is None
    state.was_here("anna", 1763812980.123)
    state.was_here("Anna", 1763812970.0)
    assert State(tmp_path, ONE).here("ANNA") == 1763812980.123
    (path,) = (tmp_path / "here").glob("*/*")
    assert path.read_text(encoding="utf-8") == "2025-11-22T12:03:00.123Z"
    path.write_text("yesterday", encoding="utf-8")
    assert state.here("anna") is None


def test_a_password_on_its_way_is_kept_beside_the_old_one(tmp_path: Path) -> None:
    state = State(tmp_path, ONE)
    assert state.secrets("anna") == []
    state.keep("anna", Credential("old", generated=True, next="new"))
    assert state.credential("anna") == Credential("old", generated=True, next="new")
    assert state.secrets("anna") == ["old", "new"]


def test_a_login_does_not_undo_what_another_process_kept_meanwhile(tmp_path: Path) -> None:
    state = State(tmp_path, ONE)
    old = Credential("old", generated=True)
    state.keep("anna", old)
    state.confirm("anna", old, old)
    state.keep("anna", Credential("new", generated=False))  # by `chat passwd`
    state.confirm("anna", old, old)
    assert state.secrets("anna") == ["new"]
    state.forget("anna")
    state.confirm("anna", old, old)
    assert state.secrets("anna") == ["old"]


def test_what_cannot_be_read_is_replaced_by_a_password_that_works(tmp_path: Path) -> None:
    state = State(tmp_path, ONE)
    state.keep("anna", Credential("s3cret", generated=True))
    (path,) = (tmp_path / "credentials").glob("*/*")
    path.write_text('{"secret": "a", "generated": false, "next": "b\\n"}', encoding="utf-8")
    assert state.secrets("anna") == []
    state.confirm("anna", Credential("typed", generated=False), state.readable("anna"))
    assert state.secrets("anna") == ["typed"]


def test_a_full_disk_leaves_no_secret_in_a_file_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    state = State(tmp_path, ONE)
    state.keep("anna", Credential("one", generated=False))
    with monkeypatch.context() as patched:
        patched.setattr("cli.files.os.fsync", full)
        for new in (state.keep, state.keep_new):
            with pytest.raises(ChatError, match="No space left"):
                new("anna", Credential("two", generated=False))
    assert state.secrets("anna") == ["one"]
    assert [path.name for path in tmp_path.rglob(".new-*")] == []
