"""`chat` proves a password instead of saying it, where others may listen."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from chatd.wire.message import parse
from chatd.wire.scram import Dialogue, make_verifier, read_first
from cli.client import scram
from cli.client.asking import Asking
from cli.client.connection import Connection, Server
from cli.client.errors import LoginRefused, PasswordRefused
from cli.client.handshake import Handshake, Login
from cli.client.scram import Scram
from cli.config import Credential, State
from tests.support.servers import Gateway

VERIFIER = make_verifier("s3cret", b"salt" * 4, 4096)


class Script:
    """A login that has been let begin with what the server offers."""

    def __init__(self, login: Login, offered: str = "sasl=SCRAM-SHA-256,PLAIN",
                 *, exposed: bool = True) -> None:  # fmt: skip
        self.handshake = Handshake(login, exposed=exposed)
        self.handshake.start()
        self.gets(f":s CAP * LS :{offered}")
        self.begun = self.gets(":s CAP * ACK :sasl")

    def gets(self, line: str) -> list[str]:
        return b"".join(self.handshake.receive(parse(line.encode()))).decode().splitlines()

    def says(self, message: str) -> list[str]:
        return self.gets(f"AUTHENTICATE {base64.b64encode(message.encode()).decode()}")

    def first(self) -> Dialogue:
        """Hear its first message; how the server goes on with it."""
        (line,) = self.gets("AUTHENTICATE +")
        return Dialogue(read_first(_said(line)), VERIFIER)


def _said(line: str) -> bytes:
    return base64.b64decode(line.removeprefix("AUTHENTICATE "))


def test_the_example_of_rfc_7677() -> None:
    """RFC 7677, 3: "This is an example of a SCRAM-SHA-256 authentication exchange"."""
    login = Scram("user", "pencil", nonce="rOprNGfwEbeRWgbNEkqO")
    assert login.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    assert login.final(first) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert login.is_proof("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert not login.is_proof("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=")


def test_without_tls_the_password_is_proved_and_not_said() -> None:
    """RFC 5802, 5.1: "The characters ',' or '=' in usernames are sent as '=2C' and '=3D'"."""
    login = Login("a=n", secret="s3cret", device="~1")
    script = Script(login)
    assert script.begun == ["AUTHENTICATE SCRAM-SHA-256"]
    (line,) = script.gets("AUTHENTICATE +")
    assert _said(line).startswith(b"n,,n=a=3Dn@~1,r=")
    dialogue = Dialogue(read_first(_said(line)), VERIFIER)
    (line,) = script.says(dialogue.first)
    assert script.says(dialogue.check(_said(line)).decode()) == ["AUTHENTICATE +"]
    assert script.gets(":s 903 * :SASL authentication successful") == ["CAP END"]
    assert script.handshake.authenticated
    assert login.key.startswith("4096:")


@pytest.mark.parametrize(
    ("offered", "exposed", "mechanism"),
    [
        ("sasl=SCRAM-SHA-256,PLAIN", False, "PLAIN"),
        ("sasl=SCRAM-SHA-256", False, "SCRAM-SHA-256"),
        ("sasl=PLAIN,EXTERNAL", True, "PLAIN"),
        ("sasl", True, "PLAIN"),
    ],
)
def test_plain_where_it_is_safe_or_all_there_is(
    offered: str, exposed: bool, mechanism: str
) -> None:
    script = Script(Login("anna", secret="s3cret"), offered, exposed=exposed)
    assert script.begun == [f"AUTHENTICATE {mechanism}"]


def test_a_server_that_does_not_know_the_password_lets_nobody_in() -> None:
    """RFC 5802, 3: "the client [...] verifies the ServerSignature [...]. If the two are equal,
    the client is sure that the server had access to the user's authentication information."
    """
    for proof in ("", "v=AAAA"):
        script = Script(Login("anna", secret="s3cret"))
        script.says(script.first().first)
        with pytest.raises(LoginRefused, match="the server does not know the password of anna"):
            script.says(proof) if proof else script.gets(":s 903 * :Welcome")
        assert not script.handshake.authenticated


@pytest.mark.parametrize(
    "first",
    [
        "r=other,s=c2FsdA==,i=4096",
        "r=<nonce>,s=c2FsdA==,i=4096",
        "r=<nonce>x,s=c2FsdA==,i=1",
        "r=<nonce>x,s=c2FsdA==,i=999999999",
        "m=ext,r=<nonce>x,s=c2FsdA==,i=4096",
        "r=<nonce>x,s=c2F,i=4096",
        "\x00",
        "",
    ],
)
def test_a_server_that_means_harm_hears_no_proof(first: str) -> None:
    """ "The client MUST verify that the initial part of the nonce [...] is the same as the nonce
    it initially specified." Few rounds would let it try passwords, many would keep us busy.
    """
    script = Script(Login("anna", secret="s3cret"))
    (line,) = script.gets("AUTHENTICATE +")
    nonce = _said(line).decode().rpartition("r=")[2]
    with pytest.raises(LoginRefused, match="makes no sense"):
        script.says(first.replace("<nonce>", nonce))


def test_a_challenge_without_end_is_not_waited_for() -> None:
    script = Script(Login("anna", secret="s3cret"))
    line = f"AUTHENTICATE {'A' * 400}"
    assert not any(script.gets(line) for _ in range(8))
    with pytest.raises(LoginRefused, match="makes no sense"):
        script.gets(line)


def test_who_has_no_verifier_yet_logs_in_with_plain_once() -> None:
    """docs/extensions.md: "An account that has none, because its password is older, gets one at
    its next login with `PLAIN` or `PASS`; until then SCRAM refuses it".
    """
    script = Script(Login("anna", secret="s3cret", kept=lambda: ["s3cret"]))
    script.says(script.first().first)
    assert script.gets(":s 904 * :SASL authentication failed") == ["AUTHENTICATE PLAIN"]
    (line,) = script.gets("AUTHENTICATE +")
    assert _said(line) == b"\0anna\0s3cret"
    assert script.gets(":s 903 * :SASL authentication successful") == ["CAP END"]
    assert script.handshake.authenticated


def test_a_typed_password_that_is_wrong_counts_once() -> None:
    """docs/operations.md: "Five for one account are free"."""
    script = Script(Login("anna", secret="s3cret"))
    script.says(script.first().first)
    assert script.gets(":s 904 * :SASL authentication failed") == ["CAP END"]


def test_a_password_that_was_proved_before_is_not_said_when_it_is_refused() -> None:
    """It was changed elsewhere; what is kept may be somebody's other password."""
    kept: list[str] = []
    login = Login("anna", secret="s3cret", kept=lambda: ["s3cret"])
    login.kept_key, login.keep_key = lambda: "4096:x:y:z", kept.append
    script = Script(login)
    script.says(script.first().first)
    assert script.gets(":s 904 * :SASL authentication failed") == ["CAP END"]
    with pytest.raises(PasswordRefused):
        script.gets(":s 433 * anna :Nickname is already in use")
    assert not kept


