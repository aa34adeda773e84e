"""irssi, weechat and ZNC log in by each mechanism that they know: typed keys in tmux, real TLS.

"WeeChat with SCRAM and with EXTERNAL, [...] irssi with PLAIN and EXTERNAL: log in, seen working".
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.clients import terminal
from tests.clients.terminal import SECONDS, Tmux, Window, need
from tests.support.certificates import fingerprint, make_certificate
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, free_port
from tests.support.wait import wait_until

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

ACCOUNT, PASSWORD = "ines", "open-sesame"


class Place:
    """A gateway with TLS, an account, and a certificate that is added to it."""

    def __init__(self, folder: Path, gateway: Gateway) -> None:
        self.gateway = gateway
        self.plain = f"{gateway.host}/{gateway.port}"
        self.tls = gateway.addresses[1].port
        self.pem = folder / "client.pem"
        self.others_pem = folder / "other.pem"
        """Nobody has added this one."""

    async def account_of(self, nick: str) -> str:
        """The account that somebody has logged in to; '' = a guest, or nobody."""
        async with await IrcClient.connect(self.gateway.host, self.gateway.port) as looking:
            await looking.register("looking")
            await looking.send(f"WHOIS {nick}")
            lines = await looking.lines_until(" 318 ")
        return next((line.params[2] for line in lines if line.command == "330"), "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    cert, key = make_certificate(folder)
    mine, secret = make_certificate(folder, "client-")
    (folder / "client.pem").write_bytes(mine.read_bytes() + secret.read_bytes())
    other = make_certificate(folder, "other-")
    (folder / "other.pem").write_bytes(b"".join(file.read_bytes() for file in other))
    tls = ("--listen-tls", "127.0.0.1:0", "--tls-cert", str(cert), "--tls-key", str(key))
    async with Gateway("--data-dir", str(folder), *tls, "--grace", "0") as gateway:
        async with await IrcClient.connect(gateway.host, gateway.port) as ines:
            await ines.register(ACCOUNT)
            await ines.send(f"REGISTER * * {PASSWORD}", f"CERT ADD {fingerprint(mine)}")
            await ines.expect("CERT ADDED")
            await ines.send("QUIT")
            await ines.expect_closed()
        yield Place(folder, gateway)


def weechat(tmux: Tmux, home: Path, place: Place, nick: str, **settings: str) -> Window:
    """Start it, with settings of its server."""
    need("weechat")
    address = f"127.0.0.1/{place.tls}" if "ssl_cert" in settings else place.plain
    lines = [f"/server add t {address}"]
    settings["nicks"] = nick
    settings["ssl"] = "on" if "ssl_cert" in settings else "off"
    settings["ssl_verify"] = "off"
    lines += [f'/set irc.server.t.{name} "{value}"' for name, value in settings.items()]
    lines += ["/set irc.look.server_buffer independent", "/connect t"]
    return tmux.start("weechat", "-d", str(home), *(w for line in lines for w in ("-r", line)))


def irssi(
    tmux: Tmux, home: Path, place: Place, nick: str, network: str, server: str = ""
) -> Window:
    """Start it, with settings of its network."""
    need("irssi")
    port = place.tls if server else place.gateway.port
    command = terminal.irssi(
        home,
        f"""
        servers = ({{ address = "127.0.0.1"; port = "{port}"; chatnet = "t";
                      autoconnect = "yes"; {server} }});
        chatnets = {{ t = {{ type = "IRC"; nick = "{nick}"; {network} }}; }};
        """,
    )
    return tmux.start(*command)


async def test_weechat_logs_in_by_scram(tmux: Tmux, place: Place, tmp_path: Path) -> None:
    window = weechat(
        tmux, tmp_path / "home", place, "wera", sasl_mechanism="scram-sha-256",
        sasl_username=f"{ACCOUNT}@weechat", sasl_password=PASSWORD,
    )  # fmt: skip
    await window.shows("You are now logged in as ines")
    await window.shows("Welcome to the")
    assert await place.account_of("wera") == ACCOUNT


async def test_weechat_logs_in_by_its_certificate(tmux: Tmux, place: Place, tmp_path: Path) -> None:
    """It sends its ``sasl_username`` as the authzid."""
    window = weechat(
        tmux, tmp_path / "home", place, "wanda", sasl_mechanism="external",
        sasl_username=ACCOUNT, ssl_cert=str(place.pem),
    )  # fmt: skip
    await window.shows("You are now logged in as ines")
    await window.shows("Welcome to the")
    assert await place.account_of("wanda") == ACCOUNT


async def test_irssi_logs_in_by_its_password(tmux: Tmux, place: Place, tmp_path: Path) -> None:
    login = f'sasl_mechanism = "PLAIN"; sasl_username = "{ACCOUNT}"; sasl_password = "{PASSWORD}";'
    window = irssi(tmux, tmp_path / "home", place, "irma", login)
    await window.shows("You are now logged in as ines")
    await window.shows("Welcome to the")
    assert await place.account_of("irma") == ACCOUNT


async def test_irssi_logs_in_by_its_certificate(tmux: Tmux, place: Place, tmp_path: Path) -> None:
    server = f'use_tls = "yes"; tls_verify = "no"; tls_cert = "{place.pem}";'
    login = f'sasl_mechanism = "EXTERNAL"; sasl_username = "{ACCOUNT}";'
    window = irssi(tmux, tmp_path / "home", place, "iris", login, server)
    await window.shows("You are now logged in as ines")
    await window.shows("Welcome to the")
    assert await place.account_of("iris") == ACCOUNT


@pytest.mark.parametrize(
    ("mechanism", "said"),
    [
        ("scram-sha-256", "SASL authentication failed"),
        ("ecdsa-nist256p-challenge", "are available SASL mechanisms"),
        ("scram-sha-512", "are available SASL mechanisms"),
    ],
)
async def test_weechat_is_told_why_not(
    tmux: Tmux, place: Place, tmp_path: Path, mechanism: str, said: str
) -> None:
    """A wrong password, and mechanisms that there are not. It comes again by itself after its
    ``autoreconnect_delay``, unless ``sasl_fail`` says that it goes on as a guest.
    """
    settings = {
        "sasl_mechanism": mechanism, "sasl_username": ACCOUNT, "sasl_password": "wrong",
        "sasl_key": str(place.pem),
    }  # fmt: skip
    window = weechat(tmux, tmp_path / "again", place, "waltraud", **settings)
    await window.shows(said)
    await window.shows("reconnecting to server in 10 seconds")
    assert await place.account_of("waltraud") == ""
    window = weechat(tmux, tmp_path / "guest", place, "guest", sasl_fail="continue", **settings)
    await window.shows(said)
    await window.shows("Welcome to the")
    assert await place.account_of("guest") == ""


async def test_irssi_is_told_why_not(tmux: Tmux, place: Place, tmp_path: Path) -> None:
    """A wrong password: it leaves, and comes again by itself after five minutes, unless
    ``sasl_disconnect_on_failure`` is off.
    """
    login = f'sasl_mechanism = "PLAIN"; sasl_username = "{ACCOUNT}"; sasl_password = "wrong";'
    window = irssi(tmux, tmp_path / "home", place, "ida", login)
    await window.shows("SASL authentication failed")
    await window.shows("Connection lost")
    window.types("/set sasl_disconnect_on_failure off")
    window.types("/reconnect all")
    await window.shows("Welcome to the")
    assert await place.account_of("ida") == ""


@pytest.mark.parametrize("mechanisms", ["EXTERNAL", "EXTERNAL PLAIN", "PLAIN"])
async def test_znc_logs_in(tmux: Tmux, place: Place, tmp_path: Path, mechanisms: str) -> None:
    """It asks for EXTERNAL first. With a certificate that is nobody's it goes on to PLAIN."""
    need("znc")
    if os.geteuid() == 0:
        pytest.skip("ZNC lets root wait for 30 s: run it as another user")
    home = tmp_path / "home"
    certificate = place.pem if mechanisms == "EXTERNAL" else place.others_pem
    network = home / "users/zoe/networks/t/moddata"
    for folder in ("cert", "sasl"):
        (network / folder).mkdir(parents=True)
    (network / "cert/user.pem").write_bytes(certificate.read_bytes())
    values = {"username": f"{ACCOUNT}@znc", "password": PASSWORD, "mechanisms": mechanisms}
    (network / "sasl/.registry").write_text(
        "".join(f"{name} {value.replace(' ', '%20;')}\n" for name, value in values.items())
    )
    (home / "configs").mkdir()
    (home / "configs/znc.conf").write_text(
        f"""
        Version = 1.8.2
        <Listener l>
            Port = {free_port()}
            IPv6 = false
            SSL = false
        </Listener>
        <User zoe>
            Pass = plain#x
            Nick = zoe
            <Network t>
                LoadModule = cert
                LoadModule = sasl
                Server = 127.0.0.1 +{place.tls}
                TrustAllCerts = true
            </Network>
        </User>
        """
    )
    znc = tmux.start("znc", "--foreground", "--allow-root", "--datadir", str(home))
    try:
        await wait_until(lambda: place.account_of("zoe"), "ZNC has logged in", SECONDS)
        assert await place.account_of("zoe") == ACCOUNT
    finally:
        znc.kill()  # it does not end with its terminal
