"""A server, and people, that mean harm: what they send is made of a seed, and is never the same.

    async with HostileServer(seed) as server:
        ... chat -s {server.address} login anna

It answers as a server does, often enough for a client to log in and to ask, and sends whatever
might hurt: before, between and instead of the answers.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from cli.client.handshake import PLAYBACK, WANTED
from cli.client.multiline import MULTILINE

CAPS: Final = " ".join((*WANTED, PLAYBACK)).replace(
    MULTILINE, f"{MULTILINE}=max-bytes=40000,max-lines=100"
)


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


NICKS: Final = (
    "bob", "carl", "dora", "Bob", "b\u043eb", "bob\u200b", "\u202ebob", "[b]bob[/b]",
    "[@click=app.exit]x", "[link=file:///etc/passwd]x", "x" * 300, "#global", "anna",
    "a\u0301nna", "e" + "\u0301" * 300, "漢" * 60, "*", "\x1b]2;owned\x07", "\x9b31m", "[/]", "[",
    "\\[b]", "👩\u200d👩\u200d👧", "server", "\u3164",
)  # fmt: skip

ROOMS: Final = (
    "#global", "#global", "#global", "#dev", "#Dev", "#d\u0435v", "#[b]x[/b]", "#\u202eved",
    "#x\u200b", "#" + "y" * 190, "#a,b", "#", "bob", "anna", "*", "$*", "@#global",
    "#[@click=app.exit]q", "#\x1b[2J", "#漢字", "#e" + "\u0301" * 90,
)  # fmt: skip

TEXTS: Final = (
    "\x1b[2J\x1b[31mred", "\x1b]0;owned\x07", "\x1bP+q544e\x1b\\", "\x1b_Gi=1;AAAA\x1b\\",
    "\x9b5m\x9d0;x\x9c", "\x1b[6n\x1b[c\x1b[>q", "\x1b]52;c;ZWNobyBvd25lZA==\x07",
    "\x1b]8;;file:///etc/passwd\x1b\\x\x1b]8;;\x1b\\", "\x07\x08\x0b\x0c\x0e\x0f",
    "\u202eevil\u202c", "\u2066x\u2069", "a" + "\u0301" * 2000, "\u200b" * 500, "x" * 7000,
    "漢" * 2000, "\u202e" * 2000, "👩\u200d👩\u200d👧" * 50, "\ufe0f\u20e3" * 30, "\U000e0041" * 50,
    "[bold]x[/bold]", "[/]", "[@click=app.exit]x[/]", "[link=https://x]y[/link]", "[on red]",
    "\\[b", "[[", "{x}", "%s%n", "$(reboot)", "\x02" * 900, "\x0304,05x\x03", "\x04ff0000x",
    "\x11m\x1et\x1fu\x16r\x1di", "\x01ACTION", "\x01ACTION waves\x01", "\x01VERSION\x01",
    "\x01DCC SEND x 1 1\x01", "anna: hi", "@anna", "https://a" + "/b" * 900,
    "http://b\u043eb.org/", "https://me@evil.org", "https://[::1", "http://\u202eg.ro",
    "mailto:x", "javascript:x", "tab\ttab", "  ", " ", "-", "/quit", "/etc/passwd", "\ufeff",
    "\ufffe\uffff", "\U0010ffff", "\u2028x\u2029y", "क्षि" * 90, "ﷺ" * 90, "\u0e33" * 200,
    "\u1160" * 90, "\u115f\u1160\u11a8",
)  # fmt: skip

COMMANDS: Final = words("""
    PRIVMSG PRIVMSG PRIVMSG PRIVMSG PRIVMSG NOTICE TAGMSG TAGMSG BATCH BATCH JOIN JOIN PART KICK
    QUIT NICK AWAY MODE TOPIC INVITE RENAME REDACT MARKREAD CHATHISTORY FAIL NOTE WARN ACK
    CAP SETNAME CHGHOST ACCOUNT MOVE GATEWAYS ROSTER PONG ERRORS AUTHENTICATE REGISTER 001 002 005
    221 263 301 305 306 307 311 312 313 315 317 318 319 321
    322 323 324 329 330 331 332 333 341 346 347 352 353 354
    366 367 368 372 375 376 400 401 403 404 421 422 431 432
    433 442 461 464 471 473 474 475 482 513 671 730 731 761
    900 903 904
