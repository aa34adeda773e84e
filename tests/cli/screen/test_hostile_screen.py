"""What others write is shown on every part of the screen, and steers nothing there."""

from __future__ import annotations

import random
import time

from cli.client.handshake import WANTED
from cli.screen.picker import Ask, Picker
from tests.cli.escapes import foreign, piles
from tests.cli.hostile import HostileServer, Malice
from tests.cli.screen.stage import Stage

NAME = "x\x1b]2;y\x07\x9b5m\u202eevil\u200b" + "e" + "\u0301" * 50 + "[/b][@click=app.exit]z"

KEYS = (
    "ctrl+k", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "ctrl+f", "enter", "escape", "up", "down",
    "pageup", "pagedown", "ctrl+end", "ctrl+home", "alt+a", "alt+down", "tab", "b", "@", "at",
)  # fmt: skip


def painted(stage: Stage) -> str:
    """Return the screen as it is written to a terminal."""
    strips = stage.app.screen._compositor.render_strips()
    return "\n".join(strip.render(stage.app.console) for strip in strips)


def assert_harmless(stage: Stage) -> None:
    raw = painted(stage).encode("utf-8", "surrogatepass")
    assert foreign(raw) == []
    assert piles(raw) == []


async def test_a_name_and_a_topic_that_mean_harm_on_every_part_of_the_screen() -> None:
    async with Stage(caps=WANTED).played() as stage:
        room = f"#{NAME}"
        await stage.receives(
            f":anna!u@h JOIN {room}",
            f":server 353 anna = {room} :@anna @{NAME}",
            f":server 366 anna {room} :End",
            f":server 332 anna {room} :{NAME}",
            f":{NAME}!u@h PRIVMSG anna :hi {NAME}",
            f"@msgid=1 :{NAME}!u@h PRIVMSG {room} :anna: {NAME}",
            f"@+typing=active :{NAME}!u@h TAGMSG {room}",
            f"@+draft/react={NAME};+draft/reply=1 :{NAME}!u@h TAGMSG {room}",
        )
        for name in (room, NAME):
            stage.app.open(name)
            await stage.settled()
            assert_harmless(stage)
            assert "evil" in stage.sees()
            await stage.presses("f5")
            assert isinstance(stage.app.screen, Picker)
            assert_harmless(stage)
            await stage.presses("escape")
        await stage.presses("ctrl+k")
        assert_harmless(stage)
        await stage.presses("escape", "f7", "enter")
        assert_harmless(stage)
        await stage.presses("escape", "escape")
        stage.app.open(room)
        stage.app.composer.reply("1")
        stage.app.push_screen(Ask("The topic", NAME))
        await stage.settled()
        assert foreign(painted(stage).encode()) == []


async def test_no_name_that_hides_something_is_completed() -> None:
    async with Stage().played() as stage:
        name = "bob\x1b]2;owned\x07\u200b"
        await stage.receives(":anna!u@h JOIN #global", f":{name}!u@h PRIVMSG #global :hi")
        await stage.presses("b", "o", "tab")
        assert stage.app.composer.text == "bo"
        assert_harmless(stage)


async def test_a_list_that_is_told_twice_answers_once() -> None:
    async with Stage().played() as stage:
        done: list[str] = []
        for ends in ("submit", "escape"):
            stage.app.choose("Sure?", [("Yes", lambda: done.append("yes"))])
            await stage.pilot.pause()
            above = stage.app.screen
            assert isinstance(above, Picker)
            for _ in range(2):  # the second key comes before the list is gone
                above.submit() if ends == "submit" else above.dismiss(None)
            await stage.settled()
            assert len(stage.app.screen_stack) == 1
        assert done == ["yes"]


async def test_whatever_a_server_sends_the_screen_stays_harmless() -> None:
    chance, malice = random.Random(12), Malice(12)
    async with Stage(caps=WANTED).played() as stage:
        server = HostileServer(12)
        await stage.receives(":anna!u@h JOIN #global")
        for _ in range(10):
            for _ in range(40):
                stage.takes(malice.line())
            for line in stage.sent:
                stage.takes(server.answer(line))
            stage.sent.clear()
            await stage.presses(chance.choice(KEYS))
            assert_harmless(stage)
        while len(stage.app.screen_stack) > 1:
            await stage.presses("escape")


async def test_a_name_like_anothers_is_told_also_in_a_room_of_thousands_in_other_letters() -> None:
    async with Stage().played() as stage:
        await stage.receives(":anna!u@h JOIN #global")
        for begin in range(0, 3000, 50):
            names = " ".join(f"пользователь{n}" for n in range(begin, begin + 50))
            stage.takes(f":server 353 anna = #global :{names}".encode())
        stage.takes(b":server 366 anna #global :End")
        await stage.settled()
        before = time.process_time()
        said = [f":пользователь{n}!u@h PRIVMSG #global :hi {n}" for n in range(200)]
        await stage.receives(*said, ":аnna!u@h PRIVMSG #global :it is me")
        assert "(this is not anna: the name" in stage.sees()
        assert time.process_time() - before < 3  # it was 30, and grew by the square
