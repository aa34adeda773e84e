"""Logging in, line by line, without a socket."""

from __future__ import annotations

import base64

import pytest

from chatd.wire.message import parse
from cli.client.errors import LoginRefused, NameTaken, NotConnected, PasswordRefused
from cli.client.handshake import Handshake, Login


class Script:
    """A handshake that is fed with literal lines."""

    def __init__(self, login: Login) -> None:
        self.handshake = Handshake(login)
        self.sent = self._text(self.handshake.start())

    def gets(self, line: str) -> list[str]:
        return self._text(self.handshake.receive(parse(line.encode())))

    @staticmethod
    def _text(lines: list[bytes]) -> list[str]:
        return b"".join(lines).decode().splitlines()


def test_a_kept_secret_is_used_with_sasl_before_cap_end() -> None:
    script = Script(Login("anna", secret="s3cret"))
    assert script.sent == ["CAP LS 302", "NICK anna", "USER anna 0 * anna"]
    assert script.gets(":s CAP * LS * :server-time batch") == []
    asked = script.gets(":s CAP * LS :sasl=PLAIN unknown/thing")
    assert asked == ["CAP REQ :server-time batch sasl"]
    assert script.gets(":s CAP * ACK :server-time batch sasl") == ["AUTHENTICATE PLAIN"]
    (line,) = script.gets("AUTHENTICATE +")
    assert base64.b64decode(line.removeprefix("AUTHENTICATE ")) == b"\0anna\0s3cret"
    script.gets(":s 900 anna anna!u@h anna :You are now logged in as anna")
    assert script.gets(":s 903 anna :SASL authentication successful") == ["CAP END"]
    assert script.gets(":s 001 anna :Welcome") == []
    assert script.handshake.done
    assert script.handshake.authenticated
    assert script.handshake.caps == {"server-time", "batch", "sasl"}


def test_a_long_secret_goes_out_in_chunks_of_400_bytes() -> None:
    """'the last chunk being less than 400 bytes', an exact one is followed by ``+``."""
    script = Script(Login("anna", secret="x" * (300 - len("\0anna\0"))))
    script.gets(":s CAP * LS :sasl")
    script.gets(":s CAP * ACK :sasl")
    lines = script.gets("AUTHENTICATE +")
    assert [len(line) - len("AUTHENTICATE ") for line in lines] == [400, 1]
    assert lines[1] == "AUTHENTICATE +"


def test_a_free_name_is_claimed_after_the_welcome() -> None:
    login = Login("anna", claim="new-secret")
    script = Script(login)
    script.gets(":s CAP * LS :sasl draft/account-registration=before-connect")
    assert script.gets(":s CAP * ACK :sasl draft/account-registration") == ["CAP END"]
    assert script.gets(":s 001 anna :Welcome") == ["REGISTER * * new-secret"]
    assert login.claim_sent
    assert login.password == "new-secret"
    script.gets(":anna!u@h JOIN #dev")
    done_before = script.handshake.done
    script.gets(":s REGISTER SUCCESS anna :Account created")
    assert (done_before, script.handshake.done) == (False, True)
    assert script.handshake.claimed
    assert [message.command for message in script.handshake.early] == ["001", "JOIN"]


def test_a_claim_that_fails_is_said_and_the_login_stands() -> None:
    script = Script(Login("anna", claim="new-secret"))
    script.gets(":s CAP * LS :draft/account-registration")
    script.gets(":s CAP * ACK :draft/account-registration")
    script.gets(":s 001 anna :Welcome")
    script.gets("FAIL REGISTER TEMPORARILY_UNAVAILABLE anna :Try again later")
    assert script.handshake.done
    assert not script.handshake.authenticated
    assert script.handshake.claim_problem == "Try again later"


def test_a_taken_name_without_a_secret_needs_a_password() -> None:
    script = Script(Login("anna", claim="new-secret"))
    script.gets(":s CAP * LS :sasl")
    script.gets(":s CAP * ACK :sasl")
    with pytest.raises(NameTaken, match="anna is somebody's name"):
        script.gets(":s 433 * anna :Nickname is already in use")


