"""Who may make an account: everybody, who is invited, nobody; and how many of one address.

https://ircv3.net/specs/extensions/account-registration
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Gateways
from tests.e2e.asking import PASSWORD
from tests.support.irc import IrcClient
from tests.support.servers import CHATD, Gateway, RedisServer, chatd_environ
from tests.support.wait import PATIENCE_S


def chatd(redis: RedisServer, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `chatd invite`."""
    return subprocess.run(
        [*CHATD, "invite", "--redis", redis.url, *words],
        env=chatd_environ(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


async def invited(redis: RedisServer, *words: str) -> str:
    """A token."""
    made = await asyncio.to_thread(chatd, redis, *words)
    assert (made.returncode, made.stderr) == (0, "")
    return made.stdout.strip()


async def connect(gateway: Gateway, nick: str, address: str = "127.0.0.1") -> IrcClient:
    where = await asyncio.open_connection(gateway.host, gateway.port, local_addr=(address, 0))
    client = IrcClient(*where)
    await client.register(nick)
    return client


async def registers(client: IrcClient, ground: str) -> str:
    """What REGISTER answers: SUCCESS, or the code of FAIL."""
    await client.send(f"REGISTER * {ground} {PASSWORD}")
    line = await client.expect("REGISTER")
    await client.fence()
    return line.params[0] if line.command == "REGISTER" else line.params[1]


async def test_where_nobody_may_it_is_not_offered(gateways: Gateways) -> None:
    """ "whose presence signifies that the server accepts the REGISTER command" """
    (one,) = await gateways(1, "--registration", "closed")
    async with await IrcClient.connect(one.host, one.port) as client:
        await client.send("CAP LS 302", "CAP END")
        await client.fence()
        assert not [line for line in client.log if "account-registration" in line.raw]
    async with await connect(one, "anna") as client:
        assert await registers(client, "*") == "DISALLOWED"


async def test_an_invitation_is_for_so_many(gateways: Gateways) -> None:
    one, two = await gateways(2, "--registration", "invite")
    token = await invited(gateways.redis, "--uses", "2")
    async with (
        await connect(one, "anna") as anna,
        await connect(two, "bob") as bob,
        await connect(one, "carl") as carl,
    ):
        assert await registers(anna, "*") == "INVITATION_REQUIRED"
        assert await registers(anna, "anna@example.org") == "INVALID_INVITATION"
        assert await registers(anna, token) == "SUCCESS"
        assert await registers(bob, f"invite:{token}") == "SUCCESS"
        assert await registers(carl, token) == "INVALID_INVITATION"
    async with await IrcClient.connect(two.host, two.port) as early:
        await early.send("CAP LS 302", "NICK dora", f"REGISTER * {token} {PASSWORD}")
        await early.expect(r"draft/account-registration=before-connect,invitation-required( |$)")
        await early.expect("FAIL REGISTER INVALID_INVITATION dora :")


async def test_the_last_use_is_somebodys(gateways: Gateways) -> None:
    """ "two at once: one wins"; here twenty, on two gateways, many times."""
    crowd = await gateways(2, "--registration", "invite", "--flood-rate", "0")
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(await connect(crowd[number % 2], f"anna{number}"))
            for number in range(20)
        ]
        for _ in range(5):
            token = await invited(gateways.redis)
            found = await asyncio.gather(*(registers(one, token) for one in people))
            # few passwords of one network are made ready at one time
            others = {"ALREADY_AUTHENTICATED", "TEMPORARILY_UNAVAILABLE", "INVALID_INVITATION"}
            assert set(found) <= others | {"SUCCESS"}
            assert found.count("SUCCESS") == 1


async def test_an_invitation_that_is_not_used_up_by_a_name_that_is_taken(
    gateways: Gateways,
) -> None:
    (one,) = await gateways(1, "--registration", "invite")
    first, second = [await invited(gateways.redis) for _ in range(2)]
    async with await connect(one, "anna") as client:
        assert await registers(client, first) == "SUCCESS"
    async with await IrcClient.connect(one.host, one.port) as client:
        await client.send("NICK anna")
        assert await registers(client, second) == "ACCOUNT_EXISTS"
        await client.send("NICK bob")
        assert await registers(client, second) == "SUCCESS"


async def test_they_are_listed_and_ended(gateways: Gateways) -> None:
    """ "random, only its digest in Redis with TTL and uses left" """
    (one,) = await gateways(1, "--registration", "invite")
    token = await invited(gateways.redis, "--uses", "3", "--days", "1")
    other = await invited(gateways.redis)
    assert re.fullmatch("[0-9a-f]{30}", token)
    redis, key = gateways.redis, f"{gateways.redis.keys.presence}:invitations"
    assert token not in str(await redis.ask("HGETALL", key))
    assert 0 < await redis.ask("TTL", key) <= 7 * 86_400
    async with await connect(one, "anna") as client:
        assert await registers(client, token) == "SUCCESS"
    listed = (await asyncio.to_thread(chatd, redis, "--list")).stdout
    rows = [line.split("\t") for line in listed.splitlines()]
    assert [row[1] for row in rows] == ["2 of 3", "1 of 1"]
    for named in (rows[0][0], other):
        ended = await asyncio.to_thread(chatd, redis, "--revoke", named)
        assert (ended.returncode, "is ended" in ended.stdout) == (0, True)
    assert (await asyncio.to_thread(chatd, redis, "--list")).stdout == ""
    again = await asyncio.to_thread(chatd, redis, "--revoke", token)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    async with await connect(one, "bob") as client:
        assert await registers(client, token) == "INVALID_INVITATION"


async def test_so_many_of_one_address_in_an_hour(gateways: Gateways) -> None:
    """ "Accounts made per network and hour over all gateways are limited, told with the time" """
    flags = ("--max-registrations", "3", "--trust", "127.0.6.9")
    crowd = await gateways(2, *flags)
    for number in range(3):
        async with await connect(crowd[number % 2], f"anna{number}", "127.0.6.1") as client:
            assert await registers(client, "*") == "SUCCESS"
    for gateway in crowd:
        async with await connect(gateway, "late", "127.0.6.1") as client:
            await client.send(f"REGISTER * * {PASSWORD}")
            text = "Too many accounts were made from your network; try again in 60 minutes"
            await client.expect(f"FAIL REGISTER RATE_LIMITED late :{text}$")
        async with await IrcClient.connect(gateway.host, gateway.port) as other:
            await other.send("NICK other", f"REGISTER * * {PASSWORD}")  # before connecting
            await other.expect("REGISTER SUCCESS|ACCOUNT_EXISTS")
    for number in range(5):
        async with await connect(crowd[0], f"trusted{number}", "127.0.6.9") as client:
            assert await registers(client, "*") == "SUCCESS"


async def test_many_at_once_are_not_more(gateways: Gateways) -> None:
    crowd = await gateways(2, "--max-registrations", "5")
    people = [
        await connect(crowd[number % 2], f"anna{number}", "127.0.6.2") for number in range(20)
    ]
    found = await asyncio.gather(*(registers(one, "*") for one in people))
    assert found.count("SUCCESS") == 5
    for client in people:
        await client.close()


@pytest.mark.parametrize(
    ("mode", "words", "code", "said"),
    [
        ("closed", (), 0, "anna could not be claimed: the server makes no accounts"),
        ("closed", ("--invite", "abc"), 7, "the server makes no accounts: ask who runs it"),
        ("invite", (), 0, "an invitation is needed: give it with --invite TOKEN"),
        ("invite", ("--invite", "abc"), 7, "That invitation does not count, or any more"),
    ],
)
async def test_chat_says_so_in_one_sentence(
    gateways: Gateways, tmp_path: object, mode: str, words: tuple[str, ...], code: int, said: str
) -> None:
    (one,) = await gateways(1, "--registration", mode)
    done = await asyncio.to_thread(chat, one, str(tmp_path), *words)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def test_chat_makes_a_name_its_own_by_invitation(
    gateways: Gateways, tmp_path: object
) -> None:
    (one,) = await gateways(1, "--registration", "invite")
    token = await invited(gateways.redis)
    done = await asyncio.to_thread(chat, one, str(tmp_path), "--invite", token)
    assert (done.returncode, "anna is yours now" in done.stdout + done.stderr) == (0, True)


def chat(gateway: Gateway, home: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `chat login anna` with nothing to say."""
    environ = chatd_environ() | {"XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "HOME": home}
    command = [sys.executable, "-m", "cli", "--server", f"{gateway.host}:{gateway.port}", "login"]
    return subprocess.run(
        [*command, "anna", *words], env=environ, input="", capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
