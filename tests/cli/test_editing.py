"""The line that is typed, key by key, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.application.current import set_app
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding.bindings.open_in_editor import load_open_in_editor_bindings
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import DummyOutput

from cli.client import events as ev
from cli.client.connection import Server
from cli.client.handshake import Login
from cli.client.session import Session
from cli.commands.talk import Quit
from cli.editing import ASK_FROM, Input
from cli.prompt import Screen, prompt_of
from tests.cli.talks import talk_of
from tests.support.wait import wait_until

ENTER, TAB, ESCAPE, PASTE = Keys.ControlM, Keys.ControlI, Keys.Escape, Keys.BracketedPaste


class Typist:
    """Presses keys in a prompt that is shown nowhere; its user is offline."""

    def __init__(self) -> None:
        self.told: list[ev.Event] = []
        session = Session(Login("anna"), [Server("127.0.0.1")], self.told.append)
        self.talk = talk_of(session, self.told.append)
        self.stops = 0
        self.typed = Input(self.talk, self._stop)
        self.buffer = self.typed.buffer
        self.app = Screen(DummyOutput())._application(self.typed)

    def _stop(self) -> None:
        self.stops += 1

    def press(self, *keys: Keys | str, data: str = "") -> None:
        """Press keys, one after the other; those of a sequence together."""
        with set_app(self.app):
            presses = [KeyPress(key, data or _data(key)) for key in keys]
            self.app.key_processor.feed_multiple(presses)
            self.app.key_processor.process_keys()

    def write(self, text: str) -> None:
        self.press(*text)

    def said(self) -> list[str]:
        """Return what was said since this was asked last."""
        told = [event.text for event in self.told if isinstance(event, ev.Sending)]
        self.told.clear()
        return told

    def answers(self) -> list[str]:
        """Return what this client has told since this was asked last."""
        told = [event.text for event in self.told if isinstance(event, ev.Answer)]
        self.told.clear()
        return told

    def prompt(self) -> str:
        return "".join(text for _, text, *_ in prompt_of(self.typed))


def _data(key: Keys | str) -> str:
    return key.value if isinstance(key, Keys) else key


@pytest.fixture
async def typist() -> AsyncIterator[Typist]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        one = Typist()
        running = asyncio.create_task(one.app.run_async())
        await asyncio.sleep(0)
        yield one
        if not one.app.is_done:
            one.app.exit()
        await asyncio.wait({running})
        if running.exception() is not None:
            assert isinstance(running.exception(), EOFError | Quit)


def _sequences() -> list[tuple[Keys | str, ...]]:
    """Return all keys that the library knows or binds, but those that mean to leave or to send."""
    bound = [*load_key_bindings().bindings, *load_open_in_editor_bindings().bindings]
    known = {tuple(binding.keys) for binding in bound} | {(key,) for key in Keys}
    enter = {Keys.ControlM, Keys.ControlJ}
    meant = {keys for keys in known if enter & {*keys} and keys[0] != ESCAPE}
    return sorted(known - meant - {(Keys.CPRResponse,), (Keys.Vt100MouseEvent,)}, key=str)


async def test_no_key_leaves_the_chat_or_loses_the_text(typist: Typist) -> None:
    for keys in _sequences():
        for at in (4, 9):
            typist.buffer.history = InMemoryHistory()
            typist.buffer.reset(Document("some text", at))
            typist.press(*("x" if key == Keys.Any else key for key in keys), data="")
            typist.press(Keys.Ignore)
            after = [typist.buffer.text]
            typist.buffer.undo()
            after += [typist.buffer.text, *typist.buffer.history.get_strings()]
            kept = any(_without_changes(text) == "sometext" for text in after)
            assert kept, f"{keys} makes of it {after}"
            assert not typist.app.is_done, keys
            assert not typist.app.quoted_insert
            assert not typist.app.emacs_state.is_recording
            assert typist.said() == [], keys
    assert typist.app.layout.current_buffer is typist.buffer


def _without_changes(text: str) -> str:
    """Leave out what keys have inserted."""
    wanted, rest = "", iter(text.lower())
    for letter in "sometext":
        wanted += next((char for char in rest if char == letter), "")
    return wanted


async def test_alt_enter_breaks_the_line_and_enter_says_it(typist: Typist) -> None:
    typist.write("one")
    typist.press(ESCAPE, ENTER)
    typist.write("two")
    assert typist.buffer.text == "one\ntwo"
    typist.press(ENTER)
    assert "\n".join(typist.said()) == "one\ntwo"
    assert typist.buffer.text == ""


async def test_what_goes_wrong_in_a_key_ends_nothing(typist: Typist) -> None:
    def breaks(text: str, *, reply_to: str = "") -> bool:
        raise ZeroDivisionError("here")

    typist.talk.type = breaks  # type: ignore[method-assign]
    typist.write("hello")
    typist.press(ENTER)
    assert typist.answers() == ["this key did not work (ZeroDivisionError: here)"]
    assert (typist.buffer.text, typist.app.is_done) == ("hello", False)


async def test_a_text_of_many_lines_is_asked_about(typist: Typist) -> None:
    pasted = "".join(f"line {at}\r\n" for at in range(2000))
    typist.press(PASTE, data=pasted)
    typist.press(ENTER)
    assert typist.said() == []
    assert typist.prompt().startswith("[2,000 lines: ")
    typist.press("x", TAB, Keys.ControlD)
    typist.press(ESCAPE)
    assert typist.prompt() == "[#global offline] "
    assert typist.buffer.text == pasted.replace("\r", "").removesuffix("\n")
    typist.press(ENTER, ENTER)
    assert "\n".join(typist.said()) == pasted.replace("\r", "").removesuffix("\n")
    assert typist.prompt() == "[#global offline, 2,000 waiting] "
    typist.press(PASTE, data="\n" * (ASK_FROM - 2) + "few")
    typist.press(ENTER)
    assert typist.said() == ["few"]


async def test_ctrl_c_and_an_older_text_lose_nothing(typist: Typist) -> None:
    typist.write("first")
    typist.press(ENTER)
    await wait_until(lambda: typist.buffer.working_index == 1, "older texts are there")
    typist.write("half a tho")
    typist.press(Keys.Up)
    assert typist.buffer.text == "first"
    typist.press(ENTER)
    assert typist.buffer.text == "half a tho"
    typist.press(Keys.ControlC)
    assert typist.buffer.text == ""
    assert "half a tho" in typist.buffer.history.get_strings()
    typist.answers()
    typist.press(Keys.ControlC)
    assert typist.answers() == ["Ctrl-D leaves the chat, and so does /quit"]


async def test_ctrl_d_leaves_when_all_is_sent_or_at_the_second_time(typist: Typist) -> None:
    typist.write("hello")
    typist.press(Keys.ControlD)
    typist.press(ENTER, Keys.ControlD)
    assert not typist.app.is_done
    assert "1 message is not sent yet: Ctrl-D once more leaves without it" in typist.answers()
    typist.press(Keys.ControlD)
    assert typist.app.is_done


async def test_tab_completes_or_lists(typist: Typist) -> None:
    typist.talk.partners += ["bob", "bonnie", *(f"zoe{at}" for at in range(100))]
    typist.write("bo")
    typist.press(TAB)
    assert typist.answers() == ["bob, bonnie"]
    typist.write("b")
    typist.press(TAB)
    assert typist.buffer.text == "bob: "
    typist.write("z")
    typist.press(TAB)
    assert typist.buffer.text == "bob: zoe"
    typist.press(TAB)
    (listed,) = typist.answers()
    assert listed.endswith("zoe49, and perhaps more")
    typist.press(Keys.ControlC)
    typist.write("/top")
    typist.press(TAB)
    assert typist.buffer.text == "/topic "


async def test_a_password_is_asked_for_beside_what_is_typed(typist: Typist) -> None:
    """'what is typed is never taken for a password'"""
    given: list[str] = []

    def give(password: str) -> None:
        given.append(password)

    typist.talk.session.give_password = give  # type: ignore[method-assign]
    typist.write("half a thought")
    typist.typed.ask_password()
    assert typist.prompt() == "[password, not shown] "
    typist.write("s3cret ")
    typist.press(Keys.Up, TAB, ENTER)
    assert given == ["s3cret "]
    assert (typist.buffer.text, typist.prompt()) == ("half a thought", "[#global offline] ")
    for leaves in (Keys.ControlC, Keys.ControlD):
        typist.typed.ask_password()
        typist.press(leaves)
        assert typist.buffer.text == "half a thought"
    typist.press(Keys.ControlUnderscore)
    assert (given, typist.said()) == (["s3cret "], [])
    assert "s3cret" not in typist.buffer.text
    assert not any("s3cret" in text for text in typist.buffer.history.get_strings())


async def test_a_password_is_no_older_text(typist: Typist) -> None:
    typist.write("/oper anna s3cret")
    typist.press(Keys.ControlC)
    assert typist.buffer.history.get_strings() == []


async def test_the_prompt_says_who_reads_it_and_who_has_written(typist: Typist) -> None:
    assert typist.prompt() == "[#global offline] "
    for source, target in (("bob", "anna"), ("carl", "#dev"), ("carl", "#dev"), ("d", "#global")):
        typist.talk.buffers.take(ev.Said(5.0, source, target, "hi"))
    assert typist.prompt() == "[#global offline; new: private from bob, #dev 2] "
    typist.write("/to bob")
    typist.press(ENTER)
    assert typist.prompt().startswith("[private: bob offline")
    assert prompt_of(typist.typed)[0][0] == "class:to-one"
    typist.press(Keys.ControlZ)
    assert typist.stops == 1
