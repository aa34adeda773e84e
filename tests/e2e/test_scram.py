"""SASL SCRAM-SHA-256. https://ircv3.net/specs/extensions/sasl-3.1, RFC 5802, RFC 7677"""

from __future__ import annotations

import re
from base64 import b64encode

import pytest

from tests.e2e.asking import PASSWORD, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.scram import Scram, words


async def account(connect: Connect, name: str = "alice") -> None:
    """Make an account whose owner is away."""
    client = await registered(connect, name)
    await client.send("QUIT")
    await client.expect_closed()


async def begin(connect: Connect) -> IrcClient:
    """A connection that is asked for its first message."""
    client = await connect.open()
    await client.send("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
    # "If the chosen mechanism is client-first, the server sends an empty response"
    await client.expect(r"^AUTHENTICATE \+$")
    return client


async def challenge(client: IrcClient) -> str:
    """What the server says next, in as many lines as it takes."""
    text = ""
    while True:
        line = (await client.expect("^AUTHENTICATE ", unless=" 90[4-8] ")).params[0]
        text += "" if line == "+" else line
        if len(line) < 400:
            return text


async def log_in(client: IrcClient, name: str, password: str = PASSWORD) -> None:
    """All steps; the numerics are not read yet."""
    scram = Scram(name, password)
    await client.send(f"AUTHENTICATE {scram.first()}")
    await client.send(f"AUTHENTICATE {scram.final(await challenge(client))}")
    scram.check(await challenge(client))
    await client.send("AUTHENTICATE +")


async def test_the_exchange(connect: Connect) -> None:
    """ "If the mechanism finishes with the server sending a non-empty challenge (such as in SCRAM),
    clients MUST still send an empty response." And: "If authentication is successful, a 900 and 903
    numeric will be sent."
    """
    await account(connect)
    client = await begin(connect)
    await client.send("NICK alice", "USER alice 0 * :A")
    scram = Scram("alice", PASSWORD)
    await client.send(f"AUTHENTICATE {scram.first()}")
    said = await challenge(client)
    assert words(said)["r"].startswith(scram.nonce)
    assert words(said)["i"] == "600000"
    await client.send(f"AUTHENTICATE {scram.final(said)}")
    scram.check(await challenge(client))
    await client.send("AUTHENTICATE +")
    line = await client.expect(r" 90\d ")
    assert line.raw.endswith(
        " 900 alice alice!~alice@127.0.0.1 alice :You are now logged in as alice"
    )
    await client.expect(r" 903 alice :SASL authentication successful$")
    await client.send("CAP END")
    await client.expect(" 001 alice ")


async def test_it_is_offered(connect: Connect) -> None:
    """ "Servers SHOULD advertise the available SASL authentication mechanisms in the value of the
    sasl client capability in CAP LS." """
    client = await connect.open()
    await client.send("CAP LS 302")
    await client.expect(r"[ :]sasl=SCRAM-SHA-256,PLAIN( |$)")


async def test_a_device_logs_in(connect: Connect) -> None:
    """ "NAME@DEVICE", as with PLAIN."""
    await account(connect)
    client = await begin(connect)
    await log_in(client, "ALICE@phone+10")
    await client.expect(" 903 ")
    await client.send("NICK alice", "USER alice 0 * :A", "CAP END")
    await client.expect(" 001 alice ")


async def test_the_new_password_after_passwd(connect: Connect) -> None:
    """The verifier changes with the password."""
    client = await registered(connect, "alice")
    await client.send("PASSWD :brand new")
    await client.expect("PASSWD CHANGED")
    for password, numeric in (("brand new", "903"), (PASSWORD, "904")):
        again = await begin(connect)
        scram = Scram("alice", password)
        await again.send(f"AUTHENTICATE {scram.first()}")
        await again.send(f"AUTHENTICATE {scram.final(await challenge(again))}", "AUTHENTICATE +")
        await again.expect(f" {numeric} ", unless=r" (903|904) ")


@pytest.mark.parametrize("name", ["alice", "nobody"])
async def test_nothing_tells_whether_there_is_an_account(connect: Connect, name: str) -> None:
    """The exchange goes on for a name that is nobody's, with a salt that is always the same, on
    every gateway.
    """
    await account(connect)
    shown = []
    for _ in range(3):
        client = await begin(connect)
        scram = Scram(name, "wrong")
        await client.send(f"AUTHENTICATE {scram.first()}")
        said = await challenge(client)
        shown.append((words(said)["s"], words(said)["i"], len(words(said)["r"])))
        await client.send(f"AUTHENTICATE {scram.final(said)}")
        line = await client.expect(" 90")
        assert line.raw == ":chat.internal 904 * :SASL authentication failed"
    assert {*shown} == {shown[0]}
    assert (len(shown[0][0]), shown[0][1]) == (24, "600000")


@pytest.mark.parametrize(
    "said",
    [
        "+",
        "not base64!",
        b64encode(b"n,,n=alice").decode(),
        b64encode(b"\xff").decode(),
        b64encode(b"p=tls-unique,,n=alice,r=abc").decode(),
        b64encode(b"n,a=bob,n=alice,r=abc").decode(),
    ],
)
async def test_a_wrong_first_message_gets_904_and_another_try(connect: Connect, said: str) -> None:
    """ "If authentication fails, a 904 or 905 numeric will be sent and the client MAY retry from
    the AUTHENTICATE <mechanism> command."
    """
    await account(connect)
    client = await begin(connect)
    await client.send(f"AUTHENTICATE {said}")
    await client.expect(r"^:chat.internal 904 \* :SASL authentication failed$")
    await client.send("AUTHENTICATE SCRAM-SHA-256")
    await client.expect(r"^AUTHENTICATE \+$")
    await log_in(client, "alice")
    await client.expect(" 903 ")


async def test_it_can_be_aborted_at_each_step(connect: Connect) -> None:
    """ "The client can abort an authentication by sending an asterisk as the data. The server will
    send a 906 numeric." Nothing of it is left.
    """
    await account(connect)
    client = await begin(connect)
    for steps in range(3):
        scram = Scram("alice", PASSWORD)
        if steps:
            await client.send(f"AUTHENTICATE {scram.first()}")
            said = await challenge(client)
        if steps == 2:
            await client.send(f"AUTHENTICATE {scram.final(said)}")
            await challenge(client)
        await client.send("AUTHENTICATE *", "AUTHENTICATE SCRAM-SHA-256")
        await client.expect(r"^:chat.internal 906 \* :SASL authentication aborted$")
        await client.expect(r"^AUTHENTICATE \+$", unless=" 90[04] ")
    await client.send("AUTHENTICATE +", "NICK alice2", "USER alice 0 * :A", "CAP END")
    await client.expect(" 001 ", unless=" 90[03] ")
    await client.send("WHOIS alice2")
    assert "330" not in [line.command for line in await client.lines_until(" 318 ")]


async def test_the_last_response_is_empty(connect: Connect) -> None:
    """ "clients MUST still send an empty response" """
    await account(connect)
    client = await begin(connect)
    scram = Scram("alice", PASSWORD)
    await client.send(f"AUTHENTICATE {scram.first()}")
    await client.send(f"AUTHENTICATE {scram.final(await challenge(client))}")
    await challenge(client)
    await client.send(f"AUTHENTICATE {b64encode(b'more').decode()}")
    await client.expect(" 904 ", unless=" 90[03] ")


async def test_logging_in_later(connect: Connect) -> None:
    """ "Servers SHOULD allow a client, authenticated or otherwise, to reauthenticate by sending a
    new AUTHENTICATE message at any time."
    """
    await account(connect)
    client = await connect("guest", ("sasl",))
    await client.send("AUTHENTICATE SCRAM-SHA-256")
    await client.expect(r"^AUTHENTICATE \+$")
    await log_in(client, "alice")
    await client.expect(r" 900 guest guest!~guest@127.0.0.1 alice :")
    await client.expect(" 903 guest ")


async def test_who_guesses_waits(connect: Connect) -> None:
    """ "904 with a text with the seconds", as with PLAIN, and nothing is shown of the account."""
    await account(connect)
    tries = []
    for password in (*["wrong"] * 11, PASSWORD):  # 10 of them are free where it is known
        client, scram = await begin(connect), Scram("alice", password)
        await client.send(f"AUTHENTICATE {scram.first()}")
        tries.append((client, scram.final(await challenge(client))))  # it takes a while
    for client, final in tries[:-1]:
        await client.send(f"AUTHENTICATE {final}")
        await client.expect(" 904 ")
    client, final = tries[-1]
    await client.send(f"AUTHENTICATE {final}")
    line = await client.expect(" 90", unless="^AUTHENTICATE")
    assert re.fullmatch(
        "Too many wrong passwords from your network; try again in \\d seconds?", line.text
    )


async def test_a_long_nonce_is_answered_in_chunks(connect: Connect) -> None:
    """ "The response is encoded in Base64, then split to 400-byte chunks" """
    client = await begin(connect)
    first = f"n,,n=alice,r={'x' * 256}"
    await client.send(f"AUTHENTICATE {b64encode(first.encode()).decode()}")
    assert words(await challenge(client))["r"].startswith("x" * 256)
    client = await begin(connect)
    await client.send(f"AUTHENTICATE {b64encode(f'{first}x'.encode()).decode()}")
    await client.expect(" 904 ", unless="^AUTHENTICATE")
