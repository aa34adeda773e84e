"""Every command with parameters that nobody means: the answer is always a line of IRC, never a bug.

``CHATD_FUZZ=50000`` carries out so many lines instead of the share that every run does; the seed of
a failure is in its message, and ``CHATD_FUZZ_SEED`` begins with it.
"""

from __future__ import annotations

import logging
import os
import random
import re

import pytest

from chatd.commands import registry
from chatd.commands.privileges import RIGHTS
from chatd.wire import caps as c
from tests.support.memory import Client, MemoryGateway, World

ROUNDS = int(os.environ.get("CHATD_FUZZ", "2000"))
"""Lines in all; each round is a world of its own and sends some of them."""
_LINES_PER_ROUND = 100
_FIRST_SEED = int(os.environ.get("CHATD_FUZZ_SEED", "0"))
_LEAVES = frozenset(("QUIT", "KILL", "GET", "HEAD", "POST", "PUT"))
"""Commands that end connections: sent less often, so that the others have somebody to send them."""

_ALPHABET = "ab#:;,=!@*?+-/\\ \t\x01\x02\x1f\x7fé☕\u200b\u202eｱ\U0001f600%&~.0"
_WORDS = (
    "", ":", "::", ":x", " ", "  ", " x", "x y", ",", ",,", "#", "#a", "#b", "#a,#b", "#a,,#b",
    "@#a",
    "+#a", "@", "@:", "#:", "#a:b", "##", "alice", "bob", "ALICE", "bob,alice", "*", "0", "-1", "1",
    "+", "-", "+o", "-o", "+b", "b", "+k", "+l", "+f", "+beI", "+ov-v", "+b :x", "*!*@*", "m:*",
    "a:",
    "m:", "$a:x", "::1", "127.0.0.1", "0.0.0.0/0", "chat.internal", "C", "L", "S", "LS", "LIST",
    "REQ", "END", "302", "GET", "SET", "SUB", "UNSUB", "SUBS", "SYNC", "CLEAR", "REGISTER", "INFO",
    "DROP", "TRANSFER", "LATEST", "BEFORE", "BETWEEN", "msgid=",
    "msgid=1-1-x", "1-1-x", "99999999999999999999-1-x", "١-١-x", "msgid=99999999999999999999-1-x",
    "timestamp=", "=",
    "+1", "-1", "+:", "+1:", "draft/multiline", "PLAIN", "AA==", "avatar", "x/y", "é/ü", "a/b",
    "%n",
    "%tcuihsnfdlaor,9", "o%n,:", "<1", ">0", "!*", "T<1", "\x01ACTION x\x01", "\x01VERSION\x01",
    "ｅｖｅ", "ß", "İ", "a\u0301", "#☕", "\u202ex", "x" * 100, "#" + "x" * 200, "é" * 100,
    "x," * 40,
    "a" * 390, "#" + "ａ" * 63, ":" * 50, "\x02", "user@host", "@host", "nick!", "!@", "mailto:",
)  # fmt: skip
_TAGS = (
    "", "label", "label=", "label=l1", "label=" + "x" * 70, "label=\\:\\s\\r\\n\\\\", "+x=1", "+x",
    "+a\x01=1", "+=", "=", ";", "+typing=active", "+x=\x01\x02", "+x=\\r\\n", "batch=1", "batch=",
    "draft/multiline-concat", "chatd/id=k", "chatd/id=", "+é=1", "+a/b/c=1", "time=x",
    "+x=" + "y" * 500, "batch=+1",
)  # fmt: skip


