"""What a person does in irssi, weechat and epic5, typed in tmux, and what others see of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients import terminal
from tests.clients.terminal import SECONDS, Tmux, Window, need
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import wait_until

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Program:
    """How a client is started, and how it spells what all clients can."""

    name: str
    command: Callable[[Path, Gateway], list[str]]
    listing: str = "/list"
    answers_in: str = ""
    """What shows the window in which answers to questions appear, if it is another one."""
    back: str = ""
    """What shows the room again."""
    prompt: str = ""
    """What stands before the line being typed; empty: Tab completes no nick without a script."""


IRSSI = Program(
    "irssi",
    lambda home, gateway: [
        *terminal.irssi(home), "-c", gateway.host, "-p", str(gateway.port), "-n", "ines",
    ],
    listing="/list -yes",
    answers_in="/window 1",
    back="/window 2",
    prompt="[#lab] ",
)  # fmt: skip
WEECHAT = Program(
    "weechat",
    lambda home, gateway: [
        "weechat", "-d", str(home), "-r", "/set irc.server_default.nicks ines",
        "-r", "/set irc.look.server_buffer independent",
        "-r", f"/server add t {gateway.host}/{gateway.port}", "-r", "/connect t",
    ],
    answers_in="/buffer irc.server.t",
    back="/buffer irc.t.#lab",
    prompt="](gone fishing) ",
)  # fmt: skip
EPIC5 = Program(
    "epic5",
    lambda home, gateway: ["epic5", "-q", "-n", "ines", f"{gateway.host}:{gateway.port}"],
)


@pytest.fixture(params=[IRSSI, WEECHAT, EPIC5], ids=lambda program: program.name)
def program(request: pytest.FixtureRequest) -> Program:
    """Each client in turn; it is skipped, in words, where it is not installed."""
    found: Program = request.param
    need(found.name)
    return found


async def test_a_day_in_a_room(
    tmux: Tmux, two_gateways: tuple[Gateway, Gateway], tmp_path: Path, program: Program
) -> None:
    """ "irssi, weechat and ... another client: join, topic, modes, kick, ban, invite, away, whois,
    list, completion of nicknames, in a terminal"; the other person is on the other gateway.
    """
    first, second = two_gateways
    async with await IrcClient.connect(first.host, first.port) as anna:
        await anna.register("anna")
        window = tmux.start(*program.command(tmp_path / program.name, second))
        await window.shows("Welcome to the")
        window.types("/join #lab")
        await knows(anna, "LIST #lab", r" 322 anna #lab 1 ")
        await anna.send("JOIN #lab")
        await window.shows("anna")
        await keep_order(window, anna)
        await throw_out_and_ask_in(window, anna)
        await look_around(window, anna, program)


async def keep_order(window: Window, anna: IrcClient) -> None:
    """Topic, modes, status."""
    window.types("/topic #lab beware of the dog")
    await anna.expect(r"^:ines!\S+ TOPIC #lab :beware of the dog")
    window.types("/mode #lab +m")
    await anna.expect(r"^:ines!\S+ MODE #lab \+m")
    await anna.send("PRIVMSG #lab :may I?")
    await anna.expect(r" 404 anna #lab ")
    window.types("/mode #lab +v anna")
    await anna.expect(r"^:ines!\S+ MODE #lab \+v :?anna")
    await anna.send("PRIVMSG #lab :now I may")
    await window.shows("now I may")
    window.types("/mode #lab +b evil!*@*")
    await anna.expect(r"^:ines!\S+ MODE #lab \+b :?evil!\*@\*")


async def throw_out_and_ask_in(window: Window, anna: IrcClient) -> None:
    """Kick, invite-only, invitation."""
    window.types("/mode #lab +i")
    await anna.expect(r"^:ines!\S+ MODE #lab \+i")
    window.types("/kick #lab anna out you go")
    await anna.expect(r"^:ines!\S+ KICK #lab anna ")
    await anna.send("JOIN #lab")
    await anna.expect(r" 473 anna #lab ")
    window.types("/invite anna #lab")
    await anna.expect(r"^:ines!\S+ INVITE anna :?#lab")
    await anna.send("JOIN #lab")
    await anna.expect(r"^:anna!\S+ JOIN :?#lab")


async def look_around(window: Window, anna: IrcClient, program: Program) -> None:
    """Away, whois, list, completion."""
    window.types("/away gone fishing")
    await knows(anna, "WHOIS ines", r" 301 anna ines :gone fishing")
    if program.answers_in:
        window.types(program.answers_in)
    window.types("/whois anna")
    await window.shows("idle")
    window.types(program.listing)
    await window.shows("beware of the dog")
    if program.back:
        window.types(program.back)
    if program.prompt:
        window.presses("ann")
        await window.shows(f"{program.prompt}ann")  # before: Tab in what looks like a paste is text
        window.presses("", "Tab")
        await window.shows(f"{program.prompt}anna")
        window.presses("completed", "Enter")
        await anna.expect(r"^:ines!\S+ PRIVMSG #lab :anna.* completed")


async def knows(anna: IrcClient, question: str, answer: str) -> None:
    """Ask until the answer is there: what the other types takes its way through a terminal."""

    async def answered() -> bool:
        await anna.send(question)
        return any(re.search(answer, line.raw) for line in await anna.fence())

    await wait_until(answered, answer, SECONDS)
