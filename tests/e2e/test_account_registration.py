"""REGISTER and VERIFY. https://ircv3.net/specs/extensions/account-registration"""

from __future__ import annotations

from tests.e2e.asking import PASSWORD, registered
from tests.e2e.conftest import Connect


async def test_a_connected_user_registers_the_own_nick(connect: Connect) -> None:
    """ "Afterward, the client is assumed to be authenticated to the <account> as if it used
    SASL." """
    for name in ("*", "alice", "ALICE"):
        nick = f"alice{len(connect.clients)}" if name == "*" else name.lower()
        client = await connect(nick)
        await client.send(f"REGISTER {name} * {PASSWORD}")
        assert (await client.expect("REGISTER")).params[:2] == ["SUCCESS", nick]
        await client.expect(f" 900 {nick} {nick}!~{nick}@127.0.0.1 {nick} :")
        await client.send("QUIT")
        await client.expect_closed()
        if name == "alice":
            break
    again = await connect("alice", sasl=("alice", PASSWORD))
    await again.send("WHOIS alice")
    await again.expect(" 330 alice alice alice :is logged in as$")


async def test_before_connecting(connect: Connect) -> None:
    """ "before-connect - if present, indicates the server supports early registration" """
    client = await connect.open()
    await client.send("CAP LS 302", "CAP REQ :draft/account-registration")
    await client.expect(r"draft/account-registration=before-connect( |$)")
    # "Sent by the server if the client sends REGISTER before sending a NICK command."
    await client.send(f"REGISTER * * {PASSWORD}")
    await client.expect(r"FAIL REGISTER NEED_NICK \* :")
    await client.send("NICK tester", "USER tester 0 * :T", f"REGISTER * * {PASSWORD}")
    await client.expect("REGISTER SUCCESS tester :")
    await client.expect(" 900 tester tester!~tester@127.0.0.1 tester :")
    await client.send("CAP END")
    await client.expect(" 001 tester ")
    await client.send("WHOIS tester")
    await client.expect(" 330 ")


async def test_a_name_in_use_cannot_be_taken_before_connecting(connect: Connect) -> None:
    """ "register while using a nick that is not available as a new account's name" """
    await connect("root")
    client = await connect.open()
    await client.send("NICK root", f"REGISTER * * {PASSWORD}")
    await client.expect("FAIL REGISTER ACCOUNT_EXISTS root :")


async def test_what_is_refused(connect: Connect) -> None:
    """ "FAIL REGISTER ..." with the code that is defined for it."""
    alice = await registered(connect, "alice")
    await alice.send(f"REGISTER * * {PASSWORD}")
    await alice.expect("FAIL REGISTER ALREADY_AUTHENTICATED alice :")
    bob = await connect("bob")
    await bob.send(f"REGISTER carol * {PASSWORD}")
    await bob.expect("FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK carol :")
    await bob.send(f"REGISTER * * {'x' * 301}", "REGISTER * * :")
    await bob.expect("FAIL REGISTER UNACCEPTABLE_PASSWORD bob :")
    await bob.expect("FAIL REGISTER UNACCEPTABLE_PASSWORD bob :")
    await bob.send("REGISTER *")
    await bob.expect(" 461 bob REGISTER :Not enough parameters$")
    client = await connect.open()
    await client.send("NICK alice", f"REGISTER * * {PASSWORD}")
    await client.expect("FAIL REGISTER ACCOUNT_EXISTS alice :")


async def test_verify_has_nothing_to_do(connect: Connect) -> None:
    """ "Sent by the server if the <code> in the VERIFY command is invalid or expired." """
    bob = await connect("bob")
    await bob.send("VERIFY bob 123")
    await bob.expect("FAIL VERIFY INVALID_CODE bob :")
    alice = await registered(connect, "alice")
    await alice.send("VERIFY alice 123")
    await alice.expect("FAIL VERIFY ALREADY_AUTHENTICATED alice :")
