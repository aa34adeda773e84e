"""``chat`` by TLS: it talks to who has the certificate, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.programs import Programs
from tests.support.certificates import make_certificate
from tests.support.servers import Gateway

pytestmark = pytest.mark.slow


@pytest.fixture
def tls_flags(tmp_path: Path, chat: Programs) -> tuple[str, ...]:
    """What a gateway needs for TLS; ``chat`` believes in its certificate."""
    cert, key = make_certificate(tmp_path)
    chat.environ["SSL_CERT_FILE"] = str(cert)
    files = ("--tls-cert", str(cert), "--tls-key", str(key))
    return ("--data-dir", str(tmp_path / "data"), "--listen-tls", "127.0.0.1:0", *files)


async def test_a_certificate_is_verified(chat: Programs, tls_flags: tuple[str, ...]) -> None:
    async with Gateway(*tls_flags) as gateway:
        port = gateway.addresses[1].port
        server = f"ircs://127.0.0.1:{port}"
        ended = await chat.run("login", "anna", "-s", server, stdin="hello\n")
        assert ended.code == 0
        assert "anna: hello" in ended.out
        assert (await chat.run("who", "-s", f"IRCS://127.0.0.1:{port}")).code == 0
        ended = await chat.run("who", "-s", f"127.0.0.1:{port}")
        assert ended.code == 4
        assert f"if it talks TLS, write tls://127.0.0.1:{port}" in ended.err

        # "the certificate is verified against the host name"
        ended = await chat.run("who", "-s", f"ircs://localhost:{port}")
        assert ended.code == 4
        assert "may be somebody else" in ended.err
        del chat.environ["SSL_CERT_FILE"]
        ended = await chat.run("login", "anna", "-s", server)
        assert ended.code == 4
        assert "may be somebody else" in ended.err


async def test_what_speaks_no_tls_is_not_talked_to(
    chat: Programs, tls_flags: tuple[str, ...]
) -> None:
    async with Gateway(*tls_flags) as gateway:
        ended = await chat.run("who", "-s", f"ircs://127.0.0.1:{gateway.port}")
        assert ended.code == 4
        assert ended.err.count("\n") == 1
