"""What a command does not need is not loaded for it: most of its time is the loading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCREENS = {"prompt_toolkit", "textual", "cli.prompt", "cli.screen", "cli.filter", "cli.render"}
SERVERS = {"redis", "argon2", "uvloop", "chatd.config"}
SECRETS = {"cli.client.scram", "chatd.wire.saslprep", "hashlib", "hmac"}
SLOW = {"importlib.metadata", "platformdirs", "tempfile", "unittest", "http", "email"}
NOWHERE = ("-s", "127.0.0.1:1")


@pytest.mark.parametrize(
    ("arguments", "needless"),
    [
        (["--version"], {"click", "asyncio", "dataclasses"}),
        (["--help"], {"asyncio", "dataclasses", "cli.client.connection", "cli.shell.who"}),
        (["send", "--help"], {"asyncio", "cli.client.connection"}),
        (["who", *NOWHERE], {"cli.client.session", "cli.client.events"} | SECRETS),
        (["send", "--as", "anna", "--to", "bob", "hi", *NOWHERE], {"cli.client.buffers"} | SECRETS),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_command_loads_only_what_it_needs(
    arguments: list[str], needless: set[str], tmp_path: Path
) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "cli", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"CHAT_STATE_DIR": str(tmp_path)}
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "cli.ending" in loaded, done.stderr
    assert not loaded & (needless | SCREENS | SERVERS | SLOW)