""")

WORDS: Final = (
    "+o", "-o", "+b", "+lk", "+ov-b", "+" + "o" * 300, "0", "1", "-1", "9" * 4000, "timestamp=x",
    "H", "G*@", "chathistory", "draft/multiline", "labeled-response", "soju.im/search",
    "netsplit", "LS", "ACK", "NEW", "DEL", "PREFIX=(ov)@+", "PREFIX=", "CHANMODES=,,,",
    "CASEMAPPING=rfc1459", "NICKLEN=-1", "CHANTYPES=", "TARGMAX=x", "chatd/ROOM=#\x1b[2J",
    "CHATHISTORY=" + "9" * 400, "127.0.0.1:1", "[::1]:99999", "sts=port=1,duration=9999", "*",
    "=", "@", "anna!u@h", "timestamp=9999-12-31T23:59:59.999Z", "PING", "SEARCH",
    "TEMPORARILY_UNAVAILABLE",
)  # fmt: skip

TIMES: Final = (
    "2025-11-22T12:03:00.000Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "-1", "x", "",
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00.000Z", "9892-01-01T00:00:00Z",
    "2025-02-30T00:00:00Z",
)  # fmt: skip


class Malice:
    """Makes lines. The same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def some(self, *kinds: tuple[str, ...]) -> str:
        """Return a word of one kind."""
        return self.chance.choice(self.chance.choice(kinds))

    def text(self) -> str:
        """Return what somebody may write."""
        pieces = self.chance.choices(TEXTS, k=self.chance.choice((1, 1, 1, 2, 4)))
        return " ".join(pieces).replace("\n", " ")[:8000]

    def tags(self, **more: str) -> str:
        """Return tags, with a blank behind them."""
        pick = self.chance.random
        tags = dict(more)
        if pick() < 0.5:
            tags["time"] = self.chance.choice(TIMES)
        if pick() < 0.6:
            tags["msgid"] = f"m{self.chance.randrange(300)}"
        if pick() < 0.1:
            tags["batch"] = self.some(("a", "b", "c", "d"))
        if pick() < 0.05:
            tags["label"] = "notours"
        if pick() < 0.2:
            tags["+draft/reply"] = f"m{self.chance.randrange(300)}"
        if pick() < 0.2:
            tags["+typing"] = self.some(("active", "paused", "done", "\x1b[2J"))
        for name in ("+draft/react", "+draft/unreact", "account", "+draft/channel-context"):
            if pick() < 0.15:
                tags[name] = self.some(TEXTS, NICKS)[:200]
        if pick() < 0.05:
            tags["draft/multiline-concat"] = ""
        return f"@{';'.join(f'{name}={_escaped(text)}' for name, text in tags.items())} " * bool(
            tags
        )

    def nick(self) -> str:
        """Return a name."""
        return self.chance.choice(NICKS).replace(" ", "")

    def source(self) -> str:
        """Return who it is from, with a blank behind it."""
        nick = self.nick()
        return self.chance.choice((f":{nick}!u@h ", f":{nick}!u@h ", ":anna!u@h ", ":server ", ""))

    def line(self, **tags: str) -> bytes:
        """Return one line, with its end."""
        command = self.chance.choice(COMMANDS)
        kinds = (ROOMS, ROOMS, NICKS, WORDS)
        words = [self.some(*kinds).replace(" ", "") for _ in range(self.chance.randrange(5))]
        if self.chance.random() < 0.7:
            words = [self.some(ROOMS, ("anna", "bob")), *words[:2]]
        if command.isdigit() and self.chance.random() < 0.8:
            words = ["anna", *words]
        middle = " ".join(word for word in words if word and word[0] != ":")
        last = f" :{self.text()}" if self.chance.random() < 0.85 else ""
        whole = f"{self.tags(**tags)}{self.source()}{command} {middle}{last}"
        return _clean(whole)

    def batch(self, kind: str, place: str, lines: int, **tags: str) -> bytes:
        """Return a batch of messages that ends."""
        ref = f"r{self.chance.randrange(10**9)}"
        out = [_clean(f"{_tags(tags)}:server BATCH +{ref} {kind} {place}")]
        for _ in range(lines):
            head = f"{self.tags(batch=ref)}{self.source() or ':bob!u@h '}"
            said = f"{head}PRIVMSG {place} :{self.text()}"
            out.append(_clean(said) if self.chance.random() < 0.7 else self.line(batch=ref))
        return b"".join([*out, _clean(f":server BATCH -{ref}")])

    def junk(self) -> bytes:
        """Return what is hardly a line."""
        kind = self.chance.randrange(6)
        if kind == 0:
            return self.chance.randbytes(self.chance.randrange(1, 600)) + b"\r\n"
        if kind == 1:
            return (
                b":bob!u@h PRIVMSG #global :"
                + b"z" * self.chance.choice((9000, 1_000_000))
                + b"\r\n"
            )
        if kind == 2:
            return b":bob!u@h PRIVMSG #global :nul\0nul\xff\xfe\xc3(\xed\xa0\x80\r\n\r\n\n\r"
        if kind == 3:
            return b":server BATCH +a draft/multiline #global\r\n" + self.line(batch="a") * 20
        if kind == 4:
            return b"".join(_clean(f":server 372 anna :{self.text()}") for _ in range(50))
        return b"".join(
            _clean(f":{self.some(NICKS)}{n}!u@h JOIN {self.some(ROOMS)}") for n in range(200)
        )


