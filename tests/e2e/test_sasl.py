"""SASL. https://ircv3.net/specs/extensions/sasl-3.2, https://ircv3.net/specs/extensions/sasl-3.1"""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.e2e.asking import PASSWORD, ask, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


def plain(name: str, password: str, authzid: str = "") -> str:
    """What SASL PLAIN sends."""
    return b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()


async def begin(connect: Connect) -> IrcClient:
    """A connection that is asked for its answer."""
    client = await connect.open()
    await client.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    await client.expect(r"^AUTHENTICATE \+$")
    return client


async def account(connect: Connect, name: str = "alice") -> None:
    """Make an account whose owner is away."""
    client = await registered(connect, name)
    await client.send("QUIT")
    await client.expect_closed()


@pytest.mark.parametrize("authzid", ["", "alice"])
async def test_plain(connect: Connect, authzid: str) -> None:
    """ "If authentication is successful, a 900 and 903 numeric will be sent." """
    await account(connect)
    client = await begin(connect)
    await client.send("NICK alice", "USER alice 0 * :A")
    await client.send(f"AUTHENTICATE {plain('alice', PASSWORD, authzid)}")
    line = await client.expect(r" 90\d ")
    assert line.raw.endswith(
        " 900 alice alice!~alice@127.0.0.1 alice :You are now logged in as alice"
    )
    await client.expect(r" 903 alice :SASL authentication successful$")
    await client.send("CAP END")
    await client.expect(" 001 alice ")


async def test_the_account_is_another_one_by_the_time_of_the_login(connect: Connect) -> None:
    """Who was it has proved nothing of who has the name now.

    The account was deleted, and somebody else made one of that name.
    """
    alice, slow = await registered(connect, "alice"), await begin(connect)
    await slow.send("NICK slow", "USER slow 0 * :S", f"AUTHENTICATE {plain('alice', PASSWORD)}")
    await slow.expect(" 903 ")
    await ask(alice, f"ACCOUNT DELETE {PASSWORD}")
    await alice.send("QUIT")
    await alice.expect_closed()
    other = await registered(connect, "alice")
    await slow.send("CAP END")
    await slow.expect(" 904 .* :Your account does not exist any more$")
    await slow.expect(" 001 slow ")
    assert not any(" 330 " in line for line in await ask(other, "WHOIS slow"))


@pytest.mark.parametrize(
    "answer",
    [
        plain("alice", "wrong"),
        plain("nobody", PASSWORD),
        plain("alice", PASSWORD, "bob"),
        plain("", ""),
        plain("alice", ""),
        b64encode(b"alice").decode(),
        "not base64!",
        "+",
    ],
)
async def test_a_wrong_answer_gets_904_and_another_try(connect: Connect, answer: str) -> None:
    """ "If authentication fails, a 904 or 905 numeric will be sent and the client MAY retry from
    the AUTHENTICATE <mechanism> command."
    """
    await account(connect)
    client = await begin(connect)
    await client.send(f"AUTHENTICATE {answer}")
    await client.expect(r"^:chat.internal 904 \* :SASL authentication failed$")
    await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', PASSWORD)}")
    await client.expect(" 903 ")


async def test_an_unknown_mechanism_gets_908(connect: Connect) -> None:
    """ "RPL_SASLMECHS (908) "<client> <mechanisms> :are available SASL mechanisms"." """
    client = await connect.open()
    await client.send("CAP REQ :sasl", "AUTHENTICATE FOO")
    line = await client.expect(" 908 ")
    assert line.params == ["*", "SCRAM-SHA-256,PLAIN", "are available SASL mechanisms"]
    await client.expect(" 904 ")


async def test_an_asterisk_aborts(connect: Connect) -> None:
    """ "The client can abort an authentication by sending an asterisk as the data. The server will
    send a 906 numeric." """
    client = await begin(connect)
    await client.send("AUTHENTICATE *")
    await client.expect(r"^:chat.internal 906 \* :SASL authentication aborted$")


async def test_a_chunk_of_more_than_400_bytes_gets_905(connect: Connect) -> None:
    """ "The response is encoded in Base64, then split to 400-byte chunks" """
    client = await begin(connect)
    await client.send(f"AUTHENTICATE {'a' * 401}")
    await client.expect(r"^:chat.internal 905 \* :SASL message too long$")


