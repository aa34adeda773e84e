"""Wrong passwords, over the wire: who waits, and what it is told."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.e2e.asking import PASSWORD, registered
from tests.e2e.conftest import Connect
from tests.e2e.test_sasl import plain
from tests.support.irc import IrcClient

_last = itertools.count(2)


class Guesser:
    """Somebody at an address of its own, on one gateway after the other."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self.address = f"127.0.9.{next(_last)}"

    async def open(self, caps: str = "sasl") -> IrcClient:
        """A connection from its address."""
        gateway = next(self._connect._gateways)
        where = await asyncio.open_connection(
            gateway.host, gateway.port, local_addr=(self.address, 0)
        )
        client = IrcClient(*where)
        self._connect.clients.append(client)
        await client.send(f"CAP REQ :{caps}")
        await client.expect(" ACK ")
        return client

    async def guesses(self, name: str, count: int) -> None:
        """Say wrong passwords, each in a connection of its own."""
        for _ in range(count):
            client = await self.open()
            await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name, 'wrong')}")
            await client.expect(r" 904 \* :SASL authentication failed$")


@pytest.fixture
async def guesser(connect: Connect) -> Guesser:
    owner = await registered(connect, "alice")
    await owner.send("QUIT")
    await owner.expect_closed()
    return Guesser(connect)


async def test_who_guesses_waits_and_is_told_how_long(guesser: Guesser) -> None:
    """ "904 with a text with the seconds", on whatever gateway."""
    await guesser.guesses("alice", 6)
    client = await guesser.open("sasl standard-replies")
    await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', PASSWORD)}")
    line = await client.expect("FAIL AUTHENTICATE")
    text = "Too many wrong passwords from your network; try again in 1 second"
    assert line.raw.endswith(f"FAIL AUTHENTICATE TOO_MANY_ATTEMPTS :{text}")
    await client.expect(rf" 904 \* :{text}$")


async def test_the_owner_is_not_kept_out_and_is_told(connect: Connect, guesser: Guesser) -> None:
    """ "nobody is locked out of an account by others" """
    await guesser.guesses("alice", 6)
    owner = await connect.open()
    await owner.register("alice", ("sasl", "standard-replies"), ("alice", PASSWORD))
    await owner.fence()
    text = "There were 6 wrong passwords for your account since you were told last, from 1 network"
    assert f":chat.internal NOTE * WRONG_PASSWORDS alice :{text}" in told(owner)
    again = await connect.open()
    await again.register("alice", ("sasl", "standard-replies"), ("alice", PASSWORD))
    await again.fence()
    assert not told(again)


def told(client: IrcClient) -> list[str]:
    """What a client has heard of wrong passwords."""
    return [line.raw for line in client.log if "WRONG_PASSWORDS" in line.raw]


async def test_pass_says_so_as_well(guesser: Guesser) -> None:
    await guesser.guesses("alice", 6)
    client = await guesser.open()
    await client.send(f"PASS alice:{PASSWORD}", "NICK alice", "USER a 0 * :A", "CAP END")
    await client.expect("^ERROR :Too many wrong passwords from your network; try again in 1 second")


async def test_oper_says_so_as_well(connect: Connect, guesser: Guesser) -> None:
    client = await guesser.open()
    await client.send("NICK carl", "USER c 0 * :C", "CAP END")
    for number in range(6):
        if number == 4:  # after five the connection would be closed
            client = await guesser.open()
            await client.send("NICK carl2", "USER c 0 * :C", "CAP END")
        await client.send("OPER operuser wrong")
        await client.expect(r" 464 carl2? :Password incorrect$")
    await client.send("OPER operuser operpassword")
    await client.expect(r" 464 carl2 :Too many wrong passwords from your network; try again in")
    await client.send("OPER operuser operpassword")  # the answer took a second
    await client.expect(" 381 ")


async def test_who_goes_on_is_closed(guesser: Guesser) -> None:
    """ "a client that goes on guessing while throttled is closed after some" """
    await guesser.guesses("alice", 6)
    client = await guesser.open()
    for _ in range(5):
        await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'wrong')}")
    await client.expect("^ERROR :Too many ")


async def test_operators_see_who_guesses(connect: Connect, guesser: Guesser) -> None:
    await guesser.guesses("alice", 6)
    client = await guesser.open()
    await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', 'wrong')}")
    await client.expect(" 904 .*try again in")
    oper = await connect("oper1")
    await oper.send("STATS g", "OPER operuser operpassword", "STATS g")
    await oper.expect(" 481 ")
    await oper.expect(" 381 ")
    await oper.expect(rf" 225 oper1 G {guesser.address} ", unless=" 219 .*G")
