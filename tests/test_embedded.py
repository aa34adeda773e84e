"""The embedded engine: one server per data directory, whoever comes, goes or is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from chatd import embedded
from chatd.embedded import Engine, EngineError, open_engine
from tests.conftest import Gateways
from tests.support.irc import IrcClient
from tests.support.wait import PATIENCE_S, wait_until

pytestmark = pytest.mark.usefixtures("nothing_left_behind")

PARTICIPANT = """
import asyncio, sys
from pathlib import Path
from chatd.embedded import open_engine

async def main():
    engine = await open_engine(Path(sys.argv[1]))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await engine.close()

asyncio.run(main())
"""
"""A process that takes part until its standard input ends."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has more time to end than a gateway may take: a slow disk is no failure here."""
    monkeypatch.setattr(embedded, "STOP_TIMEOUT_S", PATIENCE_S)


async def participant(data_dir: Path) -> asyncio.subprocess.Process:
    """Start a process that opens the engine; it says when it has."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARTICIPANT, str(data_dir)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def opened(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"


async def leave(process: asyncio.subprocess.Process) -> None:
    await process.communicate(b"")
    assert process.returncode == 0


@asynccontextmanager
async def client(engine: Engine) -> AsyncIterator[Redis]:
    redis = Redis.from_url(engine.url, decode_responses=True)
    try:
        yield redis
    finally:
        await redis.aclose()


async def server_pid(engine: Engine) -> int:
    async with client(engine) as redis:
        return int((await redis.info("server"))["process_id"])


def servers_started(data_dir: Path) -> int:
    """How often a server became ready in this directory, by its own log."""
    return (data_dir / "engine.log").read_text().count("Ready to accept connections")


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")


async def test_six_starts_at_once_make_one_server(tmp_path: Path) -> None:
    crowd = await asyncio.gather(*(participant(tmp_path) for _ in range(6)))
    await asyncio.gather(*map(opened, crowd))
    assert servers_started(tmp_path) == 1
    engine = await open_engine(tmp_path)
    await asyncio.gather(*map(leave, crowd))
    await engine.ensure()
    assert servers_started(tmp_path) == 1
    await engine.close()


@pytest.mark.alone
async def test_it_is_ready_within_300_ms_and_costs_one_ping_after_that(tmp_path: Path) -> None:
    starts, pings = [1.0], [1.0]
    for _ in range(30):  # the best of many: the machine may be busy with something else
        if min(starts) < 0.3 and min(pings) < 0.05:
            break
        begun = time.perf_counter()
        engine = await open_engine(tmp_path)
        starts.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        await engine.ensure()
        pings.append(time.perf_counter() - begun)
        await engine.close()
    assert min(starts) < 0.3
    assert min(pings) < 0.05


@needs_proc
async def test_the_last_one_to_leave_stops_it(tmp_path: Path) -> None:
    first, second = await open_engine(tmp_path), await open_engine(tmp_path)
    pid = await server_pid(first)
    await first.close()
    assert alive(pid)
    assert await server_pid(second) == pid
    await second.close()
    assert not alive(pid)
    assert not (tmp_path / "engine.sock").exists()


@needs_proc
async def test_two_last_ones_leave_at_once(tmp_path: Path) -> None:
    for _ in range(10):
        both = await asyncio.gather(open_engine(tmp_path), open_engine(tmp_path))
        pid = await server_pid(both[0])
        await asyncio.gather(*(engine.close() for engine in both))
        assert not alive(pid)


@needs_proc
async def test_who_comes_while_the_last_one_leaves_finds_a_server(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path)
    for _ in range(10):
        _, newcomer = await asyncio.gather(engine.close(), open_engine(tmp_path))
        assert alive(await server_pid(newcomer))
        engine = newcomer
    await engine.close()


@needs_proc
async def test_kill_9_of_the_starter_leaves_the_server_to_the_others(tmp_path: Path) -> None:
    starter = await participant(tmp_path)
    await opened(starter)
    engine = await open_engine(tmp_path)
    pid = await server_pid(engine)
    starter.kill()
    await starter.wait()
    await engine.ensure()
    assert await server_pid(engine) == pid
    await engine.close()
    assert not alive(pid)


@needs_proc
async def test_kill_9_of_the_only_gateway_leaves_a_server_that_the_next_one_joins(
    tmp_path: Path,
) -> None:
    only = await participant(tmp_path)
    await opened(only)
    only.kill()
    await only.wait()
    engine = await open_engine(tmp_path)
    assert servers_started(tmp_path) == 1
    pid = await server_pid(engine)
    await engine.close()
    assert not alive(pid)


@needs_proc
async def test_kill_9_of_the_server_and_ensure_of_everybody(tmp_path: Path) -> None:
    engines = await asyncio.gather(*(open_engine(tmp_path) for _ in range(3)))
    pid = await server_pid(engines[0])
    os.kill(pid, signal.SIGKILL)
    await wait_until(lambda: not alive(pid), "the server is gone")
    await asyncio.gather(*(engine.ensure() for engine in engines for _ in range(3)))
    assert servers_started(tmp_path) == 2
    assert len({await server_pid(engine) for engine in engines}) == 1
    for engine in engines:
        await engine.close()


async def test_data_survives_a_restart_and_kill_9_of_the_server(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path)
    async with client(engine) as redis:
        await redis.set("said", "hello")
    await engine.close()

    engine = await open_engine(tmp_path)
    async with client(engine) as redis:
        assert await redis.get("said") == "hello"
        await redis.set("said", "hello again")
    os.kill(await server_pid(engine), signal.SIGKILL)
    await engine.ensure()
    async with client(engine) as redis:
        assert await redis.get("said") == "hello again"
    await engine.close()


async def test_a_directory_too_deep_for_a_socket_gets_a_short_path(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    engine = await open_engine(deep)
    assert len(engine.url.removeprefix("unix://")) <= embedded.SOCKET_PATH_MAX
    second = await open_engine(deep)
    assert second.url == engine.url
    other = await open_engine(deep / "other")
    assert other.url != engine.url
    for item in (engine, second, other):
        await item.close()
    assert list(deep.glob("appendonlydir/*"))


async def test_a_directory_with_strange_letters(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path / "Аня 100% #1?")
    assert await server_pid(engine) > 0
    await engine.close()


async def test_how_the_server_is_set_up(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path)
    async with client(engine) as redis:
        settings = {key: str(value) for key, value in (await redis.config_get("*")).items()}
    await engine.close()
    assert settings["port"] == "0"
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "everysec"
    assert settings["save"] == ""
    assert "pubsub 268435456 134217728 60" in settings["client-output-buffer-limit"]


async def test_nobody_else_on_the_machine_can_read_it(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path / "data")
    paths = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(paths) > 5
    assert [path for path in paths if path.stat().st_mode & 0o077] == []
    await engine.close()


async def test_a_frozen_server_is_an_error_and_not_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await open_engine(tmp_path)
    pid = await server_pid(engine)
    os.kill(pid, signal.SIGSTOP)
    try:
        with monkeypatch.context() as impatient:
            impatient.setattr(embedded, "READY_TIMEOUT_S", 0.1)
            with pytest.raises(EngineError, match=r"not usable after \d+ s \(it does not answer\)"):
                await engine.ensure()
    finally:
        os.kill(pid, signal.SIGCONT)
    await engine.ensure()
    await engine.close()


async def test_an_engine_that_was_left_is_not_started_again(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path)
    await engine.close()
    await engine.close()
    with pytest.raises(EngineError, match="has left"):
        await engine.ensure()


async def test_a_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"cannot use the data directory .*/file/data: .*--redis"):
        await open_engine(tmp_path / "file" / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_directory_without_write_permission_says_what_to_do(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)
    with pytest.raises(EngineError, match="Permission denied; give another with --data-dir"):
        await open_engine(tmp_path)


async def test_broken_files_are_told_in_the_servers_words(tmp_path: Path) -> None:
    engine = await open_engine(tmp_path)
    async with client(engine) as redis:
        await redis.set("said", "hello")
    await engine.close()
    for base in (tmp_path / "appendonlydir").glob("*.base.rdb"):
        base.write_bytes(b"this is no dump at all")
    with pytest.raises(EngineError, match=r"ended at its start \(.+\); see .*engine\.log"):
        await open_engine(tmp_path)


async def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_server", lambda: ["true"])  # ends without a word
    monkeypatch.setattr(embedded, "DISK_MIN_BYTES", 2**70)
    with pytest.raises(EngineError, match=r"the disk of .* is full: make room"):
        await open_engine(tmp_path)


async def test_no_server_for_this_platform_says_how_to_give_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"no embedded engine for .* or give a running one"):
        await open_engine(tmp_path)
    assert not os.listdir(tmp_path)


async def test_a_server_on_the_path_serves_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = embedded.find_server()[0]
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "redis-server").symlink_to(program)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    engine = await open_engine(tmp_path / "data")
    assert await server_pid(engine) > 0
    await engine.close()


async def test_a_program_that_is_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "valkey-server"
    program.write_text("#!/bin/sh\necho wrong kind of machine; exit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(embedded, "find_server", lambda: [str(program)])
    with pytest.raises(EngineError, match=r"did not start \(wrong kind of machine\)"):
        await open_engine(tmp_path / "data")


@pytest.mark.slow
async def test_gateways_start_a_killed_engine_again_and_go_on(
    gateways: Gateways, tmp_path: Path
) -> None:
    first, second = await gateways(2, data_dir=tmp_path)
    async with (
        await IrcClient.connect(first.host, first.port) as alice,
        await IrcClient.connect(second.host, second.port) as bob,
    ):
        await alice.register("alice")
        await bob.register("bob")
        os.kill(int((tmp_path / "engine.pid").read_text()), signal.SIGKILL)

        async def bob_hears_her() -> bool:
            await alice.send("PRIVMSG bob :still here?")
            await bob.fence()
            return any(line.text == "still here?" for line in bob.log)

        await wait_until(bob_hears_her, "a message goes through again")
    assert servers_started(tmp_path) == 2
