"""What irssi and weechat show of what was said while they were not there, read off the screen.

Issue 10: "WeeChat, irssi ... show what was said while they were away: in tmux".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatd.store.schema.keys import Owner
from tests.clients import terminal
from tests.clients.terminal import Tmux, Window, need
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

pytestmark = pytest.mark.timeout(240)

NICK, PASSWORD = "ines", "open-sesame"


@dataclass(frozen=True)
class Program:
    """How a client is started that logs in as ``ines@term`` and enters #lab by itself."""

    name: str
    command: Callable[[Path, Gateway], list[str]]
    stamp: str
    """What stands before the text of what was missed: for a client without server-time the time."""
    ready: str
    """What the screen has when the client is in the room."""
    room: str
    """What shows the room."""


def irssi(home: Path, gateway: Gateway) -> list[str]:
    return terminal.irssi(
        home,
        f"""
        servers = ({{ address = "{gateway.host}"; port = "{gateway.port}"; chatnet = "t";
                      autoconnect = "yes"; }});
        chatnets = {{ t = {{ type = "IRC"; nick = "{NICK}"; sasl_mechanism = "plain";
                             sasl_username = "{NICK}@term"; sasl_password = "{PASSWORD}"; }}; }};
        channels = ({{ name = "#lab"; chatnet = "t"; autojoin = "yes"; }});
        """,
    )


def weechat(capabilities: str) -> Callable[[Path, Gateway], list[str]]:
    def command(home: Path, gateway: Gateway) -> list[str]:
        server = {
            "addresses": f"{gateway.host}/{gateway.port}", "nicks": NICK, "autojoin": "#lab",
            "sasl_username": f"{NICK}@term", "sasl_password": PASSWORD,
            "capabilities": capabilities,
        }  # fmt: skip
        settings = {f"irc.server.t.{name}": value for name, value in server.items()}
        settings["irc.look.server_buffer"] = "independent"
        settings["logger.level.irc"] = "0"  # what it has kept itself would be shown a second time
        added = [f"/server add t {gateway.host}/{gateway.port}"]
        added += [f'/set {name} "{value}"' for name, value in settings.items()]
        words = [word for line in [*added, "/connect t"] for word in ("-r", line)]
        return ["weechat", "-d", str(home), *words]

    return command


PROGRAMS = {
    "irssi": Program("irssi", irssi, "", "[Act: 2", "/window goto #lab"),
    "weechat": Program("weechat", weechat("*"), "", "#lab", "/buffer irc.t.#lab"),
    "weechat without server-time": Program(
        "weechat", weechat(""), r"\[\d\d:\d\d\] ", "#lab", "/buffer irc.t.#lab"
    ),
}


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    """Each client in turn; it is skipped, in words, where it is not installed."""
    found = PROGRAMS[request.param]
    need(found.name)
    return found


async def register(gateway: Gateway) -> None:
    async with await IrcClient.connect(gateway.host, gateway.port) as ines:
        await ines.register(NICK, ("draft/account-registration",))
        await ines.send(f"REGISTER {NICK} * {PASSWORD}")
        await ines.expect("REGISTER SUCCESS")
        await ines.send("QUIT")
        await ines.expect_closed()


async def say(bob: IrcClient, *texts: str) -> None:
    for text in texts:
        await bob.send(f"PRIVMSG #lab :{text} to all", f"PRIVMSG {NICK} :{text} to one")
    await bob.fence()


async def shows(window: Window, program: Program, *texts: str) -> None:
    """The room's window and the private one have these lines once and in order, and no others."""
    for way, where in ((program.room, "to all"), ("/query bob", "to one")):
        window.types(way)
        await window.shows(f"{texts[-1]} {where}")
        found = re.findall(rf"[>|] {program.stamp}(\w+ to \w+)", window.screen())
        assert found == [f"{text} {where}" for text in texts], window.screen()


async def is_missed(redis: RedisServer) -> bool:
    """Whether a session has no connection. Before, what is said goes to one that nobody reads."""
    return bool(await redis.ask("ZCARD", redis.keys.of(Owner.SERVER, "detached")))


async def test_what_was_said_while_it_was_not_there(
    tmux: Tmux,
    redis_server: RedisServer,
    two_gateways: tuple[Gateway, Gateway],
    tmp_path: Path,
    program: Program,
) -> None:
    """Killed and started again within the grace: "no QUIT, no JOIN, ... what was missed follows in
    order, once". Quit and started again: that is there too.
    """
    first, second = two_gateways
    await register(first)
    command = program.command(tmp_path / "home", second)
    tmux.start("cat")  # it ends with its last window
    async with await IrcClient.connect(first.host, first.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #lab")
        window = tmux.start(*command)
        await bob.expect(f"^:{NICK}!.* JOIN #lab")
        window.kill()
        await wait_until(lambda: is_missed(redis_server), "its gateway has noticed")
        await say(bob, "one", "two")
        window = tmux.start(*command)
        await window.shows(program.ready)
        await shows(window, program, "one", "two")
        window.types(program.room)
        window.types("here again")
        noticed = await bob.lines_until("PRIVMSG #lab :here again")
        assert not [line.raw for line in noticed if line.command in ("QUIT", "JOIN", "PART")]
        window.types("/quit")
        await bob.expect(f"^:{NICK}!.* QUIT ")
        await window.ends()  # weechat does not start while another one has its log
        await say(bob, "three", "four")
        window = tmux.start(*command)
        await window.shows(program.ready)
        await shows(window, program, "three", "four")
