"""Three hundred connections guess passwords on two gateways: how long others take to log in.

They guess as fast as they are answered, and come again at once when they are closed: from one
address the passwords of others, or each from its own address those of who logs in meanwhile. These
do so one after the other: from an address that the account knows, which is that of the guessers
where they have one; and from a new one each time; with PLAIN and, where the server has it, with
SCRAM. It prints a table, and exits with 1 when somebody was kept out or took more than twice the
time in the median.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from tests.e2e.asking import PASSWORD
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

ACCOUNTS = 20
VICTIMS = 20
"""Accounts of others, which those guess who have the address of who logs in."""
GUESSERS = 300
HOME, AWAY = "127.0.0.1", "127.0.0.9"
"""Where the accounts are made, and the address of all guessers where they have one; and where the
victims are."""
PATIENCE_S = 20.0
PAUSE_S = 0.05
"""Between two logins."""
FACTOR = 2.0
_addresses = itertools.count(1)

Ask = Callable[[Gateway, str, str], Awaitable[float]]
"""Logs in to an account from an address; s that the client has computed meanwhile."""


# -- who guesses: a process of its own -----------------------------------------------------------


class Guesser:
    """One connection after the other, each from the same address."""

    def __init__(self, port: int, address: str, names: itertools.cycle[str]) -> None:
        self._port = port
        self._address = address
        self._names = names
        self.wrong = self.refused = self.closed = 0

    async def run(self) -> None:
        """Guess until it is ended."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._connection()
            self.closed += 1
            await asyncio.sleep(0.001)

    async def _connection(self) -> None:
        where = await asyncio.open_connection(HOME, self._port, local_addr=(self._address, 0))
        reader, writer = where
        try:
            writer.write(b"CAP REQ :sasl\r\n")
            while True:
                said = b64encode(f"\0{next(self._names)}\0wrong".encode())
                writer.write(b"AUTHENTICATE PLAIN\r\nAUTHENTICATE %b\r\n" % said)
                while b" 904 " not in (line := await reader.readuntil(b"\r\n")):
                    pass
                if b"failed" in line:
                    self.wrong += 1
                else:
                    self.refused += 1
        finally:
            writer.transport.abort()


async def guess(ports: list[int], addresses: list[str], names_of: list[str]) -> None:
    """All guessers, until stdin is closed; then print what they got."""
    names = itertools.cycle(names_of)
    guessers = [
        Guesser(ports[number % len(ports)], addresses[number % len(addresses)], names)
        for number in range(GUESSERS)
    ]
    tasks = [asyncio.create_task(guesser.run()) for guesser in guessers]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()
    totals = (
        sum(getattr(one, what) for one in guessers) for what in ("wrong", "refused", "closed")
    )
    print(*totals, flush=True)


