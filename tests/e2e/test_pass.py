"""PASS, with which clients without SASL log in, beside the password of a server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chatd.commands.passwords import read_passwords
from tests.e2e.asking import PASSWORD, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.servers import Gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A server whose password is ``open:door``, with an account of anna's."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "password").write_text("open:door\n")
    flags = ("--data-dir", str(folder), "--password-file", str(folder / "password"))
    async with Gateway(*flags, "--grace", "0") as gateway:
        async with await IrcClient.connect(gateway.host, gateway.port) as anna:
            await anna.send("PASS open:door", "NICK anna", "USER a 0 * :A")
            await anna.send(f"REGISTER * * {PASSWORD}", "QUIT")
            await anna.expect("REGISTER SUCCESS")
            await anna.expect_closed()
        yield gateway


async def test_an_account_s_password_logs_in(connect: Connect) -> None:
    """ "900 aka RPL_LOGGEDIN is sent when the user's account name is set (whether by SASL or
    otherwise)." With the real mask.
    """
    alice = await registered(connect, "alice")
    await alice.send("QUIT")
    await alice.expect_closed()
    client = await connect.open()
    await client.send(f"PASS alice@phone:{PASSWORD}", "NICK ally", "USER al 0 * :A")
    line = await client.expect(" 900 ", unless=" 001 ")
    assert line.params[:3] == ["ally", "ally!~al@127.0.0.1", "alice"]
    await client.expect(" 001 ally ")
    await client.send("WHOIS ally")
    line = await client.expect(" 330 ", unless=" 318 ")
    assert line.params[1:3] == ["ally", "alice"]


@pytest.mark.parametrize(
    ("caps", "answer"),
    [("", "NOTICE guest :"), ("standard-replies", "FAIL PASS INVALID_CREDENTIALS :")],
)
@pytest.mark.parametrize("said", ["alice:wrong", "nobody:x", "al ice:x", ":x"])
async def test_a_wrong_one_is_told(connect: Connect, said: str, caps: str, answer: str) -> None:
    """Who connects is a guest then, and knows it."""
    alice = await registered(connect, "alice")
    await alice.send("QUIT")
    await alice.expect_closed()
    client = await connect.open()
    await client.send(f"CAP REQ :{caps}", f"PASS :{said}", "NICK guest", "USER g 0 * :G", "CAP END")
    text = "The account or the password in PASS is wrong: you are not logged in"
    await client.expect(f" {answer}{text}$", unless=" 001 ")
    await client.expect(" 001 guest ")


async def test_it_is_read_once(connect: Connect) -> None:
    """A nick that is taken and the next one: the password is not checked, nor told, again."""
    await registered(connect, "alice")
    client = await connect.open()
    await client.send(f"PASS alice:{PASSWORD}", "NICK %bad", "USER a 0 * :A", "NICK other")
    lines = await client.lines_until(" 001 ")
    assert [line.command for line in lines].count("900") == 1


async def test_sasl_wins_over_pass(connect: Connect) -> None:
    """Who has logged in by SASL is who it says there, whatever PASS says."""
    for name in ("alice", "bob"):
        await registered(connect, name)
    client = await connect.open()
    await client.send(f"PASS bob:{PASSWORD}", "CAP REQ :sasl", "NICK ally", "USER a 0 * :A")
    answer = b64encode(f"\0alice@laptop\0{PASSWORD}".encode()).decode()
    await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {answer}", "CAP END")
    lines = await client.lines_until(" 001 ")
    assert [line.params[2] for line in lines if line.command == "900"] == ["alice"]


@pytest.mark.parametrize(
    "said",
    [
        ["PASS open:door", f"PASS anna:{PASSWORD}"],
        [f"PASS anna:{PASSWORD}", "PASS open:door"],
        [f"PASS open:door:anna:{PASSWORD}"],
        ["PASS wrong", "PASS open:door", f"PASS anna@phone+5:{PASSWORD}"],
    ],
)
async def test_beside_the_password_of_the_server(closed: Gateway, said: list[str]) -> None:
    """Two lines, or one for clients that can send one only."""
    async with await IrcClient.connect(closed.host, closed.port) as client:
        await client.send(*said, "NICK anna", "USER a 0 * :A")
        line = await client.expect(" 900 ", unless=" 001 ")
        assert line.params[2] == "anna"
        await client.expect(" 001 anna ")


@pytest.mark.parametrize(
    "said", [[], ["PASS door"], ["PASS open"], [f"PASS anna:{PASSWORD}"],
             [f"PASS open:anna:{PASSWORD}"], ["PASS open:door", "PASS one", "PASS two"]],
)  # fmt: skip
async def test_an_account_does_not_open_the_server(closed: Gateway, said: list[str]) -> None:
    """ "ERR_PASSWDMISMATCH (464)": the password of the server has to be given in any case."""
    async with await IrcClient.connect(closed.host, closed.port) as client:
        await client.send(*said, "NICK guest", "USER a 0 * :A")
        lines = await client.expect_closed()
        assert [line.command for line in lines] == ["464", "ERROR"]


async def test_a_guest_with_the_server_s_password(closed: Gateway) -> None:
    """The account's part is wrong, the server's is right."""
    async with await IrcClient.connect(closed.host, closed.port) as client:
        await client.send("PASS open:door:anna:wrong", "NICK guest", "USER a 0 * :A")
        lines = await client.lines_until(" 001 ")
        assert [line.command for line in lines] == ["NOTICE", "001"]


@pytest.mark.parametrize(
    ("wanted", "given", "parts"),
    [
        (None, [], (True, "")),
        (None, ["x"], (True, "")),
        (None, ["a:b", "x"], (True, "a:b")),
        (None, ["a:b", "c:d"], (True, "c:d")),
        ("s", [], (False, "")),
        ("s", ["s"], (True, "")),
        ("s", ["s:"], (True, "")),
        ("s", ["s:a:b"], (True, "a:b")),
        ("s", ["s", "a:b:c"], (True, "a:b:c")),
        ("s", ["sa:b"], (False, "sa:b")),
        ("ß", ["ß:a:b"], (True, "a:b")),
    ],
)
def test_which_part_is_which(wanted: str | None, given: list[str], parts: tuple[bool, str]) -> None:
    assert read_passwords(wanted, given) == parts