def test_a_password_that_was_refused_with_plain_is_not_said_again() -> None:
    """docs/client.md: "once". Each login of a program with an old password counted as two."""
    kept: list[str] = []
    for said in (True, False):
        login = Login("anna", secret="s3cret", kept=lambda: ["s3cret"])
        login.kept_key, login.keep_key = lambda: "".join(kept), kept.append
        script = Script(login)
        script.says(script.first().first)
        if said:
            assert script.gets(":s 904 * :SASL authentication failed") == ["AUTHENTICATE PLAIN"]
            script.gets("AUTHENTICATE +")
        assert script.gets(":s 904 * :SASL authentication failed") == ["CAP END"]


@pytest.mark.parametrize("spoiled", ["", "4096:c2FsdHNhbHRzYWx0c2FsdA==:00:AAAA", "\x00:ü:=:="])
def test_what_was_computed_before_is_used_only_for_its_password(spoiled: str) -> None:
    """RFC 5802, 5.1: "a client implementation MAY cache ClientKey&ServerKey (or just
    SaltedPassword) for later reauthentication".
    """
    first = "r=mineits,s=c2FsdHNhbHRzYWx0c2FsdA==,i=4096"
    other = Scram("anna", "other", nonce="mine")
    other.final(first)
    for key in (spoiled, other.key):
        login = Scram("anna", "s3cret", key, nonce="mine")
        dialogue = Dialogue(read_first(login.first()), VERIFIER, nonce="its")
        assert dialogue.check(login.final(first)).decode().startswith("v=")


@pytest.mark.slow
async def test_a_secret_crosses_the_wire_when_it_is_made_and_never_again(
    two_gateways: tuple[Gateway, Gateway], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed on one gateway, proved on another; the third login computes nothing any more."""
    sent: list[bytes] = []
    send = Connection.send

    def listening(self: Connection, *lines: bytes) -> None:
        sent.extend(lines)
        send(self, *lines)

    async def log_in(server: Server, login: Login) -> None:
        asking = Asking(login, [server])
        await asking.start()
        assert asking.authenticated
        await asking.close()

    servers = [Server(gateway.host, gateway.port) for gateway in two_gateways]
    state = State(tmp_path, servers)
    state.keep("petra", Credential("open-sesame", generated=False))
    login = Login("petra", claim="open-sesame", kept_key=lambda: state.key("petra"))
    login.keep_key = lambda key: state.keep_key("petra", key)
    await log_in(servers[0], replace(login))
    monkeypatch.setattr(Connection, "send", listening)
    login.secret = "open-sesame"
    await log_in(servers[1], replace(login))
    monkeypatch.setattr(scram, "pbkdf2_hmac", None)
    await log_in(servers[0], replace(login))
    named = [line.split()[1] for line in sent if line.startswith(b"AUTHENTICATE ")]
    said = [base64.b64decode(text) for text in named if text not in (b"SCRAM-SHA-256", b"+")]
    assert len(said) == 2 * len(["its nonce", "its proof"])
    assert not any(b"sesame" in text for text in [*sent, *said])
    state.forget("petra")
    assert state.key("petra") == ""