class HostileServer:
    """Listens on a port of the loopback interface. ``pause``: seconds between what it sends."""

    def __init__(self, seed: int, pause: float = 0.02) -> None:
        self.malice = Malice(seed)
        self.port = 0
        self.sent = 0
        """Bytes that came of malice."""
        self.logins = 0
        self.quiet = False
        """Nothing comes but answers."""
        self._pause = pause
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Where it listens, as for ``--server``."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        harm: asyncio.Task[None] | None = None
        try:
            while line := await reader.readline():
                writer.write(self.answer(line.decode("utf-8", "replace").rstrip("\r\n")))
                if line.startswith(b"CAP END"):
                    self.logins += 1
                    harm = asyncio.create_task(self._harm(writer))
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            if harm is not None:
                harm.cancel()
            writer.close()
            self._tasks.discard(task)

    async def _harm(self, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await self._harms(writer)

    async def _harms(self, writer: asyncio.StreamWriter) -> None:
        malice = self.malice
        while True:
            await asyncio.sleep(self._pause * malice.chance.choice((0, 0, 1, 2)))
            if self.quiet:
                continue
            odds = malice.chance.random()
            if odds < 0.02:
                data = malice.junk()
            elif odds < 0.03:
                data = malice.batch("netjoin", malice.some(ROOMS), 30)
            else:
                data = malice.line()
            self.sent += len(data)
            writer.write(data)
            await writer.drain()
            if odds > 0.9995:
                writer.close()

    def answer(self, line: str) -> bytes:
        """Answer as a server does, with what no server says."""
        tags, _, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
        label = next((t[6:] for t in tags[1:].split(";") if t.startswith("label=")), "")
        command, *params = rest.split(" ")
        match command:
            case "CAP" if params[:1] == ["LS"]:
                return _clean(f":server CAP * LS :{CAPS}")
            case "CAP" if params[:1] == ["REQ"]:
                return _clean(f":server CAP * ACK {' '.join(params[1:])}")
            case "CAP" if params[:1] == ["END"]:
                return _clean(
                    ":server 001 anna :Welcome", ":server 005 anna PREFIX=(qaohv)~&@%+ :are"
                )
            case "AUTHENTICATE" if params == ["PLAIN"]:
                return _clean("AUTHENTICATE +")
            case "AUTHENTICATE":
                return _clean(":server 903 anna :in")
            case "REGISTER":
                return _clean(":server REGISTER SUCCESS anna :yours")
            case "PING":
                return _clean(f":server PONG server {' '.join(params)}")
            case "JOIN":
                names = " ".join(self.malice.some(("", "@", "+", "~@")) + n for n in NICKS)
                return _clean(
                    f":anna!u@h JOIN {params[0]}",
                    f":server 332 anna {params[0]} :{self.malice.text()}",
                    f":server 353 anna = {params[0]} :anna {names}",
                    f":server 366 anna {params[0]} :End",
                )
            case "NICK" | "USER" | "QUIT" | "PONG" | "PASS":
                return b""
        return self._answers(command, params, label)

    def _answers(self, command: str, params: list[str], label: str) -> bytes:
        """Answer a question."""
        malice, tags = self.malice, {"label": label} if label else {}
        if command == "CHATHISTORY":
            place = params[1] if len(params) > 1 and params[0] != "TARGETS" else "*"
            return malice.batch("chathistory", place, malice.chance.randrange(60), **tags)
        if command == "SEARCH":
            return malice.batch("soju.im/search", "", malice.chance.randrange(60), **tags)
        if command in ("PRIVMSG", "NOTICE", "TAGMSG") and malice.chance.random() < 0.8:
            msgid = f"own{malice.chance.randrange(10**9)}"
            rest = " ".join(params)
            return _clean(f"{_tags({**tags, 'msgid': msgid})}:anna!u@h {command} {rest}")
        if not label or malice.chance.random() < 0.1:
            return malice.line()
        rows: dict[str, Callable[[], str]] = {
            "WHO": lambda: f"352 anna * u h s {malice.nick()} {malice.some(('H', 'G@', ''))} :0 x",
            "LIST": lambda: f"322 anna {malice.some(ROOMS)} {malice.some(WORDS)} :{malice.text()}",
            "WHOIS": lambda: f"311 anna {malice.nick()} u h * :{malice.text()}",
        }
        row = rows.get(command) or (lambda: f"730 anna :{malice.text()}")
        ref = f"q{malice.chance.randrange(10**9)}"
        lines = [_clean(f"{_tags(tags)}:server BATCH +{ref} labeled-response")]
        for _ in range(malice.chance.randrange(80)):
            lines.append(_clean(f"@batch={ref} :server {row()}"))
            if malice.chance.random() < 0.1:
                lines.append(malice.line(batch=ref))
        return b"".join([*lines, _clean(f":server BATCH -{ref}")])


def _tags(tags: dict[str, str]) -> str:
    return f"@{';'.join(f'{name}={_escaped(text)}' for name, text in tags.items())} " * bool(tags)


def _escaped(text: str) -> str:
    """https://ircv3.net/specs/extensions/message-tags#escaping-values"""
    for char, escape in (("\\", "\\\\"), (";", "\\:"), (" ", "\\s"), ("\r", "\\r"), ("\n", "\\n")):
        text = text.replace(char, escape)
    return text


def _clean(*lines: str) -> bytes:
    return b"".join(
        line.replace("\r", "").replace("\n", "").encode("utf-8", "replace") + b"\r\n"
        for line in lines
    )
