"""Measure the servers and print the table: ``python bench/run.py [--quick]``. See README.md."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TextIO

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench.scenarios import ALL, SCENARIOS, USUAL, Scenario
from bench.servers import AT_A_TIME, HERE, BenchError, Cluster, installed, running
from bench.table import Result, markdown, row

STOLEN_MAX = 0.02
"""Share of the machine that its host may take away during a run; above, the run is repeated."""

REPEATS = 2
"""Times that a run is repeated for stolen CPU; then it is dropped."""

RUN_MAX_S = 420
"""For one run of the generator: longer than its own bounds, so it never has to be used."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for."""

    scenarios: Sequence[Scenario]
    servers: Sequence[str]
    runs: int
    extra: Sequence[str]
    quick: bool
    server_core: int
    generator_core: int
    python: str | None
    accounts: bool


def compile_generator() -> Path:
    """Compile the load generator unless that was done; return the program."""
    sources = sorted((HERE / "load").glob("*.[ch]"))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chatd-bench"
    program = cache / f"load-{digest[:16]}"
    if program.exists():
        return program
    compiler = shutil.which("cc")
    if not compiler:
        raise BenchError("there is no C compiler for the load generator: apt install gcc")
    cache.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(f".{os.getpid()}")
    units = [str(source) for source in sources if source.suffix == ".c"]
    command = [compiler, "-O2", "-flto", "-Wall", "-Wextra", "-o", str(fresh), *units, "-lm"]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - the compiler
        raise BenchError("the load generator does not compile; its messages are above")
    fresh.rename(program)
    return program


def measure(program: Path, plan: Plan, scenario: Scenario, server: str) -> Result:
    """Start a fresh server, let the generator loose on it, stop it."""
    try:
        cores = plan.server_core, plan.generator_core
        with running(server, *cores, plan.python, accounts=plan.accounts) as cluster:
            return _generate(program, plan, scenario, server, cluster)
    except BenchError as error:
        return {"error": str(error)}


def _generate(
    program: Path, plan: Plan, scenario: Scenario, server: str, cluster: Cluster
) -> Result:
    command = ["taskset", "-c", str(plan.generator_core), str(program), *scenario.arguments]
    command += [*plan.extra, *(scenario.quick if plan.quick else ())]
    for port in cluster.ports:
        command += ["--port", str(port)]
    for label, pid in cluster.pids.items():
        command += ["--pid", f"{label}={pid}"]
    if plan.accounts:
        command.append("--accounts")
    at_a_time = 50 if plan.accounts else AT_A_TIME.get(server, 100)  # passwords that may wait: 64
    command += ["--concurrency", str(at_a_time)]
    if server.startswith("chatd"):
        command.append("--one-order")
    if scenario.name == "reconnect":
        command += ["--kill", str(cluster.pids["gateway1"])]
    done = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, text=True, timeout=RUN_MAX_S, check=False
    )
    try:
        result: Result = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()
        return {"error": said[-1] if said else f"the generator ended with {done.returncode}"}
    return result


def measure_scenario(
    program: Path, plan: Plan, scenario: Scenario, raw: TextIO | None
) -> dict[str, list[Result]]:
    """All runs of one scenario, the servers taking turns."""
    results: dict[str, list[Result]] = {
        server: [] for server in plan.servers if server in scenario.servers
    }
    for turn in range(plan.runs):
        for server, collected in results.items():
            for attempt in range(1 + REPEATS):
                result = measure(program, plan, scenario, server)
                stolen = float(result.get("stolen", 0))
                _progress(scenario, server, turn, result)
                if raw:
                    labels = {"case": scenario.name, "server": server, "turn": turn}
                    raw.write(json.dumps({**labels, "attempt": attempt, **result}) + "\n")
                    raw.flush()
                if stolen <= STOLEN_MAX:
                    collected.append(result)
                    break
    return results


def _progress(scenario: Scenario, server: str, turn: int, result: Result) -> None:
    keys = (scenario.metric, "p50_ms", "p99_ms", "generator_busy", "foreign_cpu_s", "stolen")
    shown = ", ".join(f"{key} {result[key]:.4g}" for key in keys if key in result)
    state = "" if result.get("sound") else f" NOT SOUND {result.get('error')}"
    click.echo(f"{scenario.name} {server} #{turn + 1}: {shown}{state}", err=True)


def machine() -> str:
    """Name the machine in one line."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (
        f"{os.cpu_count()} cores {model}, Linux {platform.release()},"
        f" Python {platform.python_version()}"
    )


def _raise_limit() -> None:
    """Every connection is a descriptor in the generator and one in the server."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < 12_000:
        click.echo(f"ulimit -n is {hard}: the idle scenario needs 12,000", err=True)


def _chosen(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    wanted = tuple(patterns)
    found = [name for name in names if not wanted or any(fnmatch(name, w) for w in wanted)]
    if not found:
        raise click.UsageError(f"nothing is named {', '.join(wanted)}")
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-s", "--scenario", multiple=True, help="Name or pattern; may be repeated.")
@click.option("-S", "--server", multiple=True, help="Name or pattern; may be repeated.")
@click.option("--runs", default=3, show_default=True, help="Runs of each; the median counts.")
@click.option("--seconds", type=float, help="Measured time of a run.  [default: 5]")
@click.option("--quick", is_flag=True, help="One run of 2 seconds each, smaller storms.")
@click.option("--server-core", default=0, show_default=True)
@click.option("--generator-core", default=1, show_default=True)
@click.option("--python", help="Interpreter whose installed chatd is run.  [default: the checkout]")
@click.option("--accounts", is_flag=True, help="Clients of chatd log in, each to its account.")
@click.option("--json", "raw", type=click.File("a"), help="Append each single result to a file.")
@click.option("--list", "listing", is_flag=True, help="Show the scenarios and servers.")
def main(
    scenario: tuple[str, ...],
    server: tuple[str, ...],
    runs: int,
    seconds: float | None,
    quick: bool,
    server_core: int,
    generator_core: int,
    python: str | None,
    accounts: bool,
    raw: TextIO | None,
    listing: bool,
) -> None:
    """Measure chatd, InspIRCd and ngIRCd in one go; print the table as Markdown."""
    if listing:
        for case in SCENARIOS:
            click.echo(f"{case.name:15} {case.about}")
        click.echo(f"servers: {', '.join(ALL)}")
        return
    names = _chosen(scenario, [case.name for case in SCENARIOS])
    servers = [name for name in _chosen(server or USUAL, ALL) if installed(name)]
    extra = ["--warmup", "0.5"] if quick else []
    seconds = 2 if quick and seconds is None else seconds
    if seconds is not None:
        extra += ["--seconds", f"{seconds:g}"]
    cases = [case for case in SCENARIOS if case.name in names]
    cores = server_core, generator_core
    plan = Plan(cases, servers, 1 if quick else runs, extra, quick, *cores, python, accounts)
    _raise_limit()
    try:
        faults = _run(plan, raw)
    except BenchError as error:
        raise click.ClickException(str(error)) from None
    sys.exit(1 if faults else 0)


def _run(plan: Plan, raw: TextIO | None) -> int:
    """Measure all and print each scenario's table when it is done; return how many had faults."""
    program = compile_generator()
    faults = 0
    click.echo(f"{machine()}; {plan.runs} run(s) each, medians.")
    for scenario in plan.scenarios:
        results = measure_scenario(program, plan, scenario, raw)
        rows = [row(scenario, server, found) for server, found in results.items()]
        faults += sum(bool(r.note) for r in rows)
        if rows:
            click.echo(markdown(scenario, rows))
    return faults


if __name__ == "__main__":
    main()
