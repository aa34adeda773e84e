"""What is done with a message that is chosen, by keys, on the whole screen."""

from __future__ import annotations

import pytest

from cli.client import events as ev
from cli.client.entries import Message, State
from cli.screen.offers import offers
from cli.screen.wants import open_outside
from tests.cli.screen.stage import Stage

CAPS = ["draft/message-redaction", "echo-message"]
AT = 1_764_158_580.0


def said(source: str, text: str, msgid: str) -> ev.Said:
    return ev.Said(AT, source, "#global", text, "text", msgid, own=source == "anna")


async def test_keys_on_a_message_send_what_they_say() -> None:
    async with Stage(caps=CAPS).played() as stage:
        await stage.tells(said("bob", "see https://a.example/", "m1"), said("anna", "mine", "m2"))
        stage.sent.clear()
        await stage.presses("f7")
        assert "d delete" in stage.sees()
        await stage.presses("up", "e")
        assert "another, or its name" in stage.sees()
        await stage.presses("1")
        assert stage.sent == ["@+draft/reply=m1;+reply=m1;+draft/react=👍 TAGMSG #global"]
        await stage.presses("e", *"tada", "enter")
        assert "+draft/react=🎉 TAGMSG" in stage.sent[-1]
        await stage.presses("d", "down", "d")
        assert "delete it for everybody" in stage.sees()
        await stage.presses("k", "d", "d")
        assert stage.sent[-1] == "REDACT #global m2"
        await stage.presses("up", "r")
        assert "answers bob: see https://a.example/" in stage.sees()
        await stage.types("yes")
        answer = next(line for line in stage.sent if line.endswith("PRIVMSG #global :yes"))
        assert "+draft/reply=m1" in answer


async def test_a_message_is_copied_its_link_too_and_its_author_talked_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    async with Stage().played() as stage:
        await stage.tells(said("bob", "\x02see\x02 https://a.example/ http://b.example", "m1"))
        await stage.presses("f7", "c")
        assert stage.app.clipboard == "see https://a.example/ http://b.example"
        await stage.presses("o", "2")
        assert stage.app.clipboard == "http://b.example"
        await stage.presses("enter")
        assert "who bob is" in stage.sees()
        await stage.presses("t")
        assert stage.app.target == "bob"


async def test_what_was_refused_is_sent_again_or_given_up() -> None:
    async with Stage(caps=CAPS).played() as stage:
        await stage.types("one")
        await stage.types("two")
        for _ in range(2):  # one waits for the answer to the other
            sent = [line for line in stage.sent if "PRIVMSG" in line][-1]
            key = sent.partition("label=")[2].partition(" ")[0]
            await stage.receives(f"@label={key} :s 404 anna #global :Cannot send to channel")
        failed = list(stage.app.buffers.open("#global").messages())
        assert [one.state for one in failed] == [State.FAILED, State.FAILED]
        await stage.presses("f7", "up", "r", "d")
        assert stage.sent[-1].endswith("PRIVMSG #global :one")


async def test_a_letter_that_is_no_key_of_a_message_is_written() -> None:
    async with Stage().played() as stage:
        await stage.tells(said("bob", "hello", "m1"))
        await stage.presses("f7", "h", "i")
        assert stage.app.composer.text == "hi"


def test_only_what_can_be_done_is_offered() -> None:
    def whats(message: Message, *, can_delete: bool = False) -> list[str]:
        return [one.what for one in offers(message, can_delete=can_delete)]

    theirs = Message(AT, "bob", "#dev", "text", msgid="1")
    assert whats(theirs) == ["reply", "react", "copy", "talk", "whois"]
    theirs.deleted_by = "bob"
    assert whats(theirs, can_delete=True) == ["talk", "whois"]
    mine = Message(AT, "anna", "#dev", "http://x.example", msgid="2", own=True, reply_to="1")
    assert whats(mine, can_delete=True) == [
        "reply", "react", "copy", "link", "answered", "delete",
    ]  # fmt: skip
    mine.state = State.FAILED
    assert whats(mine) == ["retry", "discard", "copy"]


def test_without_a_screen_outside_no_program_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not open_outside("https://a.example/")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", "")
    assert not open_outside("https://a.example/")