_MEANT = [
    line.split()
    for line in """
    ACCEPT bob | ACCEPT | ACCEPT -bob | AWAY gone | AUTHENTICATE PLAIN | AUTHENTICATE + | ADMIN bob
    BATCH +1 draft/multiline #a | @batch=1 PRIVMSG #a hello | BATCH -1 | CAP LS 302 | CAP REQ batch
    CAP LIST | CAP END | CHATHISTORY LATEST #a * 5 | CHATHISTORY BEFORE bob timestamp=x 5
    CHATHISTORY BETWEEN #a msgid=1-1-a msgid=2-2-b 5 | CHGHOST bob u@h.example | SETHOST h.example
    HELP JOIN | INVITE dave #a | INVITE | ISON alice bob | JOIN #a | JOIN #c key | JOIN #a,#b k,k
    KICK #a bob out | KLINE 5 *@192.0.2.1 bye | UNKLINE *@192.0.2.1 | DLINE 192.0.2.7 x | UNDLINE x
    ABAN 1 nobody x | LIST >0 | LIST #a | LIST *a* | LUSERS | METADATA * SET avatar x
    METADATA * LIST
    METADATA #a SET x y | METADATA bob GET avatar x | METADATA * SUB avatar | METADATA * SUBS
    METADATA #a SYNC | METADATA * CLEAR | MODE #a | MODE #a +b x!*@* | MODE #a b | MODE #a +o bob
    MODE #a +k secret | MODE #a +l 5 | MODE #a +f #b | MODE #a -k x | MODE alice +i | MODE bob +i
    MODE #a +beI x y z | MONITOR + bob,dave | MONITOR - bob | MONITOR L | MONITOR S | NAMES #a
    NAMES #a,#b | NICK alice2 | NOTICE bob x | OPER boss x | PART #b bye | PART #a | PASS x:y
    PING x
    PRIVMSG #a hello | PRIVMSG bob hello | PRIVMSG @#a hello | PRIVMSG bob,#a,alice x
    REDACT #a 1-1-x
    REGISTER * * secret | RELAYMSG #a a/b hello | RENAME #b #c x | ROOM REGISTER #a | ROOM INFO #a
    ROOM TRANSFER #a bob | ROOM ACCESS #a ADD bob op | ROOM ACCESS #a LIST
    ROOM ACCESS #a REMOVE bob | ROOM BANS #a
    ROOM BAN #a bob 5 x | ROOM MUTE #a x!*@* 5m | ROOM UNBAN #a bob | ROOM UNMUTE #a x!*@*
    ROSTER | SETNAME me | STATS u | STATS k | @+x=1 TAGMSG #a | TIME x
    TOPIC #a hello | TOPIC #a | USER u 0 * real | USERHOST alice bob | VERIFY * x | WALLOPS hello
    WHO #a | WHO a* %tna,5 | WHO bob o | WHOIS bob | WHOIS chat.internal bob | WHOWAS dave 5
    SESSIONS LIST | SESSIONS END x | SESSIONS FORGET x | SESSIONS LIST bob | RECOVER x
    HISTORY #a 5 | HISTORY bob 2h | IDENTIFY bob x | NS HELP | CS OP #a bob | PRIVMSG NickServ help
    SQUERY ChanServ info
    WEBIRC x gateway host.example 192.0.2.1 | NICK fresh | VERSION chat.internal | KILL dave x
    """.replace("\n", "|").split("|")
    if line.strip()
]  # fmt: skip
"""Lines as people mean them; one of their words is exchanged."""


def _nearly_meant(rng: random.Random) -> str:
    """A line that means something, but for at most two of its words."""
    words = list(rng.choice(_MEANT))
    if words[0] in _LEAVES and rng.random() < 0.8:
        words = ["MODE", "#a"]
    if words[0][0] != "@" and rng.random() < 0.3:
        words.insert(0, f"@{rng.choice(_TAGS)}")
    first = 2 if words[0][0] == "@" else 1
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        if len(words) > first:
            words[rng.randrange(first, len(words))] = _word(rng)
    if rng.random() < 0.2:
        words.append(_word(rng))
    if len(words) > first and (rng.random() < 0.7 or " " in words[-1] or not words[-1]):
        words[-1] = f":{words[-1]}"
    return " ".join(words)


_SHOWS = (
    "ACCEPT", "MONITOR L", "MONITOR S", "STATS k", "STATS d", "STATS a", "STATS o", "STATS m",
    "MODE #a b", "MODE #a e", "MODE #a I", "MODE #a", "METADATA * LIST", "METADATA #a LIST",
    "INVITE", "NAMES #a", "WHO *", "WHO #a %tcuihsnfdlaor,9", "WHOIS alice", "WHOIS bob",
    "WHOWAS bob", "LIST", "ROSTER", "CHATHISTORY LATEST #a * 50", "CHATHISTORY LATEST * * 50",
    "METADATA #a SYNC", "CAP LIST",
)  # fmt: skip
"""Questions whose answers repeat what was said before."""


def _garbled(rng: random.Random, line: str) -> bytes:
    """The bytes of a line, rarely with one of them exchanged."""
    data = bytearray(line.encode())
    if data and rng.random() < 0.03:
        data[rng.randrange(len(data))] = rng.choice((0, 13, 0x80, 0xC3, 0xFF, 1, 0x20, 0x3A))
    return bytes(data) + b"\r\n"


def _word(rng: random.Random) -> str:
    if rng.random() < 0.8:
        return rng.choice(_WORDS)
    return "".join(rng.choice(_ALPHABET) for _ in range(rng.randrange(20)))


