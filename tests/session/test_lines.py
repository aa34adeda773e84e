"""No line is longer than 512 bytes without its tags, whoever does whatever with the longest names.

"the message (without tags) MUST NOT exceed 512 bytes, counting all characters including the
trailing CR-LF", https://modern.ircdocs.horse/#message-format
"""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from chatd.session.render import RENDER, render
from chatd.state import events as e
from chatd.state.bans import MASK
from chatd.state.events import Event
from chatd.state.notices import Banned, Lost
from chatd.store.staff import Ban
from chatd.wire import caps as c
from chatd.wire import casemap
from chatd.wire.isupport import AWAYLEN, KICKLEN, NAMELEN, TOPICLEN
from chatd.wire.metadata import KEY_BYTES, MAX_VALUE_BYTES
from chatd.wire.modes import PREFIX_MODES
from tests.support.memory import Client, MemoryGateway, World

NICK = "é" * casemap.NICKLEN
ROOM = "#x" + "é" * 61 + "\u4e00"
OTHER = "#y" + "é" * 61 + "\u4e00"
USER = "~" + "u" * (casemap.USERLEN - 1)
HOST = "h" * casemap.HOST_BYTES
SOURCE = f"{NICK}!{USER}@{HOST}"
SERVER = ("s" * 31 + ".") + "s" * 31
MSGID = "1764115200000-18446744073709551615-abcdef"
TEXT = "☕" * 150
"""450 bytes, more than fits behind the longest names."""
VALUE = ("☕" * 100)[:MAX_VALUE_BYTES]
AWAY, REALNAME = "☕" * (AWAYLEN // 3), "☕" * (NAMELEN // 3)
REASON = "☕" * (KICKLEN // 3)
CLIENT_TAGS = "+x=" + "y" * 4000

EVENTS: dict[bytes, tuple[tuple[str, ...], ...]] = {
    e.JOIN: ((ROOM, REALNAME, AWAY), (ROOM, REALNAME, "")),
    e.PART: ((ROOM, REASON), (ROOM, "")),
    e.QUIT: ((f"Quit: {REASON}", "1"),),
    e.TOPIC: ((ROOM, "☕" * (TOPICLEN // 3)), (ROOM, "")),
    e.MODES: (
        (ROOM, "+b " + "m" * 200),
        (ROOM, f"+kfl-o+bb {'k' * 32} {OTHER} 1000000 {NICK} {'m' * 200} {'n' * 200}"),
    ),
    e.KICK: ((ROOM, NICK, NICK, REASON),),
    e.INVITED: ((ROOM, NICK),),
    e.INVITATION: ((ROOM, NICK, NICK),),
    e.NICK: ((NICK, NICK),),
    e.USER_MODES: (("+BRiow", "BRiow"),),
    e.WALLOPS: ((TEXT,),),
    e.AWAY: ((AWAY,), ("",)),
    e.REALNAME: ((REALNAME,),),
    e.ACCOUNT: ((NICK,), ("",)),
    e.HOST: ((USER, HOST, ROOM, PREFIX_MODES, REALNAME, AWAY, SERVER),),
    e.HOST_AGAIN: ((USER, HOST, ROOM, PREFIX_MODES, REALNAME, AWAY, SERVER),),
    e.HOST_OWN: ((USER, HOST, "", "", "", "", ""),),
    e.METADATA: ((ROOM, "k" * KEY_BYTES, VALUE), (ROOM, "k" * KEY_BYTES)),
    e.REDACTION: ((ROOM, MSGID, "☕" * 66), (ROOM, MSGID, "")),
    e.READ: ((ROOM, "253402300799999"), (NICK, "1")),
    e.RENAMED: ((ROOM, OTHER, OTHER, "☕" * 50),),
}
"""Of each kind the longest arguments that can be; messages are cut when they are sent."""
SENT = {e.MESSAGE, e.MULTILINE, e.STATUS}


def _event(kind: bytes, args: tuple[str, ...]) -> Event:
    fields = (
        MSGID.rpartition("-")[0],
        kind.decode(),
        "sid",
        "",
        NICK,
        SOURCE,
        f"{NICK}\1Bo",
        *args,
    )
    event = Event("\0".join(fields).encode())
    event.kind = kind
    return event


def _sets(mask: int) -> list[int]:
    """All sets of the capabilities in a mask that matter: none, each, each two, and all."""
    bits = [1 << at for at in range(mask.bit_length()) if mask >> at & 1]
    pairs = [one | two for one, two in combinations(bits, 2)]
    without = [mask & ~bit for bit in bits]
    return [0, *bits, *pairs, *without, mask]


def whole(line: bytes) -> list[str]:
    """The words of a line that keeps the rules; the text, if there is one, counts as one."""
    text = line.decode()  # "cut at a character"
    assert "\ufffd" not in text
    tags, _, body = text[1:].partition(" ") if text.startswith("@") else ("", "", text)
    assert len(tags.encode()) + 2 <= 8191
    assert len(body.encode()) + 2 <= 512, f"{len(body.encode()) + 2} bytes: {body[:80]}"
    head, colon, trailing = body.partition(" :")
    words = head.split(" ")
    assert all(words)
    return [*words, trailing] if colon else words


def test_every_kind_of_event_is_tried() -> None:
    assert set(EVENTS) | SENT == set(RENDER)


@pytest.mark.parametrize("kind", sorted(EVENTS), ids=lambda kind: kind.decode())
def test_an_event_with_the_longest_names_hosts_and_texts(kind: bytes) -> None:
    """Issue 8: "No line is ever longer than 512 without tags, on any path; what does not fit is cut
    at a character, or parted."
    """
    # one character for each word: has all parameters, and is never cut
    short = tuple(re.sub(r"[^ ]+", "x", arg) for arg in EVENTS[kind][0])
    for args in EVENTS[kind]:
        event = _event(kind, args)
        for caps in _sets(RENDER[kind][1]):
            rendered = render(event, caps)
            assert rendered == b"" or rendered.endswith(b"\r\n")
            lines = rendered.split(b"\r\n")[:-1]
            words = [whole(line) for line in lines]
            if len(args) == len(short) and args == EVENTS[kind][0] and kind not in _SPECIAL:
                meant = render(_event(kind, short), caps).split(b"\r\n")[:-1]
                assert [len(one) for one in words] == [len(whole(line)) for line in meant]


_SPECIAL = {e.HOST, e.HOST_AGAIN, e.READ}
"""Those of which not as many words come of short texts: they are parted, or have a number."""


def test_the_prefix_modes_of_a_host_change_are_parted() -> None:
    """ "what does not fit is cut at a character, or parted": a MODE that is cut is another MODE."""
    event = _event(e.HOST_AGAIN, EVENTS[e.HOST_AGAIN][0])
    lines = [line.split(" ") for line in render(event, 0).decode().split("\r\n")[:-1]]
    modes = [words for words in lines if words[1] == "MODE"]
    assert len(modes) > 1
    assert "".join(words[3][1:] for words in modes) == PREFIX_MODES
    assert all(words[4:] == [NICK] * (len(words[3]) - 1) for words in modes)


# -- what clients do -----------------------------------------------------------------------------


@pytest.fixture
async def long_gateway() -> MemoryGateway:
    return MemoryGateway(World(), "g1", name=SERVER, flood_lines_per_s=0, network="N" * 64)


async def _long(gateway: MemoryGateway, nick: str, caps: str) -> Client:
    client = gateway.connect()
    client.session.host = HOST
    words = caps.split()
    for start in range(0, len(words), 15):  # all of them are too long for one line
        await client.says(f"CAP REQ :{' '.join(words[start : start + 15])}")
    await client.says("CAP LS", f"NICK {nick}", f"USER {'u' * 40} 0 * :{'☕' * 100}")
    await client.says("CAP END")
    assert client.session.user is not None
    return client


def _caps() -> list[str]:
    every = [row.name for row in c.OFFERED if row.bit]
    quiet = [name for name in every if name not in ("batch", "draft/multiline", "chghost")]
    return [" ".join(every), "", " ".join(quiet), "multi-prefix userhost-in-names"]


async def test_what_is_said_with_the_longest_names(long_gateway: MemoryGateway) -> None:
    """Messages, their echoes, to a room, its operators and a user, relayed, of several lines."""
    people = [
        await _long(long_gateway, "ab"[at % 2] + "é" * 29 + f"-{at}", caps)
        for at, caps in enumerate(_caps())
    ]
    for one in people:
        await one.says(f"JOIN {ROOM}")
    alice, bob = people[0], people[1]
    nick = bob.session.user.nick if bob.session.user is not None else ""
    chars = "☕" * 40
    for target in (ROOM, f"@{ROOM}", f"~{ROOM}", nick):
        for command in ("PRIVMSG", "NOTICE"):
            alice.sends(f"@{CLIENT_TAGS} {command} {target} :{chars}")
            alice.sends(f"@{CLIENT_TAGS} {command} {target} :{'x' * 200}")
            alice.sends(f"{command} {target} :{'x' * 150}")
            alice.sends(f"BATCH +1 draft/multiline {target}")
            for text in ("☕" * 60, "x" * 180, "", "☕"):
                alice.sends(f"@batch=1 {command} {target} :{text}")
                alice.sends(f"@batch=1;draft/multiline-concat {command} {target} :{text or 'x'}")
            alice.sends("BATCH -1")
        alice.sends(f"@{CLIENT_TAGS} TAGMSG {target}")
    name = "é" * casemap.NICKLEN
    alice.sends(f"RELAYMSG {ROOM} {name}/{name} :{'☕' * 50}")
    for one in people:
        lines = await one.hears()
        assert len(lines) > 20
        for line in lines:
            whole(line.encode())


def _questions(nicks: list[str]) -> list[str]:
    """Lines that are answered with as much as can be."""
    mask = f"{'é' * 31}!{'u' * 16}@{'h' * 63}"
    masks = " ".join(f"{mask}{at}" for at in range(2))
    return [
        f"JOIN {ROOM}",
        f"JOIN {OTHER}",
        f"TOPIC {ROOM} :{'☕' * 110}",
        f"TOPIC {ROOM}",
        f"MODE {ROOM} +b {'m' * 200}",
        f"MODE {ROOM} +bb {masks}",
        f"MODE {ROOM} +eI {masks}",
        f"MODE {ROOM} b",
        f"MODE {ROOM} e",
        f"MODE {ROOM} I",
        f"MODE {ROOM} +klf {'k' * 32} 9 {OTHER}",
        f"MODE {ROOM}",
        f"MODE {ROOM} -bb {masks}",
        f"MODE {ROOM} +ovha{' ' + nicks[0]} {nicks[0]}",
        f"NAMES {ROOM}",
        f"WHO {ROOM}",
        f"WHO {ROOM} %tcuihsnfdlaor,99",
        "WHO *",
        "LIST",
        f"WHOIS {nicks[0]}",
        f"WHOIS {nicks[1]}",
        f"WHOWAS {nicks[1]}",
        f"USERHOST {' '.join(nicks[:3])}",
        f"ISON {nicks[0]}",
        f"MONITOR + {','.join(nicks[:3])}",
        "MONITOR L",
        "MONITOR S",
        "LUSERS",
        f"AWAY :{'☕' * 100}",
        f"SETNAME :{'☕' * 50}",
        f"KICK {ROOM} {nicks[1]} :{'☕' * 80}",
        f"INVITE {nicks[1]} {ROOM}",
        "INVITE",
        f"METADATA {ROOM} SET {'k' * 40} :{VALUE}",
        f"METADATA {ROOM} LIST",
        f"METADATA * SET {'k' * 40} :{VALUE}",
        f"METADATA {ROOM} SYNC",
        f"METADATA * SUB {' '.join('k' * 39 + str(at) for at in range(9))}",
        "METADATA * SUBS",
        "METADATA * LIST",
        f"RENAME {OTHER} {OTHER.replace('y', 'z')} :{'☕' * 50}",
        f"SETHOST {'v' * 15}@{'w' * 63}",
        f"CHGHOST {nicks[0]} {'v' * 15}@{'w' * 63}",
        f"ACCEPT {nicks[1]}",
        f"ACCEPT {nicks[2]}",
        "ACCEPT",
        f"ROOM INFO {ROOM}",
        f"ROOM REGISTER {ROOM}",
        f"ROOM ACCESS {ROOM} ADD {nicks[1]} op",
        f"ROOM ACCESS {ROOM} ADD {'x' * 300} {'y' * 50}",
        f"ROOM ACCESS {ROOM} {'x' * 300}",
        f"ROOM ACCESS {ROOM} LIST",
        f"ROOM BAN {ROOM} {mask} 5 :{'☕' * 50}",
        f"ROOM MUTE {ROOM} {mask} 5w",
        f"ROOM BANS {ROOM}",
        f"ROOM UNMUTE {ROOM} {mask}",
        f"ROOM UNBAN {ROOM} {nicks[1]}",
        f"ROOM BAN {ROOM} {'x' * 300}",
        f"ROOM BAN {ROOM} {'*' * 300}",
        "ADMIN",
        "VERSION",
        "INFO",
        "LINKS",
        "HELP",
        "MOTD",
        "TIME",
        "STATS u",
        "STATS m",
        f"KLINE {'é' * 90}@x :{TEXT[:80]}",
        "STATS k",
        f"WALLOPS :{'☕' * 150}",
        f"CHATHISTORY LATEST {ROOM} * 50",
        f"PING {'x' * 490}",
        f"{'X' * 480}",
        f"NOSUCH{'x' * 400}",
        f"JOIN #{'x' * 400}",
        f"NAMES #{'x' * 400}",
        f"CAP {'x' * 400}",
        f"CAP REQ :{'x' * 480}",
        f"WHO {'x' * 400}",
        f"WHOIS {'x' * 400}",
        f"HELP {'x' * 400}",
        f"MODE {'x' * 400}",
        f"MODE {ROOM} {'y' * 300}",
        f"KICK {ROOM} {'x' * 300}",
        f"NICK {'x' * 300}",
        f"ROOM INFO {'x' * 400}",
        f"ROOM {'x' * 400} x",
        f"RENAME {ROOM} {'x' * 300}",
        f"TIME {'x' * 400}",
        f"REDACT {ROOM} {'x' * 300}",
        f"METADATA {ROOM} GET {'x' * 300}",
        f"MONITOR + {'x' * 400}",
        f"CHATHISTORY {'x' * 400}",
        f"CHATHISTORY LATEST {ROOM} {'x' * 300} 1",
        f"ACCEPT {'x' * 400}",
        f"CHGHOST {nicks[1]} {'!' * 300}",
        f"VERIFY {'x' * 300} x",
        f"REGISTER {'x' * 300} * secret",
        f"BATCH +{'x' * 400}",
        f"OPER {'x' * 200} {'y' * 200}",
        f"STATS {'x' * 400}",
        f"NICK {NICK}",
        f"PART {ROOM} :{'☕' * 100}",
        f"QUIT :{'☕' * 120}",
    ]


async def test_what_is_answered_with_the_longest_names(long_gateway: MemoryGateway) -> None:
    """Numerics, standard replies, lists: each line of every answer, and of what others hear."""
    people = [
        await _long(long_gateway, "ab"[at % 2] + "é" * 29 + f"-{at}", caps)
        for at, caps in enumerate(_caps())
    ]
    nicks = [one.session.user.nick for one in people if one.session.user is not None]
    store, boss = long_gateway.store, people[0]
    store.umode(boss.session.sid, casemap.fold(nicks[0]), "o", "").result()
    done = _questions(nicks)
    answered = 0
    for line in done:
        others = people if line.startswith(("JOIN #x", "AWAY")) else people[:1]
        for one in others:
            one.sends(line)
        for one in people:
            for heard in await one.hears():
                answered += 1
                whole(heard.encode())
    assert answered > 250


async def test_what_others_do_with_the_longest_names(long_gateway: MemoryGateway) -> None:
    """What is written beside the events: a room renamed to who cannot be told, KILL, bans, ERROR,
    events that were lost, MONITOR.
    """
    people = [
        await _long(long_gateway, "ab"[at % 2] + "é" * 29 + f"-{at}", caps)
        for at, caps in enumerate(_caps())
    ]
    users = [one.session.user for one in people]
    boss, victim, quiet = users[0], users[1], users[2]
    assert boss is not None
    assert victim is not None
    assert quiet is not None
    long_gateway.store.umode(people[0].session.sid, boss.key, "o", "").result()
    for one in people:
        await one.says(f"JOIN {ROOM}")
    people[3].sends(f"MONITOR + {victim.nick}")
    people[0].sends(f"TOPIC {ROOM} :{'☕' * 110}", f"RENAME {ROOM} {OTHER} :{'☕' * 50}")
    room = long_gateway.hub.rooms[casemap.fold(OTHER)]
    long_gateway.fanout.tell([one.session for one in people], Lost(room, 10**9))
    people[0].sends(f"KILL {victim.nick} :{'☕' * 66}")
    ban = Ban(MASK, "x" * 200, "s", 0, 0, "☕" * 66)
    long_gateway.fanout.tell([people[2].session], Banned(ban))
    written = [line for one in people for line in await one.hears()]
    commands = [whole(line.encode())[1] for line in written if not line.startswith("ERROR")]
    assert {"RENAME", "PART", "JOIN", "332", "353", "KILL", "730", "465", "NOTICE"} <= set(commands)
    for line in written:
        whole(line.encode())
