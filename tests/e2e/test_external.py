"""SASL EXTERNAL by client certificates, and CERT. RFC 4422, appendix A; docs/extensions.md"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path

import pytest
import pytest_asyncio
from redis import Redis

from tests.e2e.asking import PASSWORD, ask
from tests.e2e.conftest import ONE, TWO
from tests.support.certificates import fingerprint, make_certificate
from tests.support.irc import IrcClient
from tests.support.servers import CHATD, Gateway, RedisServer, chatd_environ
from tests.support.wait import wait_until

FLAGS = ("--flood-rate", "0", "--grace", "0")


class Place:
    """Two gateways with TLS, their Redis, and the folder with everybody's certificates."""

    def __init__(self, folder: Path, redis: RedisServer, gateways: list[Gateway]) -> None:
        self.folder = folder
        self.redis = redis
        self.gateways = gateways


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = make_certificate(folder)
    for name in ("anna", "bob"):
        make_certificate(folder, f"{name}-")
    tls = ("--listen-tls", "127.0.0.1:0", "--tls-cert", str(cert), "--tls-key", str(key))
    (folder / "opers").write_text("operuser:operpassword\n")
    flags = (*tls, "--oper-file", str(folder / "opers"), *FLAGS)
    async with RedisServer() as redis:
        first, second = (Gateway("--redis", redis.url, *flags) for _ in range(2))
        async with first, second:
            yield Place(folder, redis, [first, second])


class Connect:
    """Connects by TLS with somebody's certificate, to one gateway after the other."""

    def __init__(self, folder: Path, gateways: list[Gateway]) -> None:
        self.clients: list[IrcClient] = []
        self._folder = folder
        self._gateways = cycle(gateways)

    async def __call__(self, certificate: str = "", caps: str = "sasl") -> IrcClient:
        context = ssl.create_default_context(cafile=self._folder / "cert.pem")
        if certificate:
            cert, key = (self._folder / f"{certificate}-{part}.pem" for part in ("cert", "key"))
            context.load_cert_chain(cert, key)
        address = next(self._gateways).addresses[1]
        client = IrcClient(*await asyncio.open_connection(address.host, address.port, ssl=context))
        self.clients.append(client)
        await client.send("CAP LS 302", f"CAP REQ :{caps}")
        await client.expect(" ACK ")
        return client

    async def registered(self, name: str, certificate: str = "") -> IrcClient:
        """Connect a client that is logged in to an account of its own name."""
        client = await self(certificate, "sasl standard-replies")
        await client.send(f"NICK {name}", f"USER {name} 0 * :{name}", "CAP END")
        await client.send(f"REGISTER * * :{PASSWORD}")
        await client.expect("REGISTER SUCCESS", unless=" FAIL ")
        await client.fence()  # it is logged in
        await client.fence()
        return client

    def fingerprint(self, name: str) -> str:
        """As ``openssl`` writes it: capitals, with colons."""
        return fingerprint(self._folder / f"{name}-cert.pem")


def plainly(shown: str) -> str:
    return shown.replace(":", "").lower()


@pytest_asyncio.fixture(params=[ONE, TWO], loop_scope="module")
async def connect(request: pytest.FixtureRequest, place: Place) -> AsyncIterator[Connect]:
    gateways = place.gateways[:1] if request.param == ONE else place.gateways
    made = Connect(place.folder, gateways)
    yield made
    for client in made.clients:
        await client.close()
    with Redis.from_url(place.redis.direct_url) as redis:
        await wait_until(lambda: not redis.exists(place.redis.keys.online), "all have left")
        kept = redis.keys(place.redis.key("chat:account:*"))
        redis.delete(*kept, place.redis.key("chat:{chat:online}:certs"))


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_has_added_a_certificate_logs_in_with_it(connect: Connect) -> None:
    """ "CERT ADD adds the one that this connection has shown". RFC 4422: "the client's ability to
    assert that identity" comes from TLS; an empty answer means "the authorization identity [...]
    associated with the client's credentials".
    """
    anna = await connect.registered("anna", "anna")
    shown = plainly(connect.fingerprint("anna"))
    assert await ask(anna, "CERT ADD") == [
        f"NOTE CERT ADDED {shown} :Who has this certificate and its key can log in to your account "
        "with SASL EXTERNAL"
    ]
    client = await connect("anna")
    await client.send("AUTHENTICATE EXTERNAL")
    await client.expect(r"^AUTHENTICATE \+$")
    await client.send("AUTHENTICATE +")
    await client.expect(r" 900 \* \*!\*@127.0.0.1 anna :You are now logged in as anna$")
    await client.expect(" 903 ")


