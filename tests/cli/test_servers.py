"""Which addresses are one server, and for which of them a secret is used."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.connection import Server
from cli.client.gateways import Expected
from cli.client.session import Session
from cli.config import Credential, State
from cli.files import file_name
from cli.signin import sign_in
from tests.cli.fake_server import CAPS, FakeServer

A, B, C = Server("a.example"), Server("b.example"), Server("c.example")
SECRET = Credential("s3cret", generated=True)


def has_logged_in(directory: Path, *given: Server, told: str = "", data: str = "d1") -> State:
    """Anna logs in at the first of these addresses, and the server tells others."""
    state = State(directory, given)
    state.keep("anna", SECRET)
    state.gateways().take(parse(f"GATEWAYS {data} :{told}".encode()), given[0])
    return state


def tried(state: State) -> list[Server]:
    return state.gateways().all


def test_a_secret_belongs_to_the_server_and_not_to_an_address(tmp_path: Path) -> None:
    """A gateway that the server has told has the secret too, and the name of the last login."""
    has_logged_in(tmp_path, A, told="a.example:6667 b.example:6667").logged_in("anna")
    at_b = State(tmp_path, [B])
    assert at_b.credential("anna") == SECRET
    assert at_b.last == "anna"
    assert at_b.elsewhere("anna") == []
    assert set(tried(at_b)) == {A, B}
    assert State(tmp_path, [C]).credential("anna") is None
    assert State(tmp_path, [C]).elsewhere("anna") == [str(A)]

    # A new password, set there, is the server's.
    at_b.keep("anna", Credential("new", generated=False))
    assert State(tmp_path, [A]).credential("anna") == Credential("new", generated=False)
    at_b.forget("anna")
    assert State(tmp_path, [A]).credential("anna") is None


def test_at_an_address_that_was_only_told_the_server_must_say_its_id(tmp_path: Path) -> None:
    has_logged_in(tmp_path, A, told="b.example:6667")
    for given in ([A], [B]):
        known = State(tmp_path, given).gateways()
        assert known.expected(A) == Expected("d1", strict=False, named=given == [A])
        assert known.expected(B) == Expected("d1", strict=True, named=given == [B])
    both = State(tmp_path, [A, C]).gateways()
    assert both.expected(C) == Expected("d1", strict=False)  # the user says that it is the same
    State(tmp_path, [B]).keep("anna", SECRET)  # a login there has worked
    assert State(tmp_path, [B]).gateways().expected(B) == Expected("d1", strict=False)


@pytest.mark.parametrize(
    ("announced", "strict", "fits"),
    [
        ("d1", True, True),
        ("d1", False, True),
        ("d2", False, False),
        ("", True, False),
        ("", False, True),
    ],
)
def test_who_fits(announced: str, strict: bool, fits: bool) -> None:
    assert Expected("d1", strict).fits(announced) == fits
    assert Expected().fits(announced)


def test_two_servers_in_turn_at_one_address(tmp_path: Path) -> None:
    """ "Another id at the same address is another server, with secrets of its own." """
    has_logged_in(tmp_path, A, data="d1")
    state = State(tmp_path, [A])
    state.turn_to("d2")
    assert state.credential("anna") is None
    other = Credential("other", generated=True)
    assert state.keep_new("anna", other) == other
    state.keep("anna", other)
    assert state.gateways().expected(A).data == "d2"
    assert State(tmp_path, [A]).credential("anna") == other  # it was there last
    state = State(tmp_path, [A])
    state.turn_to("d1")
    assert state.credential("anna") == SECRET


def test_what_was_kept_by_addresses_is_found_and_moves(tmp_path: Path) -> None:
    """Before there were records each address had its own copy."""
    for at in (A, B):
        folder = tmp_path / "credentials" / file_name(str(at))
        folder.mkdir(parents=True)
        (folder / "anna").write_text(json.dumps({"secret": "s3cret", "generated": True}))
        (tmp_path / "last").mkdir(exist_ok=True)
        (tmp_path / "last" / file_name(str(at))).write_text("anna")
    assert State(tmp_path, [B]).credential("anna") == SECRET
    both = State(tmp_path, [A, B])
    assert (both.credential("anna"), both.last) == (SECRET, "anna")
    both.keep("anna", Credential("new", generated=False))
    for given in ([A], [B], [A, B]):
        assert State(tmp_path, given).credential("anna") == Credential("new", generated=False)
    both.forget("anna")
    for given in ([A], [B], [A, B]):
        assert State(tmp_path, given).credential("anna") is None


def test_files_of_servers_are_private_and_may_be_broken(tmp_path: Path) -> None:
    has_logged_in(tmp_path, A, told="b.example:6667")
    (path,) = (tmp_path / "servers").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    whole = path.read_text()
    broken = ["", "{", "[]", "{}", "[" * 100_000, whole.replace("b.example", "127.1"),
              whole.replace('"used": ', '"used": "x')]  # fmt: skip
    for text in broken:
        path.write_text(text)
        state = State(tmp_path, [A])
        assert tried(state) == [A]
        assert state.credential("anna") == SECRET
    path.write_bytes(b"\xff")
    assert tried(State(tmp_path, [A])) == [A]


def test_what_a_file_names_is_used_as_if_it_were_told_now(tmp_path: Path) -> None:
    """Nobody is led from TLS to an address without, by what was told another time either."""
    told = "b.example:6667 ircs://b.example:6697"
    has_logged_in(tmp_path, A, told=told)
    secure = Server("a.example", 6697, tls=True)
    State(tmp_path, [secure, A]).keep("anna", SECRET)
    assert tried(State(tmp_path, [secure])) == [secure, Server("b.example", 6697, tls=True)]
    here = Server("127.0.0.1")
    State(tmp_path, [here, A]).keep("anna", SECRET)
    assert tried(State(tmp_path, [here])) == [here, Server("b.example", 6697, tls=True)]


async def test_a_login_where_another_server_is_now_uses_another_secret(
    tmp_path: Path, server: FakeServer
) -> None:
    given = [Server.parse(server.address)]
    has_logged_in(tmp_path, *given)
    state = State(tmp_path, given)
    attempt = sign_in(state, "anna", None, None)
    events: list[ev.Event] = []
    session = Session(attempt.login, state.gateways(), events.append)
    starting = asyncio.create_task(attempt.start(session))
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl chatd/gateways=d2")
    await peer.expects("QUIT")
    await peer.closes()
    peer = await server.accept()
    await peer.lets_in("anna", caps=f"{CAPS} chatd/gateways=d2", claims=True)
    await starting
    assert peer.words["secret"] != "s3cret"
    assert attempt.fresh
    await session.close()
    state = State(tmp_path, given)
    assert state.credential("anna") == Credential(peer.words["secret"], generated=True)
    state.turn_to("d1")
    assert state.credential("anna") == SECRET
