"""One client at full speed in a room of 20,000, and how long its neighbours wait for PONG.

Issue 8: "one client at full speed under the default flood limits leaves its neighbours' p99 PONG
under 100 ms on every gateway". For each line the client sends it as fast as it is read, at the
default flood limits, for some seconds; meanwhile others on two gateways send a PING each 10 ms. It
prints a table and exits with 1 when a p99 is not below the bound.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from contextlib import suppress

from tests.e2e.promises.crowd import PASSWORD, Crowd
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer

LINES = (
    "PRIVMSG @#big,+#big,%#big,&#big :x",
    "PRIVMSG #big :x",
    "NAMES #big",
    "WHO #big",
    "WHO *",
    "LIST",
    "METADATA #big SYNC",
    "CHATHISTORY LATEST #big * 1000",
    "CHATHISTORY LATEST nobody * 1",
    "MODE #big +b-b *!*@x *!*@x",
    "PART #big\r\nJOIN #big",
    "RENAME #big #large\r\nRENAME #large #big",
)
CAPS = ("batch", "message-tags", "draft/chathistory", "draft/metadata-2")
NEIGHBOURS = 5
"""On each gateway."""
EACH_S = 0.01
"""Between two PINGs of a neighbour."""
BOUND_MS = 100.0
_numbers = itertools.count(1)
"""Each client has a name of its own."""


class Neighbour:
    """Sends PING after PING, and notes how long each took, ms."""

    def __init__(self, client: IrcClient) -> None:
        self.client = client
        self.took_ms: list[float] = []

    async def ping(self) -> None:
        """Until it is cancelled."""
        while True:
            start = time.perf_counter()
            await self.client.fence()
            self.took_ms.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(EACH_S)


class Flood:
    """A client that sends as fast as it is read, and reads as fast as it can."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def on(cls, gateway: Gateway) -> Flood:
        """Log in as the owner of #big."""
        client = await IrcClient.connect(gateway.host, gateway.port)
        await client.register(f"asker{next(_numbers)}", CAPS, ("boss", PASSWORD))
        await client.send("JOIN #big")
        await client.fence()
        return cls(client._reader, client._writer)

    async def run(self, line: str, seconds: float) -> None:
        """Send one line over and over."""
        reading = asyncio.create_task(self._read())
        end = time.perf_counter() + seconds
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while time.perf_counter() < end:
                    self._writer.write(f"{line}\r\n".encode() * 50)
                    await self._writer.drain()
        reading.cancel()
        self._writer.transport.abort()

    async def _read(self) -> None:
        while await self._reader.read(2**20):
            pass


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them is."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measured(gateways: list[Gateway], line: str, seconds: float) -> bool:
    """Print a row; whether it is below the bound on every gateway."""
    clients = [
        [await IrcClient.connect(gateway.host, gateway.port) for _ in range(NEIGHBOURS)]
        for gateway in gateways
    ]
    people = [[Neighbour(client) for client in some] for some in clients]
    for some in people:
        for one in some:
            await one.client.register(f"near{next(_numbers)}", ())
    flood = await Flood.on(gateways[0])
    pinging = [asyncio.create_task(one.ping()) for some in people for one in some]
    await flood.run(line, seconds)
    for task in pinging:
        task.cancel()
    fine, cells = True, []
    for some in people:
        took = [ms for one in some for ms in one.took_ms]
        p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
        fine = fine and p99 < BOUND_MS
        cells += [f"{p50:.1f}", f"{p99:.1f}", f"{max(took):.0f}"]
    shown = line.replace("\r\n", ", ")
    print(f"| `{shown}` | {' | '.join(cells)} |", flush=True)
    for one in (one for some in people for one in some):
        await one.client.close()
    return fine


async def main() -> int:
    """All lines; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each line")
    parser.add_argument("lines", nargs="*", default=LINES)
    options = parser.parse_args()
    async with RedisServer() as redis:
        crowd = Crowd(redis.url)
        await crowd.make()
        await crowd.close()
        flags = ("--redis", redis.url, "--history", "20000", "--sendq", str(2**26))
        async with Gateway(*flags) as here, Gateway(*flags) as there:
            print("| line | here p50 | p99 | max | elsewhere p50 | p99 | max, ms |")
            print("|---|---|---|---|---|---|---|")
            rows = [await measured([here, there], line, options.seconds) for line in options.lines]
    return 0 if all(rows) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
