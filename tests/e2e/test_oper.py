"""OPER and accounts of operators. Sentences are of https://modern.ircdocs.horse unless said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask, heard, operator
from tests.support.servers import Gateway, RedisServer


async def test_becoming_an_operator(connect: Connect) -> None:
    """ "If the supplied name and password are both correct, [...] the RPL_YOUREOPER message is sent
    to the user. The user will also receive a MODE message indicating their new user modes".
    """
    alice, bob = await connect("alice"), await connect("bob")
    assert await ask(alice, "OPER operuser operpassword") == [
        ":alice!~alice@127.0.0.1 MODE alice +o",
        ":chat.internal 381 alice :You are now an IRC operator",
    ]
    assert ":chat.internal 313 bob alice :is an IRC operator" in await ask(bob, "WHOIS alice")
    assert (await ask(bob, "WHO alice"))[0].split()[-3] == "H*"
    # 302 "<nickname> [ '*' ] '=' ( '+' / '-' ) <hostname>": "* indicates an operator"
    assert await ask(bob, "USERHOST alice") == [":chat.internal 302 bob :alice*=+~alice@127.0.0.1"]
    # "o": operators only
    assert len(await ask(bob, "WHO * o")) == 2
    assert ":chat.internal 252 bob 1 :operator(s) online" in await ask(bob, "LUSERS")
    assert await ask(alice, "MODE alice -o") == [":alice!~alice@127.0.0.1 MODE alice -o"]
    assert ":chat.internal 252 bob 0 :operator(s) online" in await ask(bob, "LUSERS")
    assert await ask(alice, "WALLOPS :hi") == [
        ":chat.internal 481 alice :Permission Denied- You're not an IRC operator"
    ]


@pytest.mark.parametrize("line", ["OPER operuser wrong", "OPER nobody operpassword"])
async def test_wrong_password(connect: Connect, line: str) -> None:
    """ "If the client does not send the correct password for the given name, the server replies
    with an ERR_PASSWDMISMATCH message and the request is not successful."
    """
    alice = await connect("alice")
    assert await ask(alice, line) == [":chat.internal 464 alice :Password incorrect"]
    assert await ask(alice, "MODE alice") == [":chat.internal 221 alice +"]


async def test_both_parameters_are_required(connect: Connect) -> None:
    """ "Both parameters are required for the command to be successful." """
    alice = await connect("alice")
    assert await ask(alice, "OPER operuser") == [
        ":chat.internal 461 alice OPER :Not enough parameters"
    ]


@pytest.mark.parametrize(
    "line",
    ["KILL bob :x", "KLINE *@x :x", "UNKLINE *@x", "DLINE 192.0.2.1", "UNDLINE 192.0.2.1",
     "ABAN x", "UNABAN x", "WALLOPS :x", "REHASH"],
)  # fmt: skip
async def test_for_operators_only(connect: Connect, line: str) -> None:
    """481: "the command failed because the user is not an IRC operator"."""
    alice, _ = await connect("alice"), await connect("bob")
    assert await ask(alice, line) == [
        ":chat.internal 481 alice :Permission Denied- You're not an IRC operator"
    ]


async def test_an_account_of_an_operator(
    connect: Connect, shared_gateways: tuple[RedisServer, list[Gateway]]
) -> None:
    """ "accounts marked as such (`chatd account`)": at once, and at each login."""
    redis, _ = shared_gateways

    def account(*words: str) -> str:
        command = [sys.executable, "-m", "chatd", "account", "--redis", redis.url, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    alice = await connect("alice")
    await alice.send("REGISTER * * :secret")
    await alice.expect("REGISTER SUCCESS")
    await alice.fence()  # it is logged in
    assert account("oper", "nobody").startswith("chatd: there is no such account")
    assert account("oper", "ALICE") == "ALICE is an operator\n"
    assert ":alice!~alice@127.0.0.1 MODE alice +o" in await heard(alice)
    assert account("list").split()[-1] == "operator"
    await alice.send("QUIT")
    await alice.expect_closed()
    again = await connect("alice2", sasl=("alice", "secret"))
    assert await ask(again, "MODE alice2") == [":chat.internal 221 alice2 +o"]
    assert account("oper", "alice", "--remove") == "alice is no operator any more\n"
    third = await connect("alice3", sasl=("alice", "secret"))
    assert await ask(third, "MODE alice3") == [":chat.internal 221 alice3 +"]
    # OPER knows such accounts too, and no others
    assert await ask(third, "OPER alice secret") == [
        ":chat.internal 464 alice3 :Password incorrect"
    ]
    account("oper", "alice")
    assert ":alice3!~alice3@127.0.0.1 MODE alice3 +o" in await heard(third)
    assert (await ask(third, "OPER alice secret"))[0].split()[1] == "381"


async def test_rehash(connect: Connect) -> None:
    """382 "<client> <config file> :Rehashing"."""
    boss = await operator(connect)
    assert await ask(boss, "REHASH") == [":chat.internal 382 boss opers :Rehashing"]


# -- WALLOPS -------------------------------------------------------------------------------------


async def test_wallops(connect: Connect) -> None:
    """ "The WALLOPS command is used to send a message to all currently connected users who have set
    the 'w' user mode for themselves."
    """
    boss, alice, bob = await operator(connect), await connect("alice"), await connect("bob")
    await ask(alice, "MODE alice +w")
    assert await ask(boss, "WALLOPS :Hear, hear") == []
    assert await heard(alice) == [":boss!~boss@127.0.0.1 WALLOPS :Hear, hear"]
    assert await heard(bob) == []
    await ask(boss, "MODE boss +w")
    assert await ask(boss, "WALLOPS :again") == [":boss!~boss@127.0.0.1 WALLOPS :again"]
    assert await ask(boss, "WALLOPS") == [":chat.internal 461 boss WALLOPS :Not enough parameters"]