@pytest.mark.parametrize(
    ("authzid", "numeric"),
    [("anna", "903"), ("ANNA@phone+5", "903"), ("@phone", "903"), ("bob", "904"), ("an na", "904"),
     ("\0", "904"), ("a@b@c", "904")],
)  # fmt: skip
async def test_whom_the_client_wants_to_be(connect: Connect, authzid: str, numeric: str) -> None:
    """The account's name, or NAME@DEVICE+LINES as with PLAIN; nobody else."""
    await ask(await connect.registered("anna", "anna"), "CERT ADD")
    client = await connect("anna")
    answer = b64encode(authzid.encode()).decode()
    await client.send("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {answer}")
    await client.expect(f" {numeric} ", unless=r" 90[34] ")


async def test_it_is_offered_to_who_has_shown_a_certificate(connect: Connect) -> None:
    """ "Servers SHOULD advertise the available SASL authentication mechanisms". What a connection
    cannot use is not offered, and refused with 908 and 904, so that clients go on to the next.
    """
    others = "SCRAM-SHA-256,PLAIN"
    for certificate, offered in (("anna", f"EXTERNAL,{others}"), ("", others)):
        client = await connect(certificate)
        values = [line for line in client.log if line.command == "CAP" and " sasl=" in line.raw]
        assert f" sasl={offered} " in f"{values[0].raw} "
    await client.send("AUTHENTICATE EXTERNAL")
    line = await client.expect(" 90")
    assert line.raw == (":chat.internal 908 * SCRAM-SHA-256,PLAIN :are available SASL mechanisms")
    await client.expect(" 904 ")
    await client.send("AUTHENTICATE PLAIN")
    await client.expect(r"^AUTHENTICATE \+$")


async def test_a_certificate_of_nobody(connect: Connect) -> None:
    """904, and the client goes on to its next mechanism: it has not guessed anything."""
    await connect.registered("anna")
    client = await connect("anna")
    for _ in range(8):
        await client.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
        line = await client.expect(" 904 ")
        assert line.text == "Your certificate is no account's: log in, and add it with CERT ADD"
    answer = b64encode(f"\0anna\0{PASSWORD}".encode()).decode()
    await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {answer}")
    await client.expect(" 903 ")


async def test_certificates_are_listed_and_removed(connect: Connect) -> None:
    """ "64 hex, colons allowed"; a certificate that was removed lets nobody in."""
    anna = await connect.registered("anna", "anna")
    other = "AB:" * 31 + "AB"
    assert (await ask(anna, f"CERT ADD {other}"))[0].startswith(f"NOTE CERT ADDED {'ab' * 32} :")
    await ask(anna, "CERT ADD")
    shown = plainly(connect.fingerprint("anna"))
    listed = await ask(anna, "CERT LIST")
    assert [line.split(" ")[:4] for line in listed] == [
        ["NOTE", "CERT", "CERTIFICATE", "ab" * 32],
        ["NOTE", "CERT", "CERTIFICATE", shown],
        ["NOTE", "CERT", "LISTED", "2"],
    ]
    assert listed[1].endswith(", the one of this connection")
    assert await ask(anna, f"CERT REMOVE {connect.fingerprint('anna')}") == [
        f"NOTE CERT REMOVED {shown} :It lets nobody log in to your account any more"
    ]
    assert await ask(anna, f"CERT REMOVE {shown}") == [
        f"FAIL CERT NO_SUCH_CERTIFICATE REMOVE {shown} :Your account has no such certificate"
    ]
    client = await connect("anna")
    await client.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    await client.expect(" 904 ", unless=" 903 ")


