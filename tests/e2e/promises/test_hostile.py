"""Issue 2, 6: "hostile bytes into a gateway for a minute while two others chat undisturbed".

CHATD_HOSTILE_SECONDS=60 is the minute; CHATD_HOSTILE_SEED repeats a run.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from contextlib import suppress

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.consistency import wait_until_consistent
from tests.e2e.promises.support import People, heard, mostly, say, texts, wait_for_roster
from tests.support.servers import Gateway

SECONDS = float(os.environ.get("CHATD_HOSTILE_SECONDS", "5"))
SEED = int(os.environ.get("CHATD_HOSTILE_SEED", str(random.randrange(2**32))))
CONNECTIONS = 6
UNDISTURBED_S = 2.0
"""What a message of an innocent mostly takes at most while six connections send as fast as they
can."""

LINES = [
    b"CAP LS 302", b"CAP REQ :message-tags batch labeled-response echo-message sasl", b"CAP END",
    b"CAP REQ :-message-tags", b"CAP LIST", b"PASS x:y", b"NICK evil", b"USER e 0 * :e",
    b"AUTHENTICATE PLAIN", b"AUTHENTICATE AGppbGxlcwBzZXNhbWU=", b"AUTHENTICATE *",
    b"JOIN #chat", b"JOIN #a,#b,#c", b"JOIN 0", b"PART #chat :bye", b"PART #a,#b",
    b"PRIVMSG #chat :hello", b"PRIVMSG alice,bob,#chat :hello", b"NOTICE #chat :n",
    b"TAGMSG #chat", b"@+typing=active TAGMSG #chat",
    b"@label=x;chatd/id=y PRIVMSG #a :text", b"@label=z NAMES #chat",
    b"TOPIC #a :t", b"TOPIC #chat", b"NAMES #chat", b"LIST", b"WHO #chat", b"WHO * %tcuhnfar,1",
    b"WHOIS alice", b"WHOWAS alice", b"ISON alice bob", b"AWAY :away", b"AWAY", b"SETNAME :x",
    b"MODE #a +o evil", b"MODE #chat +b *!*@*", b"MODE evil +i", b"KICK #chat bob :out",
    b"INVITE bob #a", b"PING 1", b"PONG 1", b"MOTD", b"LUSERS", b"VERSION", b"TIME", b"INFO",
    b"CHATHISTORY LATEST #chat * 100", b"CHATHISTORY BEFORE #chat timestamp=2020-01-01T00:00:00Z 5",
    b"CHATHISTORY BETWEEN #chat msgid=1-2-3 msgid=4-5-6 10", b"MONITOR + alice", b"USERHOST alice",
    b"BATCH +1 draft/multiline #chat", b"@batch=1 PRIVMSG #chat :one", b"BATCH -1", b"HELP",
    b"ERROR :x", b"NICK alice", b"OPER a b", b"KILL bob :x", b"REGISTER * * pw", b"QUIT :bye",
]  # fmt: skip
BYTES = [b"\0", b"\r", b"\n", b"\r\n", b":", b" ", b"@", b";", b"=", b"\\", b",", b"#", b"!", b"*",
         b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", "İ".encode(), b"\xe2\x80\x8b",
         b"%", b"{", b"}", b"\x01", b"\x1b[31m", b"x" * 600, b";+k=v" * 900]  # fmt: skip


def hostile(chance: random.Random) -> bytes:
    """One piece of input: mostly lines that are almost right, sometimes noise."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(1, 400))
    line = chance.choice(LINES)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
        at = chance.randrange(len(line) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            line = line[:at] + chance.choice(BYTES) + line[at:]
        elif kind == 1:
            line = line[:at] + line[at + chance.randrange(1, 8) :]
        elif kind == 2:
            line = line[:at] + chance.randbytes(1) + line[at + 1 :]
        else:
            line = line[:at] + chance.choice(LINES)[chance.randrange(4) :] + line[at:]
    return line + chance.choice((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\n\r\n", b""))


async def attack(gateway: Gateway, chance: random.Random) -> None:
    """Send until cancelled; connect again when closed; end connections in every way."""
    while True:
        with suppress(ConnectionError):
            reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
            reading = asyncio.create_task(swallow(reader))
            try:
                if chance.random() < 0.8:
                    nick = f"evil{chance.randrange(10**6)}"
                    writer.write(f"NICK {nick}\r\nUSER e 0 * :e\r\nJOIN #chat\r\n".encode())
                for _ in range(chance.randrange(1, 400)):
                    writer.write(hostile(chance))
                    await writer.drain()
                    if reading.done():
                        break
                if chance.random() < 0.3:
                    writer.write_eof()
                    await reading
                elif chance.random() < 0.5:
                    writer.transport.abort()
            finally:
                reading.cancel()
                writer.close()


async def swallow(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(65536):
            pass


@pytest.mark.timeout(SECONDS + 180)
async def test_two_chat_undisturbed(own: Chat, people: People) -> None:
    sys.stdout.write(f"CHATD_HOSTILE_SEED={SEED}\n")
    alice = await people(own.g1, "alice", "#chat")
    bob = await people(own.g2, "bob", "#chat")
    attackers = [
        asyncio.create_task(attack(own.g1, random.Random(SEED + number)))
        for number in range(CONNECTIONS)
    ]
    clock = asyncio.get_running_loop().time
    end, rounds, took = clock() + SECONDS, 0, [0.0]
    try:
        while clock() < end:
            for speaker, other in ((alice, bob), (bob, alice)):
                asked = clock()
                text = f"{speaker.nick} undisturbed {rounds}"
                answer = await say(speaker, other.nick, text)
                assert answer.command == "PRIVMSG", answer.raw
                await other.expect(f"PRIVMSG {other.nick} :{text}$")
                took.append(clock() - asked)
            rounds += 1
            assert not any(task.done() for task in attackers), "the gateway accepts connections"
    finally:
        for task in attackers:
            task.cancel()
        await asyncio.gather(*attackers, return_exceptions=True)
    for client, other in ((alice, bob), (bob, alice)):
        got = [
            line.text for line in heard(client, "PRIVMSG", client.nick) if line.nick == other.nick
        ]
        assert got == [f"{other.nick} undisturbed {number}" for number in range(rounds)]
    assert mostly(took) < UNDISTURBED_S
    await wait_for_roster(own.redis, {"alice", "bob"})
    await wait_until_consistent(own.redis)
    for gateway in (own.g1, own.g2):
        assert gateway.running
        assert "Traceback" not in gateway.log, gateway.log
        assert " ERROR " not in gateway.log, gateway.log
    sys.stdout.write(f"{rounds} rounds, the slowest took {max(took):.3f} s\n")
    assert texts(heard(alice, "ERROR")) == []