def _line(rng: random.Random, commands: list[str]) -> str:
    if rng.random() < 0.7:
        return _nearly_meant(rng)
    command = rng.choice(commands)
    if command in _LEAVES and rng.random() < 0.9:
        command = "MODE"
    tags = ";".join(rng.choice(_TAGS) for _ in range(rng.randrange(3)))
    words = [f"@{tags}"] if tags else []
    if rng.random() < 0.05:
        words.append(f":{_word(rng).replace(' ', '') or 'x'}")
    words.append(command)
    count = rng.randrange(6)
    for at in range(count):
        word = _word(rng)
        last = at == count - 1
        words.append(f":{word}" if last and rng.random() < 0.7 else word)
    return " ".join(words)


_SOURCE = re.compile(r"[^\s:][^ ]*")
_TAG = re.compile(r"(\+?[A-Za-z0-9./-]+)(=[^; \r\n\0]*)?")


def broken(line: str) -> str:
    """What is wrong with a line that the server sent; "" when nothing is."""
    rest, problem = line, ""
    if "\r" in line or "\n" in line or "\0" in line:
        return "NUL, CR or LF"
    if rest.startswith("@"):
        tags, _, rest = rest[1:].partition(" ")
        if not all(map(_TAG.fullmatch, tags.split(";"))):
            problem = "tags"
    if len(rest.encode()) + 2 > 512:
        problem = f"{len(rest.encode()) + 2} bytes"
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        if not _SOURCE.fullmatch(source):
            problem = "source"
    head, _, _ = rest.partition(" :")
    command, *middles = head.split(" ")
    if not re.fullmatch(r"[A-Z]+|[0-9]{3}", command):
        problem = "command"
    if any(not middle or middle[0] == ":" for middle in middles):
        problem = "an empty parameter, or a colon in the middle"
    return problem


def test_what_the_fuzz_takes_for_a_fault() -> None:
    assert broken(":a!b@c PRIVMSG #r :x  y") == ""
    assert broken(":s 403  :No such channel") != ""
    assert broken(":s 403 :x :No such channel") == ""  # one parameter: "x :No such channel"
    assert broken("@+a\x01=1 :s TAGMSG x") == "tags"
    assert broken(":s 001 x :" + "y" * 600) == "612 bytes"


async def _people(gateway: MemoryGateway, rng: random.Random) -> list[Client]:
    alice = rng.choice(("alice", "é" * 32))  # the longest nick makes the longest lines
    # "Clients MUST NOT request more than one": half of the worlds have draft/metadata-3
    other = rng.choice(("draft/metadata-2", "draft/metadata-3"))
    names = [row.name for row in c.OFFERED if row.bit and row.name != other]
    every, some = " ".join(names), " ".join(name for name in names if rng.random() < 0.5)
    people = [await gateway.login(alice, every), await gateway.login("bob")]
    people.append(await gateway.login("carol", some))
    boss = await gateway.login("boss", some)
    gateway.store.umode(boss.session.sid, "boss", "o", "").result()
    for client in (*people, boss):
        await client.says("JOIN #a,#b")
    fresh = gateway.connect()
    asking = gateway.connect()
    await asking.asks_for(every)
    return [*people, boss, fresh, asking]


@pytest.mark.parametrize(
    "seed", range(_FIRST_SEED, _FIRST_SEED + max(1, ROUNDS // _LINES_PER_ROUND))
)
async def test_any_command_with_anything(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """Issue 8: "A fuzz of all commands with empty, colon-led, spaced and odd parameters"."""
    caplog.set_level(logging.WARNING)
    rng = random.Random(seed)
    gateway = MemoryGateway(World(), "g1", flood_lines_per_s=0)
    commands = sorted(registry.COMMANDS)
    people = await _people(gateway, rng)
    boss = people[3]
    done: list[str] = []
    for _ in range(_LINES_PER_ROUND):
        line = _line(rng, commands)
        if rng.random() < 0.1:
            line = rng.choice(_SHOWS)
        client = rng.choice(people)
        if rng.random() < 0.7 and any(word in line for word in (*RIGHTS, "STATS")):
            client = boss
        done.append(line)
        client.session.receive(_garbled(rng, line), gateway.now)
        for one in people:
            for answer in await one.hears():
                wrong = "Internal error" if "Internal error" in answer else broken(answer)
                assert not wrong, f"seed {seed}: {wrong}: {line!r} -> {answer!r}"
        assert not caplog.records, f"seed {seed}: {line!r} {done[-5:]!r}: {caplog.text}"
        if client.session.closed:
            people = [one for one in people if not one.session.closed]
            if len(people) < 4 or boss not in people:
                break
