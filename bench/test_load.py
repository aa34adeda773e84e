"""The load generator must find what a faulty server does: each fault here makes it fail."""

# ruff: noqa: D102, D103 - a test says what it checks by its name

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bench.run import compile_generator


class Relay:
    """A room that every client joins; ``fault`` happens to one message in a hundred."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.names: dict[asyncio.StreamWriter, str] = {}
        self.members: list[asyncio.StreamWriter] = []
        self.count = 0
        self.held: bytes | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            command, _, rest = line.decode().rstrip("\r\n").partition(" ")
            if command == "NICK":
                self.names[writer] = rest
                writer.write(f":relay 001 {rest} :Welcome\r\n".encode())
            elif command == "JOIN":
                self.members.append(writer)
                writer.write(f":relay 366 {self.names[writer]} {rest} :End\r\n".encode())
            elif command == "PING":
                writer.write(f":relay PONG relay :{rest}\r\n".encode())
            elif command == "PRIVMSG":
                self.relay(writer, f":{self.names[writer]}!u@h PRIVMSG {rest}\r\n".encode())
        writer.close()

    def relay(self, sender: asyncio.StreamWriter, line: bytes) -> None:
        self.count += 1
        faulty = self.count % 100 == 0
        victim = next(member for member in reversed(self.members) if member is not sender)
        for member in self.members:
            if member is sender:
                continue
            if faulty and member is victim:
                self.harm(member, line)
            else:
                member.write(line)
                if member is victim and self.held:
                    member.write(self.held)
                    self.held = None

    def harm(self, victim: asyncio.StreamWriter, line: bytes) -> None:
        if self.fault == "doubled":
            victim.write(line + line)
        elif self.fault == "late":
            self.held = line
        elif self.fault == "closed":
            victim.close()
        elif self.fault == "none":
            victim.write(line)
        # "lost": nobody writes it


ENOUGH = 300
"""Messages of a run in which a fault in one of a hundred must be seen; a close ends it earlier."""


async def load(*options: str, fault: str) -> tuple[int | None, dict[str, Any]]:
    """Run the generator against a relay; return its exit code and its result.

    A run while the machine did something else is too short to show anything; the next is longer.
    """
    for seconds in (0.5, 2.0, 8.0, 16.0):
        relay = Relay(fault)
        code, result = await run(relay, *options, "--seconds", str(seconds))
        if relay.count >= (ENOUGH if fault != "closed" else 100):
            break
    return code, result


async def run(relay: Relay, *options: str) -> tuple[int | None, dict[str, Any]]:
    """One run of the generator."""
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    bounds = ("--warmup", "0.1", "--timeout", "30")
    process = await asyncio.create_subprocess_exec(
        await asyncio.to_thread(compile_generator), *options, *bounds, "--port", port,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    server.close()
    return process.returncode, json.loads(out)


FANOUT = ("fanout", "--members", "5", "--senders", "2", "--window", "4", "--ack", "50")


async def test_a_correct_server_passes() -> None:
    code, result = await load(*FANOUT, "--one-order", fault="none")
    assert code == 0
    assert result["sound"]
    assert result["deliveries"] > 100
    assert result["messages_per_s"] == pytest.approx(result["deliveries_per_s"] / 4)


@pytest.mark.parametrize(
    ("fault", "count"),
    [("lost", "lost"), ("doubled", "doubled_or_disordered"), ("closed", "closed")],
)
async def test_a_fault_at_one_receiver_is_found(fault: str, count: str) -> None:
    code, result = await load(*FANOUT, fault=fault)
    assert code == 1
    assert result[count] > 0


async def test_a_message_that_comes_late_is_found() -> None:
    # One sender: its message 100 comes after 101. Two senders: another order than elsewhere.
    code, result = await load(
        "paced", "--members", "5", "--senders", "1", "--rate", "1000", fault="late"
    )
    assert code == 1
    assert result["lost"] > 0
    assert result["doubled_or_disordered"] > 0
    code, result = await load(
        "paced", "--members", "5", "--senders", "2", "--rate", "1000", "--one-order", fault="late"
    )
    assert code == 1
    assert not result["one_order"]
