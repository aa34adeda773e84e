"""The command ``chatd``: its help, its errors, what it hands to the application."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

import chatd
from chatd.__main__ import main
from chatd.config import Config, ConfigError, settings
from chatd.embedded import EngineError
from chatd.store.errors import StoreRefused


class StandInApp(ModuleType):
    """Takes the place of ``chatd.app``: remembers the settings, then does as told."""

    def __init__(self) -> None:
        super().__init__("chatd.app")
        self.config: Config | None = None
        self.engine_nodes = 0
        self.outcome: int | BaseException = 0

    async def run(self, config: Config, engine_nodes: int) -> int:
        self.config = config
        self.engine_nodes = engine_nodes
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInApp]:
    stand_in = StandInApp()
    monkeypatch.setitem(sys.modules, "chatd.app", stand_in)
    monkeypatch.setattr(chatd, "app", stand_in, raising=False)
    return stand_in


def test_flags_reach_the_application(app: StandInApp) -> None:
    result = CliRunner().invoke(
        main, ["serve", "--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--network", "Ours"]
    )
    assert (result.exit_code, result.output) == (0, "")
    assert app.config is not None
    assert [str(address) for address in app.config.listen] == ["127.0.0.1:0", "[::1]:0"]
    assert app.config.network == "Ours"


def test_a_cluster_to_try_out_is_for_developers(app: StandInApp) -> None:
    assert CliRunner().invoke(main, ["serve", "--engine-nodes", "3"]).exit_code == 0
    assert app.engine_nodes == 3
    assert "engine-nodes" not in CliRunner().invoke(main, ["serve", "--help"]).output


def test_the_exit_code_is_the_applications(app: StandInApp) -> None:
    app.outcome = 3
    assert CliRunner().invoke(main, ["serve"]).exit_code == 3


@pytest.mark.parametrize("kind", [ConfigError, EngineError, StoreRefused])
def test_what_a_person_can_mend_is_one_line_and_exit_1(
    app: StandInApp, kind: type[Exception]
) -> None:
    app.outcome = kind("the Redis is too old:\n 6.2; give one of 7.0 or newer")
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 1
    assert result.stderr == "chatd: the Redis is too old: 6.2; give one of 7.0 or newer\n"
    assert result.stdout == ""


def test_a_wrong_setting_is_one_line_and_exit_1(app: StandInApp) -> None:
    result = CliRunner().invoke(main, ["serve", "--listen", "6667"])
    assert result.exit_code == 1
    assert result.stderr.startswith("chatd: --listen: '6667' is no address: write HOST:PORT")
    assert result.stderr.count("\n") == 1
    assert app.config is None


def test_environment_and_file(
    app: StandInApp, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path_factory.mktemp("config") / "chatd.toml"
    file.write_text('network = "file"\nlease = 9\n')
    monkeypatch.setenv("CHATD_CONFIG", str(file))
    monkeypatch.setenv("CHATD_NETWORK", "environment")
    assert CliRunner().invoke(main, ["serve"]).exit_code == 0
    assert app.config is not None
    assert (app.config.network, app.config.lease_s) == ("environment", 9)


def test_help_names_every_setting_and_its_default() -> None:
    text = CliRunner().invoke(main, ["serve", "--help"], terminal_width=100).output
    for setting in settings().values():
        assert f"--{setting.name} {setting.metavar}" in text
    assert "[default: 127.0.0.1:6667]" in text
    assert "[default: 1048576]" in text


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == "chatd 0.1.0\n"


def test_help_loads_nothing_that_only_a_running_gateway_needs() -> None:
    code = (
        "import sys, chatd.__main__; "
        "print(sorted({'uvloop', 'asyncio', 'redis', 'platformdirs'} & {*sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


_ACCOUNT_COMMANDS = (
    ["list"],
    ["oper", "bob"],
    ["delete", "--yes", "bob"],
    ["passwd", "bob"],
    ["add", "bob"],
    ["rename", "bob", "robert"],
    ["sessions", "bob"],
)


@pytest.mark.parametrize("words", _ACCOUNT_COMMANDS, ids=lambda words: str(words[0]))
@pytest.mark.parametrize("place", ["in front", "before", "behind"])
@pytest.mark.parametrize(
    ("flag", "value", "field"),
    [
        ("--redis", "redis://127.0.0.1:1/0", "redis_url"),
        ("--data-dir", "/somewhere", "data_dir"),
        ("--key-prefix", "other", "key_prefix"),
        ("--config", "{file}", "key_prefix"),
    ],
)
def test_where_the_accounts_are_may_be_said_in_any_place(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
    place: str,
    flag: str,
    value: str,
    field: str,
) -> None:
    """Issue 8: "`chatd account list --data-dir D` is refused"."""
    seen: list[Config] = []
    monkeypatch.setattr("chatd.account._run", lambda config, work, *_: seen.append(config))
    file = tmp_path / "chatd.toml"
    file.write_text('key-prefix = "other"\n')
    value = value.format(file=file)
    given = {
        "in front": [flag, value, "account", *words],
        "before": ["account", flag, value, *words],
        "behind": ["account", *words, flag, value],
    }[place]
    result = CliRunner().invoke(main, given, input="secret\n")
    assert (result.exit_code, result.output) == (0, "")
    wanted = "other" if flag == "--config" else value
    assert str(getattr(seen[0], field)) == wanted


def test_of_two_flags_the_one_behind_the_command_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Config] = []
    monkeypatch.setattr("chatd.account._run", lambda config, work, *_: seen.append(config))
    flags = ["account", "--key-prefix", "one", "list", "--key-prefix", "two"]
    assert CliRunner().invoke(main, flags).exit_code == 0
    assert seen[0].key_prefix == "two"


def test_a_wrong_flag_of_account_is_one_line_and_exit_1() -> None:
    result = CliRunner().invoke(main, ["account", "list", "--redis", "http://x"])
    assert result.exit_code == 1
    assert result.stderr.startswith("chatd: --redis: that is no Redis URL")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("place", ["in front", "behind"])
def test_the_same_for_every_command(app: StandInApp, place: str) -> None:
    """A flag in front of `serve` is one of `serve`; what stands behind wins."""
    given = ["--key-prefix", "one", "serve"] if place == "in front" else ["serve"]
    behind = [] if place == "in front" else ["--key-prefix", "one"]
    assert CliRunner().invoke(main, [*given, *behind]).exit_code == 0
    assert app.config is not None
    assert app.config.key_prefix == "one"
    assert CliRunner().invoke(main, [*given, "--key-prefix", "two"]).exit_code == 0
    assert app.config.key_prefix == "two"


@pytest.mark.parametrize("command", ["account list", "doctor", "drain"])
def test_the_redis_may_be_named_in_front(command: str) -> None:
    flags = ["--redis", "redis://127.0.0.1:1/0", *command.split()]
    result = CliRunner().invoke(main, flags)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no Redis answers at redis://127.0.0.1:1/0" in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        "account rename old",
        "account list --nonsense",
        "--nonsense serve",
        "nonsense",
        "account nonsense",
        "drain --timeout never",
        "account list --redis",
        "--redis redis://127.0.0.1:1/0 migrate",
    ],
)
def test_a_wrong_use_is_one_sentence_and_exit_2(line: str) -> None:
    result = CliRunner().invoke(main, line.split())
    assert result.exit_code == 2
    assert result.stderr.startswith("chatd: ")
    assert result.stderr.count("\n") == 1
