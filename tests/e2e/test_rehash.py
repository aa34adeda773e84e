"""REHASH: what is read again, on every gateway, and what cannot be read stays as it was.

https://modern.ircdocs.horse/#rehash-message: "an administrative command which can be used by server
operators to force the local server to re-read and process its configuration file."
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.staff import ask
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until


def certificate(folder: Path, name: str) -> None:
    """Write a new certificate and its key into the folder."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         f"/CN={name}", "-keyout", str(folder / "key"), "-out", str(folder / "cert")],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[list[Gateway]]:
    """Two gateways of the same files."""
    try:
        certificate(tmp_path, "before")
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    (tmp_path / "opers").write_text("boss:before\n")
    (tmp_path / "motd").write_text("Good morning\n")
    (tmp_path / "webirc").write_text("before 127.0.0.1\n")
    flags = [f"--{flag}={tmp_path / file}" for flag, file in (
        ("oper-file", "opers"), ("motd-file", "motd"), ("webirc-file", "webirc"),
        ("tls-cert", "cert"), ("tls-key", "key"),
    )]  # fmt: skip
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(RedisServer())
        every = ("--redis", redis.url, "--listen-tls", "127.0.0.1:0", *flags)
        yield [await stack.enter_async_context(Gateway(*every)) for _ in range(2)]


async def shown_by(gateway: Gateway) -> bytes:
    """The certificate that a gateway shows now."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = gateway.addresses[1]
    _, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    shown = found.getpeercert(binary_form=True)
    writer.close()
    assert shown is not None
    return shown


async def is_webirc_password(gateway: Gateway, password: str) -> bool:
    async with await IrcClient.connect(gateway.host, gateway.port) as client:
        await client.send(f"WEBIRC {password} web host.example 198.51.100.3", "PING x")
        line = await client.expect("PONG|ERROR")
        return line.command == "PONG"


async def operator(gateway: Gateway, password: str) -> IrcClient:
    boss = await IrcClient.connect(gateway.host, gateway.port)
    await boss.register("boss")
    await boss.send(f"OPER boss {password}")
    await boss.expect(" 381 ", unless=" 464 ")
    return boss


async def test_each_file_is_read_again_on_every_gateway(two: list[Gateway], tmp_path: Path) -> None:
    """docs/operations.md: "REHASH of an operator has every gateway read again: the operators, the
    message of the day, the WEBIRC gateways, the certificate and its key".
    """
    boss = await operator(two[0], "before")
    before = [await shown_by(gateway) for gateway in two]
    (tmp_path / "opers").write_text("boss:after\n")
    (tmp_path / "motd").write_text("Good evening\n")
    (tmp_path / "webirc").write_text("after 127.0.0.1\n")
    certificate(tmp_path, "after")
    assert await ask(boss, "REHASH") == [":chat.internal 382 boss opers :Rehashing"]
    async with await IrcClient.connect(two[1].host, two[1].port) as alice:
        await alice.register("alice")
        assert ":chat.internal 372 alice :- Good evening" in await ask(alice, "MOTD")
        assert ":chat.internal 464 alice :Password incorrect" in await ask(
            alice, "OPER boss before"
        )
        assert ":chat.internal 381 alice :You are now an IRC operator" in await ask(
            alice, "OPER boss after"
        )
    assert ":chat.internal 372 boss :- Good evening" in await ask(boss, "MOTD")
    for gateway, old in zip(two, before, strict=True):
        assert not await is_webirc_password(gateway, "before")
        assert await is_webirc_password(gateway, "after")
        assert await shown_by(gateway) != old
    await boss.close()


async def test_what_cannot_be_read_stays_and_the_rest_is_read(
    two: list[Gateway], tmp_path: Path
) -> None:
    """docs/operations.md: "What cannot be read stays as it was, and is logged." """
    boss = await operator(two[0], "before")
    before = await shown_by(two[0])
    (tmp_path / "opers").write_text("no colon\n")
    (tmp_path / "cert").write_text("no certificate\n")
    (tmp_path / "webirc").write_text("password without a network\n")
    (tmp_path / "motd").write_text("Good evening\n")
    await ask(boss, "REHASH")
    assert ":chat.internal 372 boss :- Good evening" in await ask(boss, "MOTD")
    assert ":chat.internal 381 boss :You are now an IRC operator" in await ask(
        boss, "OPER boss before"
    )
    assert await is_webirc_password(two[0], "before")
    assert await shown_by(two[0]) == before
    await wait_until(
        lambda: two[0].log.count("REHASH: what cannot be read stays as it was") == 3,
        "each file that cannot be read is logged",
    )
    await boss.close()