def test_a_name_that_is_refused_before_sasl_is_asked_for_again_after_it() -> None:
    script = Script(Login("anna", secret="s3cret"))
    assert script.gets(":s 433 * anna :Nickname is already in use") == []
    script.gets(":s CAP * LS :sasl")
    script.gets(":s CAP * ACK :sasl")
    script.gets("AUTHENTICATE +")
    assert script.gets(":s 903 * :SASL authentication successful") == ["NICK anna", "CAP END"]


def test_a_refused_secret_for_a_taken_name_is_the_wrong_password() -> None:
    script = Script(Login("anna", secret="wrong", claim="wrong"))
    script.gets(":s CAP * LS :sasl")
    script.gets(":s CAP * ACK :sasl")
    script.gets("AUTHENTICATE +")
    assert script.gets(":s 904 * :SASL authentication failed") == ["CAP END"]
    with pytest.raises(PasswordRefused, match="this is not the password of anna"):
        script.gets(":s 433 * anna :Nickname is already in use")


def test_a_refused_secret_for_a_name_that_became_free_claims_it_again() -> None:
    script = Script(Login("anna", secret="kept", claim="kept"))
    script.gets(":s CAP * LS :sasl draft/account-registration")
    script.gets(":s CAP * ACK :sasl draft/account-registration")
    script.gets("AUTHENTICATE +")
    assert script.gets(":s 904 * :SASL authentication failed") == ["CAP END"]
    assert script.gets(":s 001 anna :Welcome") == ["REGISTER * * kept"]


@pytest.mark.parametrize(
    ("line", "error", "text"),
    [
        (":s 464 * :Password incorrect", LoginRefused, "CHAT_SERVER_PASSWORD"),
        (":s 465 * :You are banned", LoginRefused, "You are banned"),
        (":s 432 * anna :Erroneous nickname", LoginRefused, "Erroneous nickname"),
        (":s 400 * NICK :Redis is away", NotConnected, "Redis is away"),
        ("FAIL * TEMPORARILY_UNAVAILABLE :Redis is away", NotConnected, "Redis is away"),
        ("ERROR :Closing link: shutting down", NotConnected, "shutting down"),
    ],
)
def test_what_the_server_says_decides_whether_another_try_makes_sense(
    line: str, error: type[Exception], text: str
) -> None:
    script = Script(Login("anna"))
    with pytest.raises(error, match=text) as raised:
        script.gets(line)
    assert isinstance(raised.value, LoginRefused) is (error is LoginRefused)


def test_who_gave_a_wrong_password_of_the_server_is_not_asked_for_one() -> None:
    script = Script(Login("anna", server_password="wrong"))
    with pytest.raises(LoginRefused, match="that is not the server's password: give the right"):
        script.gets(":s 464 * :Password incorrect")


def test_a_password_that_cannot_be_checked_now_is_not_called_wrong() -> None:
    """Many come back at once when a gateway dies: nobody's `chat` ends because it has to wait."""
    script = Script(Login("anna", secret="kept", claim="kept"))
    script.gets(":s CAP * LS :sasl standard-replies")
    script.gets(":s 433 * anna :Nickname is already in use")
    script.gets(":s CAP * ACK :sasl standard-replies")
    script.gets("AUTHENTICATE +")
    with pytest.raises(NotConnected, match="cannot log anybody in at the moment: Too many"):
        script.gets("FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :Too many logins right now")


def test_a_server_password_comes_before_the_name() -> None:
    script = Script(Login("anna", server_password="open sesame"))
    assert script.sent[:3] == ["CAP LS 302", "PASS :open sesame", "NICK anna"]


def test_an_impossible_name_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(LoginRefused, match="'an na' cannot be a name"):
        Handshake(Login("an na"))


def test_capabilities_that_are_refused_together_are_asked_for_one_by_one() -> None:
    """'the server MUST NOT apply any of the changes' of a request that it answers with NAK."""
    script = Script(Login("anna"))
    script.gets(":s CAP * LS :batch server-time")
    lines = script.gets(":s CAP * NAK :server-time batch")
    assert lines == ["CAP REQ server-time", "CAP REQ batch"]
    assert script.gets(":s CAP * ACK :server-time") == []
    assert script.gets(":s CAP * NAK :batch") == ["CAP END"]
    assert script.handshake.caps == {"server-time"}