@pytest.mark.parametrize("length", [300, 288])
async def test_long_answers_come_in_chunks(connect: Connect, length: int) -> None:
    """ "If the last chunk was exactly 400 bytes long, it must also be followed by ... +" """
    name, password = "alice", "x" * length
    client = await connect(name)
    await client.send(f"REGISTER * * {password}")
    await client.expect("REGISTER SUCCESS")
    await client.send("QUIT")
    await client.expect_closed()
    answer = plain(name, password)
    if length == 288:
        assert len(plain(name, password, "alice")) == 400
        answer = plain(name, password, "alice")
    chunks = [answer[start : start + 400] for start in range(0, len(answer), 400)]
    if len(chunks[-1]) == 400:
        chunks.append("+")
    client = await begin(connect)
    await client.send(*(f"AUTHENTICATE {chunk}" for chunk in chunks))
    await client.expect(" 903 ", unless=" 90[4567] ")


async def test_an_endless_answer_is_refused(connect: Connect) -> None:
    """ "The server MAY place a limit on the total length of a response." """
    client = await begin(connect)
    await client.send(*[f"AUTHENTICATE {'a' * 400}"] * 9)
    await client.expect(" 904 ")


async def test_without_the_capability_nobody_authenticates(connect: Connect) -> None:
    """ "The client MUST enable the sasl capability before using the AUTHENTICATE command" """
    client = await connect.open()
    await client.send("AUTHENTICATE PLAIN")
    await client.expect(" 904 ", unless=r"^AUTHENTICATE")


async def test_once_is_enough_while_connecting(connect: Connect) -> None:
    """ "If the client attempts to issue the AUTHENTICATE command after already authenticating
    successfully, the server MUST reject it with a 907 numeric."
    """
    await account(connect)
    client = await begin(connect)
    await client.send(f"AUTHENTICATE {plain('alice', PASSWORD)}", "AUTHENTICATE PLAIN")
    await client.expect(r"^:chat.internal 907 \* :You have already authenticated using SASL$")


async def test_connecting_aborts_what_is_not_finished(connect: Connect) -> None:
    """ "If the client completes registration [...] while the SASL authentication is still in
    progress, the server SHOULD abort it and send a 906 numeric, then register the client" """
    client = await begin(connect)
    await client.send("NICK alice", "USER alice 0 * :A", "CAP END")
    lines = await client.lines_until(" 001 ")
    assert [line.command for line in lines] == ["906", "001"]


async def test_logging_in_later_and_again(connect: Connect) -> None:
    """ "Servers SHOULD allow a client, authenticated or otherwise, to reauthenticate by sending a
    new AUTHENTICATE message at any time." And account-notify: "clients will get the ACCOUNT message
    [...] for clients on common channels with them, including themselves".
    """
    await account(connect, "first")
    await account(connect, "second")
    caps = ("account-notify", "account-tag", "sasl", "extended-join")
    alice, bob = await connect("alice", caps), await connect("bob", caps)
    for client in (alice, bob):
        await client.send("JOIN #room")
        await client.fence()
    await alice.fence()
    for name in ("first", "second"):
        await alice.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name, PASSWORD)}")
        await alice.expect(f" 900 alice alice!~alice@127.0.0.1 {name} :")
        await alice.expect(rf":alice!\S+ ACCOUNT {name}$")
        await alice.expect(" 903 alice ")
    assert [line.raw for line in await bob.fence()] == [
        ":alice!~alice@127.0.0.1 ACCOUNT first",
        # the tag has the account that the sender had: the example of account-tag
        "@account=first :alice!~alice@127.0.0.1 ACCOUNT second",
    ]
    await alice.send("PRIVMSG #room :hi")
    assert (await bob.expect("hi")).tags["account"] == "second"
    await alice.send("PART #room", "JOIN #room")
    line = await bob.expect(" JOIN ")
    assert line.params == ["#room", "second", "alice"]


async def test_too_many_wrong_passwords_close_the_connection(connect: Connect) -> None:
    """ "Servers MAY disconnect ANY client at any time as a result of failed authentication [...]
    but MUST provide the reason for the authentication failure prior to disconnection." """
    client = await connect.open()
    await client.send("CAP REQ :sasl")
    for _ in range(5):
        await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('nobody', 'x')}")
    lines = await client.expect_closed()
    assert [line.command for line in lines[-2:]] == ["904", "ERROR"]
