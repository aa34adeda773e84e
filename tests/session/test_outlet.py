"""Outlets, as they are in Python and in C: the same tests for both.

"done in C (``_outlet.c``): there an outlet with a descriptor is written straight to its socket".
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.util
import shutil
import socket
import subprocess
import sys
import sysconfig
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chatd.session import outlet as plain

SOURCE = Path(plain.__file__).with_name("_outlet.c")


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The C version, compiled for this test."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    headers = Path(sysconfig.get_path("include"))
    if not shutil.which(compiler) or not (headers / "Python.h").exists():
        pytest.skip("needs a C compiler and Python's headers")
    target = tmp_path_factory.mktemp("native") / "_outlet.so"
    dynamic = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    flags = ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers"]
    command = [compiler, *flags, *dynamic, f"-I{headers}", str(SOURCE), "-o", str(target)]
    subprocess.run(command, check=True)
    loader = importlib.machinery.ExtensionFileLoader("_outlet", str(target))
    spec = importlib.util.spec_from_file_location("_outlet", target, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(params=["Python", "C"])
def kind(request: pytest.FixtureRequest) -> Any:
    """A module with `Outlet`, `spread` and `write_out`."""
    return plain if request.param == "Python" else request.getfixturevalue("native")


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket that is written to, and the client's end."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.settimeout(10)
    with near, far:
        yield near, far


class Owner:
    """Stands for a session."""

    outlet: Any


def test_what_waits_is_taken_in_its_order(kind: Any) -> None:
    """ "holds byte strings in their order" """
    outlet = kind.Outlet(Owner())
    lines = [b"line %d\r\n" % number for number in range(200)]
    assert outlet.take() == b""
    # "whether it is the first, which calls for a `write_out`"
    assert [outlet.put(line) for line in lines] == [True] + [False] * 199
    assert outlet.waiting == 200
    assert outlet.take() == b"".join(lines)
    assert outlet.waiting == 0
    assert outlet.put(b"") is False
    assert outlet.put(b"again") is True
    assert outlet.take() == b"again"
    assert outlet.take() == b""


def test_shut(kind: Any) -> None:
    """ "Drop what waits, take nothing more, and write to no descriptor any more." """
    outlet = kind.Outlet(Owner(), 7)
    outlet.put(b"dropped")
    outlet.shut()
    assert (outlet.put(b"more"), outlet.take(), outlet.fd, outlet.owner) == (False, b"", -1, None)
    assert kind.write_out([outlet]) == []


def test_spread(kind: Any) -> None:
    """ "Put a text into the outlets of all members but some." """
    outlets = [kind.Outlet(Owner()) for _ in range(6)]
    members = {f"m{number}": outlet for number, outlet in enumerate(outlets)}
    for outlet, caps in zip(outlets, (0, 0, 5, 5, 1 << 40, 0), strict=True):
        outlet.caps = caps
    outlets[5].apart = True
    outlets[1].put(b"earlier ")
    rendered: list[int] = []

    def render(caps: int) -> bytes:
        rendered.append(caps)
        return b"for %d " % caps

    dirty: list[Any] = []
    texts: dict[int, bytes] = {}
    apart = kind.spread(members, {"m0": 1}, texts, render, dirty)
    assert apart == [outlets[5]]
    assert texts[outlets[5].caps] == b"for 0 "
    assert rendered == [0, 5, 1 << 40]  # once for each set
    assert dirty == [outlets[2], outlets[3], outlets[4]]
    assert [outlet.take() for outlet in outlets] == [
        b"", b"earlier for 0 ", b"for 5 ", b"for 5 ", b"for %d " % (1 << 40), b"",
    ]  # fmt: skip


def test_a_rendering_that_fails_is_passed_on(kind: Any) -> None:
    """A bug shows itself as what it is, and the members before it have what they got."""
    first, second = kind.Outlet(Owner()), kind.Outlet(Owner())
    second.caps = 1

    def render(caps: int) -> bytes:
        return [b"text"][caps]

    with pytest.raises(IndexError):
        kind.spread({1: first, 2: second}, {}, {}, render, [])
    assert (first.take(), second.take()) == (b"text", b"")


def test_without_a_descriptor_the_pipe_has_to_write(kind: Any) -> None:
    """ "returns the outlets in which something still waits" """
    one, two = kind.Outlet(Owner()), kind.Outlet(Owner())
    one.put(b"text")
    assert kind.write_out([two, one]) == [one]
    assert one.take() == b"text"


@pytest.mark.parametrize("count", [1, 2, 3, 64, 65, 500])
def test_the_socket_gets_everything_at_once(
    native: Any, wire: tuple[socket.socket, socket.socket], count: int
) -> None:
    near, far = wire
    outlet = native.Outlet(Owner(), near.fileno())
    lines = [b"%d\r\n" % number for number in range(count)]
    for line in lines:
        outlet.put(line)
    assert native.write_out([outlet, outlet]) == []
    assert far.recv(10_000) == b"".join(lines)
    assert outlet.take() == b""


def test_what_the_socket_does_not_take_goes_on_waiting(
    native: Any, wire: tuple[socket.socket, socket.socket]
) -> None:
    """ "A descriptor that takes no more is forgotten (-1)": nothing is lost, doubled or moved."""
    near, far = wire
    outlet = native.Outlet(Owner(), near.fileno())
    lines = [bytes([65 + number % 26]) * 10_007 for number in range(300)]
    for line in lines:
        outlet.put(line)
    assert native.write_out([outlet]) == [outlet]
    assert outlet.fd == -1
    outlet.put(b"later")
    assert native.write_out([outlet]) == [outlet]  # the pipe has to see to it
    rest = outlet.take()
    received = b""
    expected = b"".join(lines) + b"later"
    while len(received) < len(expected) - len(rest):
        received += far.recv(1 << 20)
    assert received + rest == expected


def test_a_socket_whose_client_is_gone(
    native: Any, wire: tuple[socket.socket, socket.socket]
) -> None:
    """No signal, no exception: what waits is the pipe's business, which finds out by itself."""
    near, far = wire
    outlet = native.Outlet(Owner(), near.fileno())
    far.close()
    outlet.put(b"for nobody")
    assert native.write_out([outlet]) == [outlet]
    assert (outlet.fd, outlet.take()) == (-1, b"for nobody")


def test_wrong_arguments_are_refused(native: Any) -> None:
    outlet = native.Outlet(Owner())
    with pytest.raises(TypeError):
        outlet.put("text")
    with pytest.raises(TypeError):
        native.write_out([1])
    with pytest.raises(TypeError):
        native.spread({1: None}, {}, {}, bytes, [])
    with pytest.raises(TypeError):
        native.spread({1: outlet}, {}, {}, str, [])


@pytest.mark.slow
def test_no_reference_is_lost_or_kept(
    native: Any, wire: tuple[socket.socket, socket.socket]
) -> None:
    """What C counts by hand: every text and every owner is let go in the end."""
    near, far = wire
    text = b"a text of some length that is nowhere else"
    before = sys.getrefcount(text)
    owner = Owner()
    gone = weakref.ref(owner)
    outlet = native.Outlet(owner, near.fileno())
    owner.outlet = outlet
    dirty: list[Any] = []
    for _ in range(50):
        dirty.clear()
        native.spread({1: outlet, 2: outlet}, {}, {0: text}, bytes, dirty)
        outlet.put(text)
        assert native.write_out(dirty) == []
        far.recv(10_000)
        for _ in range(9):
            outlet.put(text)
        outlet.take()
    outlet.put(text)
    del owner, outlet, dirty
    gc.collect()
    assert gone() is None
    assert sys.getrefcount(text) == before
