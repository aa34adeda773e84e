"""TLS, STS and WEBIRC."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.certificates import make_certificate
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer, free_port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(
    certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gateway]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "webirc").write_text("# web chat\nhunter2 127.0.0.1\nother 192.0.2.0/24\n")
    cert, key = certificate
    async with Gateway(
        "--data-dir", str(folder), "--listen-tls", "127.0.0.1:0", "--tls-cert", str(cert),
        "--tls-key", str(key), "--sts-duration", "300", "--webirc-file", str(folder / "webirc"),
    ) as gateway:  # fmt: skip
        yield gateway


async def by_tls(gateway: Gateway, certificate: tuple[Path, Path]) -> IrcClient:
    """Connect to the second address, and check its certificate."""
    context = ssl.create_default_context(cafile=certificate[0])
    host, port = gateway.addresses[1].host, gateway.addresses[1].port
    return IrcClient(*await asyncio.open_connection(host, port, ssl=context))


async def plainly(gateway: Gateway) -> IrcClient:
    return await IrcClient.connect(gateway.host, gateway.port)


async def test_whois_tells_who_uses_tls(gateway: Gateway, certificate: tuple[Path, Path]) -> None:
    """ "RPL_WHOISSECURE (671) "<client> <nick> :is using a secure connection"." """
    async with await by_tls(gateway, certificate) as alice, await plainly(gateway) as bob:
        await alice.register("alice")
        await bob.register("bob")
        await bob.send("WHOIS alice", "WHOIS bob")
        lines = [line.params[1] for line in await bob.fence() if line.command == "671"]
        assert lines == ["alice"]
        await bob.send("PRIVMSG alice :hi ☕")
        await alice.expect("hi ☕")


async def test_sts_is_told_and_cannot_be_asked_for(
    gateway: Gateway, certificate: tuple[Path, Path]
) -> None:
    """ "To enforce an STS upgrade policy, servers MUST send this key to insecurely connected
    clients",
    "To enforce an STS persistence policy, servers MUST send this key to securely connected
    clients",
    "Clients MUST NOT request this capability with CAP REQ. Servers MAY reply with a CAP NAK".
    """
    policy = f" sts=duration=300,port={gateway.addresses[1].port}( |$)"
    async with await by_tls(gateway, certificate) as alice, await plainly(gateway) as bob:
        for client in (alice, bob):
            await client.send("CAP LS 302")
            await client.expect(policy)
            await client.send("CAP REQ :sts")
            await client.expect(r"CAP \* NAK :sts$")
        await bob.send("CAP LS")
        assert "sts" not in (await bob.expect(" LS ")).text.split()


async def test_a_handshake_takes_no_longer_than_registering(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """Who has said half of it holds a socket, and is in no count of connections."""
    cert, key = certificate
    async with Gateway(
        "--data-dir", str(tmp_path), "--listen-tls", "127.0.0.1:0", "--tls-cert", str(cert),
        "--tls-key", str(key), "--registration-timeout", "1",
    ) as gateway:  # fmt: skip
        address = gateway.addresses[1]
        for said in (b"", b"\x16\x03\x01"):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(said)
            assert await asyncio.wait_for(reader.read(), 15) == b""
            writer.close()


async def test_without_tls_there_is_no_sts(tmp_path: Path) -> None:
    """ "this capability MUST be made available as an optional configuration setting" """
    async with Gateway("--data-dir", str(tmp_path)) as other, await plainly(other) as client:
        await client.send("CAP LS 302")
        lines = await client.lines_until(lambda line: line.params[2] != "*")
        assert not [word for line in lines for word in line.text.split() if word.startswith("sts")]


async def test_files_that_are_no_certificate(tmp_path: Path) -> None:
    """One clear sentence, and the right exit code."""
    (tmp_path / "cert").write_text("no certificate\n")
    cert = str(tmp_path / "cert")
    gateway = Gateway(
        "--data-dir", str(tmp_path / "data"), "--listen-tls", "127.0.0.1:0", "--tls-cert", cert,
        "--tls-key", cert,
    )  # fmt: skip
    gateway.launch()
    try:
        assert await gateway.ended() == 1
        assert gateway.log.splitlines()[-1].startswith(
            f"chatd: cannot use {cert} and {cert} for TLS"
        )
    finally:
        gateway.remove()


# -- WEBIRC, https://ircv3.net/specs/extensions/webirc -------------------------------------------


async def whois(client: IrcClient, nick: str) -> list[str]:
    """Register, and see what WHOIS says of oneself."""
    await client.register(nick)
    await client.send(f"WHOIS {nick}")
    return [line.raw.split(" ", 2)[2] for line in await client.fence()]


async def test_a_web_gateway_says_who_connects(gateway: Gateway) -> None:
    """ "This information can be used by the network as if the user was connecting directly." """
    async with await plainly(gateway) as client:
        await client.send("WEBIRC hunter2 Example web.example.org 198.51.100.3")
        assert "alice alice ~alice web.example.org * :alice" in await whois(client, "alice")
    async with await plainly(gateway) as client:
        await client.send("WEBIRC hunter2 Example 0::1 0::1 :secure local-port=6697")
        lines = await whois(client, "bob")
        assert "bob bob ~bob 0::1 * :bob" in lines
        # "Servers MUST ONLY treat the connection as secure if this flag is sent and the connection
        # from the gateway to the server is also secure with TLS."
        assert not [line for line in lines if "secure" in line]


@pytest.mark.parametrize(("option", "secure"), [(":secure=example x=y", True), ("", False)])
async def test_secure_needs_the_flag(
    gateway: Gateway, certificate: tuple[Path, Path], option: str, secure: bool
) -> None:
    """ "they MUST treat the options secure and secure=examplevalue123 in exactly the same way" """
    async with await by_tls(gateway, certificate) as client:
        await client.send(f"WEBIRC hunter2 Example 198.51.100.3 198.51.100.3 {option}")
        lines = await whois(client, "carol")
        assert any("secure connection" in line for line in lines) == secure


async def test_the_certificate_of_the_gateway_is_nobody_else_s(
    gateway: Gateway, certificate: tuple[Path, Path]
) -> None:
    """Else all its users could log in to the account that the certificate is for, or add it."""
    context = ssl.create_default_context(cafile=certificate[0])
    context.load_cert_chain(*certificate)
    host, port = gateway.addresses[1].host, gateway.addresses[1].port
    async with IrcClient(*await asyncio.open_connection(host, port, ssl=context)) as client:
        await client.send("WEBIRC hunter2 Example web.example.org 198.51.100.3 :secure")
        await client.send("CAP LS 302")
        line = await client.expect(" LS .*sasl=")
        assert "EXTERNAL" not in line.raw
        await client.register("carol", ("sasl",))
        await client.send("AUTHENTICATE EXTERNAL")
        await client.expect(" 908 ")


@pytest.mark.parametrize("password", ["wrong", "other"])
async def test_others_are_closed(gateway: Gateway, password: str) -> None:
    """ "If the WEBIRC command does not originate from a whitelisted IP address or uses an incorrect
    password, the gateway SHOULD close any connections with an ERROR command."
    """
    async with await plainly(gateway) as client:
        await client.send(f"WEBIRC {password} Example host.example 198.51.100.3")
        lines = await client.expect_closed()
        assert [line.raw for line in lines] == ["ERROR :Invalid WebIRC password"]


async def test_it_comes_first(gateway: Gateway) -> None:
    """ "The WEBIRC command MUST be the first command sent [...] before capability negotiation." """
    async with await plainly(gateway) as client:
        await client.send("CAP LS 302", "WEBIRC hunter2 Example host.example 198.51.100.3")
        await client.expect(" 462 ")


@pytest.mark.parametrize(("kind", "scheme"), [("redis7", "rediss"), ("cluster7", "rediss+cluster")])
async def test_a_redis_behind_tls(certificate: tuple[Path, Path], kind: str, scheme: str) -> None:
    """ "`rediss://`": who signed the certificate is named in the URL; else a line says so."""
    cert, key = map(str, certificate)
    port = free_port()
    tls = ["--tls-port", str(port), "--tls-cert-file", cert, "--tls-key-file", key]
    tls += ["--tls-ca-cert-file", cert, "--tls-cluster", "yes", "--tls-auth-clients", "no"]
    async with RedisServer(kind, *tls):
        url = f"{scheme}://127.0.0.1:{port}"
        async with (
            Gateway("--redis", f"{url}?ssl_ca_certs={cert}") as gateway,
            await plainly(gateway) as alice,
        ):
            await alice.register("alice")
        for query, said in (("", "is not trusted"), ("?ssl_ca_certs=/nowhere", "is not there")):
            wrong = Gateway("--redis", url + query)
            wrong.launch()
            assert await wrong.ended() == 1
            assert said in wrong.log
            assert wrong.log.count("\n") == 1
            wrong.remove()
