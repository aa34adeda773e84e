"""SCRAM, against the examples that its RFCs publish and against another implementation."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

import pytest
import scramp
from hypothesis import given
from hypothesis import strategies as st
from scramp.core import ScramException
from scramp.core import saslprep as their_saslprep

from chatd.wire.saslprep import saslprep
from chatd.wire.scram import (
    ITERATIONS,
    Dialogue,
    WrongProof,
    decoy,
    make_verifier,
    read_first,
    read_verifier,
)


def test_the_example_of_rfc_7677() -> None:
    """RFC 7677, 3: "This is an example of a SCRAM-SHA-256 authentication exchange when the client
    doesn't support channel bindings. The username 'user' and password 'pencil' are being used."
    """
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    first = read_first(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    login = Dialogue(first, make_verifier("pencil", salt, 4096), "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
    assert login.first == (
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    answer = (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert login.check(answer) == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_example_of_rfc_5802() -> None:
    """RFC 5802, 5: the same with SHA-1, "S: v=rmF9pqV8S7suAoZWja4dJRkFsKQ="."""
    first = read_first(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")
    verifier = make_verifier("pencil", base64.b64decode("QSXCR+Q6sek8bf92"), 4096, "sha1")
    login = Dialogue(first, verifier, "3rfcNHYJY1ZVvWVs7j", "sha1")
    assert login.first == "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    answer = b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    assert login.check(answer) == b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="


@pytest.mark.parametrize(
    ("password", "name"),
    [("pencil", "user"), ("ＩⅨ", "a,b=c"), ("I\u00adX\u00a0y", "ünï"), ("x" * 300, "n" * 64)],
)
def test_another_implementation_logs_in(password: str, name: str) -> None:
    """RFC 5802, 5.1: "The characters ',' or '=' in usernames are sent as '=2C' and '=3D'
    respectively."
    """
    client = scramp.ScramClient(["SCRAM-SHA-256"], name, password)
    first = read_first(client.get_client_first().encode())
    assert first.name == name
    login = Dialogue(first, make_verifier(password, iterations=4096))
    client.set_server_first(login.first)
    answer = client.get_client_final().encode()
    client.set_server_final(login.check(answer).decode())


def started(gs2: str = "n,,") -> tuple[scramp.ScramClient, Dialogue]:
    """A login up to the server's first message."""
    client = scramp.ScramClient(["SCRAM-SHA-256"], "user", "pencil")
    first = client.get_client_first().replace("n,,", gs2, 1)
    login = Dialogue(read_first(first.encode()), make_verifier("pencil", iterations=4096))
    client.set_server_first(login.first)
    return client, login


def test_a_wrong_password_is_found() -> None:
    client = scramp.ScramClient(["SCRAM-SHA-256"], "user", "pencil")
    first = read_first(client.get_client_first().encode())
    login = Dialogue(first, make_verifier("other", iterations=4096))
    client.set_server_first(login.first)
    with pytest.raises(WrongProof):
        login.check(client.get_client_final().encode())


