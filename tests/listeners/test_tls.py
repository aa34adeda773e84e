"""TLS as event loops drive it, against Python's own: bytes go through two memories, no socket."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from chatd.listeners.tls import TlsContext, TlsObject
from tests.support.certificates import fingerprint, make_certificate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's certificate, and one of a client."""
    made = tmp_path_factory.mktemp("tls")
    make_certificate(made)
    make_certificate(made, "client-")
    return made


class Wire:
    """A client of Python's own TLS and a server of ours."""

    def __init__(self, folder: Path, certificate: str = "", **settings: ssl.TLSVersion) -> None:
        context = ssl.create_default_context(cafile=folder / "cert.pem")
        context.check_hostname = False
        for name, value in settings.items():
            setattr(context, name, value)
        if certificate:
            cert, key = (folder / f"{certificate}{part}.pem" for part in ("cert", "key"))
            context.load_cert_chain(cert, key)
        self.context = context
        self.ours = TlsContext()
        self.ours.load(folder / "cert.pem", folder / "key.pem")
        self.connect()

    def connect(self, session: ssl.SSLSession | None = None) -> None:
        """Begin a connection, maybe one that goes on with a session of TLS."""
        self.up, self.down = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = self.context.wrap_bio(self.down, self.up, session=session)
        self.server: TlsObject = self.ours.wrap_bio(self.up, self.down, server_side=True)

    def shake_hands(self) -> None:
        """Both sides, until neither wants more."""
        waiting = [self.client.do_handshake, self.server.do_handshake]
        for _ in range(6):
            waiting = [step for step in waiting if not self.done(step)]
        assert not waiting

    @staticmethod
    def done(step: object) -> bool:
        try:
            step()  # type: ignore[operator]
        except ssl.SSLWantReadError:
            return False
        return True

    def received(self) -> bytes:
        """All that the server has, as the loops ask for it."""
        data = b""
        while self.up.pending > 0 or self.server.pending() > 0:
            try:
                part = self.server.read(2**18)
            except ssl.SSLWantReadError:
                break
            if not part:
                return data + b"<eof>"
            data += part
        return data


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("certificate", ["", "client-"])
def test_any_certificate_is_taken(folder: Path, version: ssl.TLSVersion, certificate: str) -> None:
    """One that vouches for itself, or none."""
    wire = Wire(folder, certificate, maximum_version=version)
    wire.shake_hands()
    wire.client.write(b"hello")
    assert wire.received() == b"hello"
    shown = wire.server.fingerprint()
    if not certificate:
        assert shown == ""
    else:
        assert shown == fingerprint(folder / "client-cert.pem").replace(":", "").lower()
    assert wire.client.version() == version.name.replace("_", ".")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_of_tls_goes_on_with_its_certificate(
    folder: Path, version: ssl.TLSVersion
) -> None:
    """A client that comes again saves a round trip, and is not asked for it again."""
    wire = Wire(folder, "client-", maximum_version=version)
    wire.shake_hands()
    wire.server.write(b"hello")
    assert wire.client.read() == b"hello"  # in TLS 1.3 the session comes before it
    shown = wire.server.fingerprint()
    wire.connect(wire.client.session)
    wire.shake_hands()
    assert wire.client.session_reused
    assert wire.server.fingerprint() == shown != ""


def test_tls_1_1_is_refused(folder: Path) -> None:
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        wire = Wire(
            folder,
            minimum_version=ssl.TLSVersion.TLSv1_1,
            maximum_version=ssl.TLSVersion.TLSv1_1,
        )
    with pytest.raises(ssl.SSLError):
        wire.shake_hands()


def test_what_is_no_tls_is_an_error_that_loops_know(folder: Path) -> None:
    wire = Wire(folder)
    wire.up.write(b"NICK alice\r\nUSER alice 0 * :A\r\n")
    with pytest.raises(ssl.SSLError):
        wire.server.do_handshake()


def test_a_message_in_pieces(folder: Path) -> None:
    """A record that is not complete is no message yet, and no reason to ask again at once."""
    wire = Wire(folder)
    wire.shake_hands()
    wire.received()
    memory = ssl.MemoryBIO()
    wire.client.write(b"x" * 100)
    memory.write(wire.up.read())
    while memory.pending:
        wire.up.write(memory.read(10))
        data = wire.received()
        assert data in (b"", b"x" * 100)
        assert wire.server.pending() == 0
    assert data == b"x" * 100


@pytest.mark.parametrize("size", [1, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_000])
def test_much_at_once(folder: Path, size: int) -> None:
    """In both directions, more than one record and more than one read of the memory."""
    wire = Wire(folder)
    wire.shake_hands()
    data = bytes(range(256)) * (size // 256 + 1)
    wire.client.write(data[:size])
    assert wire.received() == data[:size]
    assert wire.server.write(data[:size]) == size
    back = b""
    while len(back) < size:
        back += wire.client.read(2**20)
    assert back == data[:size]


def test_a_read_takes_no_more_than_it_was_asked_for(folder: Path) -> None:
    wire = Wire(folder)
    wire.shake_hands()
    wire.received()
    wire.client.write(b"abc")
    wire.client.write(b"def")
    assert wire.server.read(4) == b"abcd"
    assert wire.server.pending() > 0
    assert wire.server.read(4) == b"ef"
    assert wire.server.pending() == 0


def test_the_end_comes_behind_the_last_bytes(folder: Path) -> None:
    """ "close_notify": what came before it is read, and then that it was all."""
    wire = Wire(folder)
    wire.shake_hands()
    wire.client.write(b"QUIT")
    assert not wire.done(wire.client.unwrap)
    assert wire.received() == b"QUIT<eof>"


def test_both_say_that_it_is_over(folder: Path) -> None:
    wire = Wire(folder)
    wire.shake_hands()
    wire.received()
    wire.server.write(b"ERROR :bye")
    assert not wire.done(wire.server.unwrap)
    assert wire.client.read() == b"ERROR :bye"
    assert wire.done(wire.client.unwrap)
    assert wire.done(wire.server.unwrap)


def test_broken_bytes_behind_a_message(folder: Path) -> None:
    """The message is read, then the error comes."""
    wire = Wire(folder)
    wire.shake_hands()
    wire.received()
    wire.client.write(b"hello")
    wire.up.write(b"\x17\x03\x03\x00\x20" + b"x" * 32)
    assert wire.server.read(100) == b"hello"
    assert wire.server.pending() > 0
    with pytest.raises(ssl.SSLError):
        wire.server.read(100)


def test_a_bad_file_leaves_the_certificate_as_it_was(folder: Path, tmp_path: Path) -> None:
    """ "Fails before the one in use is touched"."""
    context = TlsContext()
    context.load(folder / "cert.pem", folder / "key.pem")
    before = context._context
    bad = tmp_path / "bad"
    bad.write_text("no certificate\n")
    for cert, key in (
        (bad, folder / "key.pem"),
        (folder / "cert.pem", bad),
        (folder / "client-cert.pem", folder / "key.pem"),
    ):
        with pytest.raises(ssl.SSLError):
            context.load(cert, key)
    with pytest.raises(FileNotFoundError):
        context.load(tmp_path / "none", folder / "key.pem")
    assert context._context is before