async def test_one_certificate_is_one_account_s(connect: Connect) -> None:
    anna, bob = await connect.registered("anna", "anna"), await connect.registered("bob")
    shown = connect.fingerprint("anna")
    for _ in range(2):  # the second time it is there already
        assert (await ask(anna, "CERT ADD"))[0].startswith("NOTE CERT ADDED ")
    assert await ask(bob, f"CERT ADD {shown}") == [
        f"FAIL CERT CERTIFICATE_IN_USE ADD {plainly(shown)} :It is another account's"
    ]
    await ask(anna, f"CERT REMOVE {shown}")
    assert (await ask(bob, f"CERT ADD {shown}"))[0].startswith("NOTE CERT ADDED ")


async def test_an_account_has_20_at_most(connect: Connect) -> None:
    anna = await connect.registered("anna")
    for number in range(20):
        await anna.send(f"CERT ADD {number:064x}")
    last = f"{20:064x}"
    assert (await ask(anna, f"CERT ADD {last}"))[-1] == (
        f"FAIL CERT TOO_MANY_CERTIFICATES ADD {last} :An account has at most 20"
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("CERT ADD", "NO_CERTIFICATE ADD :This connection has shown no certificate; "
         "give the SHA-256 of one"),
        ("CERT ADD xyz", "INVALID_FINGERPRINT ADD xyz :A fingerprint is the SHA-256 of a "
         "certificate, 64 hex digits"),
        (f"CERT ADD {'a' * 63}", f"INVALID_FINGERPRINT ADD {'a' * 63} :A fingerprint is the "
         "SHA-256 of a certificate, 64 hex digits"),
        ("CERT REMOVE", "INVALID_FINGERPRINT REMOVE * :A fingerprint is the SHA-256 of a "
         "certificate, 64 hex digits"),
        ("CERT FOO", "UNKNOWN_ACTION FOO :Write ADD, REMOVE or LIST"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done(connect: Connect, said: str, answer: str) -> None:
    anna = await connect.registered("anna")
    assert await ask(anna, said) == [f"FAIL CERT {answer}"]


async def test_guests_have_none(connect: Connect) -> None:
    guest = await connect("anna", "standard-replies")
    await guest.send("NICK guest", "USER g 0 * :G", "CAP END")
    for action in ("ADD", "REMOVE", "LIST"):
        assert await ask(guest, f"CERT {action} {'a' * 64}") == [
            f"FAIL CERT ACCOUNT_REQUIRED {action} :Log in to your account first"
        ]


async def test_whois_shows_it_to_oneself(connect: Connect) -> None:
    """ "RPL_WHOISCERTFP (276): Clients MUST only be sent this numeric if they are either using the
    WHOIS command on themselves or they are an operator."
    """
    anna, bob = await connect.registered("anna", "anna"), await connect.registered("bob", "bob")
    shown = plainly(connect.fingerprint("anna"))
    lines = await ask(anna, "WHOIS anna")
    assert f"276 anna anna :has client certificate fingerprint {shown}" in lines
    assert not [line for line in await ask(bob, "WHOIS anna") if line.startswith("276 ")]
    await ask(bob, "OPER operuser operpassword")
    lines = [line for line in await ask(bob, "WHOIS anna") if line.startswith("276 ")]
    assert lines == [f"276 bob anna :has client certificate fingerprint {shown}"]


async def test_it_goes_with_the_account(connect: Connect, place: Place) -> None:
    """An account that is deleted leaves no certificate that lets somebody in to the next one."""
    anna = await connect.registered("anna", "anna")
    await ask(anna, "CERT ADD")
    await anna.send("QUIT")
    await anna.expect_closed()
    with Redis.from_url(place.redis.direct_url, decode_responses=True) as redis:
        assert redis.hgetall(place.redis.key("chat:{chat:online}:certs"))
    await chatd(place, "account", "rename", "anna", "ada")
    client = await connect("anna")
    await client.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    await client.expect(r" 900 \S+ \S+ ada :", unless=" 904 ")
    await chatd(place, "account", "delete", "ada", "--yes")
    await connect.registered("ada")
    client = await connect("anna")
    await client.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    await client.expect(" 904 ", unless=" 903 ")


async def chatd(place: Place, *words: str) -> None:
    """Run a command of the operator."""
    process = await asyncio.create_subprocess_exec(
        *CHATD, *words, "--redis", place.redis.url, env=chatd_environ(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