@pytest.mark.parametrize(("gs2", "said"), [("y,,", "n,,"), ("n,,", "y,,"), ("n,a=user,", "n,,")])
def test_a_header_that_was_changed_on_the_way_is_found(gs2: str, said: str) -> None:
    """RFC 5802, 5.1, c: the header is said again, and signed: nobody between can have made "y" of
    "p", or put in another authzid.
    """
    client, login = started(gs2)
    answer = client.get_client_final().replace("c=biws", f"c={_b64(said)}", 1)
    with pytest.raises(WrongProof):
        login.check(answer.encode())


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"n",
        b"n,,",
        b"n,,n=,r=x",
        b"n,,n=user",
        b"n,,n=user,r=",
        b"n,,n=user,r=a b",
        b"n,,n=us\0er,r=x",
        b"n,,n=us=er,r=x",
        b"n,,n=us=2cer,r=x",
        b"n,,r=x,n=user",
        b"n,,n=user,r=" + b"x" * 257,
        b"n,,n=user,r=\xff",
        "n,,n=user,r=é".encode(),
        # "p": the client requires channel binding; there is none here
        b"p=tls-exporter,,n=user,r=x",
        b"p=,,n=user,r=x",
        b"x,,n=user,r=x",
        # "its presence in a client or a server message MUST cause authentication failure"
        b"n,,m=x,n=user,r=x",
        b"n,user,n=user,r=x",
        b"n,,n=user,r=x\n",
    ],
)
def test_what_is_no_first_message(message: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  UnicodeDecodeError is one
        read_first(message)


def test_extensions_of_later_versions_are_ignored() -> None:
    """RFC 5802, 7: extensions are optional, unknown ones are ignored; but they are signed."""
    client = scramp.ScramClient(["SCRAM-SHA-256"], "user", "pencil", c_nonce="x")
    first = client.get_client_first() + ",z=new"
    client.client_first_bare += ",z=new"
    login = Dialogue(read_first(first.encode()), make_verifier("pencil", iterations=4096))
    client.set_server_first(login.first)
    assert login.check(client.get_client_final().encode()).startswith(b"v=")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[: text.index(",p=")],
        lambda text: text + ",z=new",
        lambda text: text.replace("r=", "r=x", 1),
        lambda text: text.replace(",p=", "x,p=", 1),
        lambda text: text.replace("c=", "d=", 1),
        lambda text: text + "\n",
        lambda text: text[: text.index("p=")] + "p=====",
        lambda text: text.replace("c=biws", "c=biw", 1),
    ],
)
def test_what_is_no_final_message(change: Any) -> None:
    client, login = started()
    with pytest.raises(ValueError):  # noqa: PT011
        login.check(change(client.get_client_final()).encode())


@pytest.mark.parametrize(
    "proof", ["AAAA", "A" * 44, _b64("x" * 31), _b64("x" * 33), _b64("x" * 32)]
)
def test_a_proof_of_any_length_is_wrong(proof: str) -> None:
    client, login = started()
    answer = client.get_client_final()
    with pytest.raises(WrongProof):
        login.check(f"{answer[: answer.index('p=')]}p={proof}".encode())


@given(st.binary(max_size=200))
def test_hostile_bytes_are_refused_by_the_errors_that_are_named(message: bytes) -> None:
    login = Dialogue(read_first(b"n,,n=user,r=x"), decoy(b"secret", "user"))
    with pytest.raises((ValueError, WrongProof)):
        login.check(message)
    with suppress(ValueError):
        read_first(message)


def test_a_verifier_is_written_and_read() -> None:
    verifier = make_verifier("pencil", iterations=4096)
    assert read_verifier(str(verifier)) == verifier
    assert "pencil" not in str(verifier)
    assert verifier != make_verifier("pencil", iterations=4096), "each has its own salt"
    for text in ("", "SCRAM-SHA-1$1:eA==$eA==:eA==", "SCRAM-SHA-256$x:eA==$eA==:eA==",
                 "SCRAM-SHA-256$1:$eA==:eA==", "SCRAM-SHA-256$0:eA==$eA==:eA==",
                 "SCRAM-SHA-256$1:=$eA==:eA=="):  # fmt: skip
        assert read_verifier(text) is None


def test_a_verifier_is_not_shown_by_accident() -> None:
    """ "Never logged": not where an exception or a test shows values either."""
    verifier = make_verifier("pencil", iterations=4096)
    assert _b64_of(verifier.stored_key) not in repr(verifier)


def _b64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_decoy_looks_like_any_other() -> None:
    """Nobody is told which names there are."""
    one, again, other = decoy(b"s", "anna"), decoy(b"s", "anna"), decoy(b"s", "bob")
    assert one.salt == again.salt != other.salt
    assert decoy(b"another server", "anna").salt != one.salt
    real = make_verifier("pencil")
    assert (len(one.salt), one.iterations) == (len(real.salt), ITERATIONS)


def prepared(text: str) -> str | None:
    try:
        return saslprep(text)
    except ValueError:
        return None


def prepared_by_others(text: str) -> str | None:
    try:
        return str(their_saslprep(text))
    except ScramException:
        return None


@pytest.mark.slow
def test_tables_say_the_same_as_another_implementation() -> None:
    """RFC 4013, for each code point; and between letters of both directions."""
    texts = [chr(number) for number in range(0x30000)]
    texts += [f"{a}{b}{a}" for a in "aא1" for b in texts[:0x900]]
    assert [text for text in texts if prepared(text) != prepared_by_others(text)] == []
