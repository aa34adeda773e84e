"""What the client's library uses: time for a burst of messages, and memory after very many.

python bench/client.py                 # 5,000 messages at once; 100,000 in one room and in 40
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator

from chatd.wire.message import parse
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation

BURST = 5000
MANY = 100_000
TEXT = "as long as people write when they have something to say to each other"


def lines(count: int, rooms: int) -> Iterator[bytes]:
    """Write what a server sends: a message in each room in turn."""
    for number in range(count):
        tags = f"msgid={number:x}-0;time=2025-11-22T12:03:{number % 60:02}.000Z;account=bob"
        target = f"#room{number % rooms}"
        yield f"@{tags} :bob{number % 50}!u@h PRIVMSG {target} :{number} {TEXT}".encode()


def burst() -> float:
    """Return the CPU seconds for one burst, without reading the lines."""
    chat = Conversation("anna")
    buffers = Buffers(chat, words=["wine", "water"])
    messages = [parse(line) for line in lines(BURST, 1)]
    begin = time.process_time()
    for message in messages:
        for event in chat.receive(message):
            buffers.take(event)
    return time.process_time() - begin


def memory(count: int, rooms: int) -> tuple[int, int]:
    """Return the bytes that all buffers use after so many messages, and the entries in them."""
    gc.collect()
    tracemalloc.start()
    chat = Conversation("anna")
    buffers = Buffers(chat)
    for line in lines(count, rooms):
        for event in chat.receive(parse(line)):
            buffers.take(event)
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used, sum(len(buffer.entries) for buffer in buffers.order())


def main() -> None:
    """Print a table."""
    print("| what | value |\n|---|---|")
    print(
        f"| {BURST:,} messages into a buffer, CPU | {min(burst() for _ in range(5)) * 1e3:.0f} ms |"
    )
    for rooms in (1, 40):
        used, kept = memory(MANY, rooms)
        print(f"| {MANY:,} messages in {rooms} rooms | {used / 1e6:.1f} MB in {kept:,} entries |")


if __name__ == "__main__":
    main()