class Attack:
    """A process that guesses, while it is entered."""

    def __init__(self, gateways: list[Gateway], addresses: list[str], names: list[str]) -> None:
        ports = ",".join(str(gateway.port) for gateway in gateways)
        command = [sys.executable, __file__, "--guess", ports, ",".join(addresses), ",".join(names)]
        self._process = subprocess.Popen(  # noqa: S603 - it is this program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    async def end(self) -> str:
        """How many guesses were wrong, how many refused, how many connections closed."""
        told, _ = await asyncio.to_thread(self._process.communicate, "")
        return told.strip()


# -- who logs in ---------------------------------------------------------------------------------


async def _opened(gateway: Gateway, address: str) -> IrcClient:
    where = await asyncio.open_connection(gateway.host, gateway.port, local_addr=(address, 0))
    client = IrcClient(*where)
    await client.send("CAP REQ :sasl")
    await client.expect(" ACK ")
    return client


async def plain(gateway: Gateway, address: str, name: str) -> float:
    """SASL PLAIN."""
    async with await _opened(gateway, address) as client:
        said = b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        await client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {said}")
        await client.expect(" 903 ", PATIENCE_S, unless=" 90[4-8] |^ERROR")
    return 0.0


async def scram(gateway: Gateway, address: str, name: str) -> float:
    """SASL SCRAM-SHA-256, without the time that its client takes to compute what it says."""
    from tests.support.scram import Scram

    login = Scram(name, PASSWORD)
    client = await _opened(gateway, address)
    async with client:
        await client.send("AUTHENTICATE SCRAM-SHA-256")
        await client.expect(r"^AUTHENTICATE \+")
        await client.send(f"AUTHENTICATE {login.first()}")
        challenge = await client.expect("^AUTHENTICATE", PATIENCE_S, unless=" 90[4-8] |^ERROR")
        start = time.perf_counter()
        final = login.final(challenge.params[0])
        computed = time.perf_counter() - start
        await client.send(f"AUTHENTICATE {final}")
        await client.expect("^AUTHENTICATE", PATIENCE_S, unless=" 90[4-8] |^ERROR")
        await client.send("AUTHENTICATE +")
        await client.expect(" 903 ", PATIENCE_S)
    return computed


def new_address() -> str:
    """An address from which nobody has come."""
    number = next(_addresses)
    return f"127.7.{number // 250}.{number % 250 + 1}"


def _at_home() -> str:
    return HOME


WHO: dict[str, tuple[Ask, Callable[[], str]]] = {
    "PLAIN, known": (plain, _at_home),
    "PLAIN, new address": (plain, new_address),
    "SCRAM, known": (scram, _at_home),
    "SCRAM, new address": (scram, new_address),
}


async def measure(
    gateways: list[Gateway], who: list[str], seconds: float
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Log in for some seconds, everybody in turn: the times, ms, and who was kept out."""
    took: dict[str, list[float]] = {name: [] for name in who}
    kept_out = dict.fromkeys(who, 0)
    end, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        for name in who:
            ask, address = WHO[name]
            start = time.perf_counter()
            try:
                account = f"account{number % ACCOUNTS}"
                computed = await ask(gateways[number % len(gateways)], address(), account)
                took[name].append((time.perf_counter() - start - computed) * 1000)
            except (AssertionError, OSError):
                kept_out[name] += 1
            await asyncio.sleep(PAUSE_S)
        number += 1
    return took, kept_out


async def _accounts(gateway: Gateway) -> None:
    rows = [(HOME, f"account{number}") for number in range(ACCOUNTS)]
    for address, name in [*rows, *((AWAY, f"victim{number}") for number in range(VICTIMS))]:
        where = await asyncio.open_connection(gateway.host, gateway.port, local_addr=(address, 0))
        async with IrcClient(*where) as client:
            await client.register(name)
            await client.send(f"REGISTER * * :{PASSWORD}", "QUIT")
            await client.expect("REGISTER SUCCESS")


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them is."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


async def row(
    title: str, addresses: list[str], names: list[str], options: argparse.Namespace
) -> bool:
    """One kind of attack on fresh servers; whether all is well."""
    fine, who = True, [name for name in WHO if options.scram or "SCRAM" not in name]
    async with RedisServer() as redis:
        flags = ("--redis", redis.url)
        async with Gateway(*flags) as one, Gateway(*flags) as two:
            await _accounts(one)
            before, _ = await measure([one, two], who, options.seconds)
            attack = Attack([one, two], addresses, names)
            await asyncio.sleep(options.begin)
            during, kept_out = await measure([one, two], who, options.seconds)
            told = await attack.end()
    for name in who:
        alone, with_it = percentile(before[name], 0.5), percentile(during[name], 0.5)
        late = percentile(during[name], 0.95)
        fine = fine and not kept_out[name] and with_it <= FACTOR * alone
        print(
            f"| {title} | {name} | {alone:.0f} | {with_it:.0f} | {late:.0f} |"
            f" {with_it / max(alone, 1e-9):.1f} | {kept_out[name]} of"
            f" {kept_out[name] + len(during[name])} |",
            flush=True,
        )
    print(f"{title}: wrong, refused, connections closed: {told}", file=sys.stderr)
    return fine


async def main() -> int:
    """Both attacks; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of measuring, each")
    parser.add_argument("--begin", type=float, default=5.0, help="of attack before that")
    parser.add_argument("--no-scram", dest="scram", action="store_false")
    parser.add_argument("--guess", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.guess:
        ports, addresses, names = (text.split(",") for text in options.guess)
        await guess([int(port) for port in ports], addresses, names)
        return 0
    accounts = [f"account{number}" for number in range(ACCOUNTS)]
    victims = [f"victim{number}" for number in range(VICTIMS)]
    each = [f"127.{1 + number // 250}.0.{number % 250 + 1}" for number in range(GUESSERS)]
    print("| 300 guess from | who logs in | alone, p50 ms | with it | p95 | factor | kept out |")
    print("|---|---|---|---|---|---|---|")
    rows = [
        await row("one address", [HOME], victims, options),
        await row("300 addresses", each, accounts, options),
    ]
    return 0 if all(rows) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
