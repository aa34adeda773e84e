"""Writing on the full screen, key by key."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from cli.client import events as ev
from cli.client.outgoing import CAPACITY, Outgoing
from cli.screen.drafts import Drafts
from tests.cli.screen.desk import Desk


async def test_a_text_of_several_lines_grows_and_is_sent() -> None:
    """'Composer: multi-line (Alt+Enter, Shift+Enter where the terminal tells)'"""
    async with Desk().opened() as desk:
        assert desk.composer.size.height == 1
        await desk.types("one")
        await desk.presses("alt+enter", "shift+enter")
        await desk.types("three")
        assert desk.text == "one\n\nthree"
        assert desk.composer.size.height == 3
        await desk.presses("enter")
        assert desk.text == ""
        assert desk.sent[0][1].startswith("one")
        assert desk.composer.size.height == 1
        await desk.types("\n" * 12)
        assert desk.composer.size.height == 8


async def test_what_was_sent_comes_back_by_up_and_what_was_begun_by_down() -> None:
    async with Desk().opened() as desk:
        for text in ("first", "second\nof two"):
            await desk.types(text)
            await desk.presses("enter")
        await desk.types("begun")
        await desk.presses("up")
        assert desk.text == "second\nof two"
        await desk.presses("up")  # within the text
        assert desk.text == "second\nof two"
        await desk.presses("up")
        assert desk.text == "first"
        await desk.presses("down", "down")
        assert desk.text == "begun"
        desk.action_to("bob")
        await desk.presses("up")
        assert desk.text == ""


async def test_ctrl_c_puts_aside_and_never_loses() -> None:
    """'Ctrl+C never loses text'"""
    async with Desk().opened() as desk:
        await desk.types("half a thought")
        await desk.presses("ctrl+c")
        assert desk.text == ""
        await desk.presses("up")
        assert desk.text == "half a thought"
        assert desk.sent == []


async def test_the_keys_of_a_shell_cut_and_put_back() -> None:
    async with Desk().opened() as desk:
        await desk.types("cat /etc/hosts now")
        await desk.presses("ctrl+w", "ctrl+w")
        assert desk.text == "cat "
        await desk.presses("ctrl+u")
        assert desk.text == ""
        await desk.presses("ctrl+y", "ctrl+y")
        assert desk.text == "cat cat "
        await desk.presses("ctrl+a", "alt+k")
        assert desk.text == ""
        await desk.presses("ctrl+underscore")
        assert desk.text == "cat cat "
        await desk.presses("alt+slash")
        assert desk.text == ""


async def test_tab_goes_round_and_the_last_speaker_comes_first() -> None:
    """'Tab completion that ranks recent speakers and also cycles'"""
    async with Desk().opened() as desk:
        desk.talk.partners += ["bea", "ben", "bob"]
        buffers = desk.talk.buffers
        for at, nick in enumerate(("bob", "ben", "anna", "carl"), 1):
            buffers.take(ev.Said(float(at), nick, "#global", "hi", msgid=f"m{at}"))
        await desk.types("b")
        await desk.presses("tab")
        assert desk.text == "ben: "
        assert [line.strip() for line in desk.sees().splitlines() if line.strip()][:3] == [
            "ben",
            "bob",
            "bea",
        ]
        await desk.presses("tab")
        assert desk.text == "bob: "
        await desk.presses("shift+tab", "shift+tab")
        assert desk.text == "bea: "
        await desk.presses("escape")
        assert desk.text == "b"
        await desk.types("efore car")
        await desk.presses("tab")
        assert desk.text == "before carl "
        await desk.presses("escape")
        assert desk.text == "before car", "also of the only one, which is not listed"
        await desk.presses("ctrl+w")
        await desk.types("@be")
        await desk.presses("tab")
        assert desk.text == "before @ben "


async def test_commands_and_their_words_are_offered() -> None:
    async with Desk().opened() as desk:
        desk.talk.partners.append("bob")
        desk.talk.buffers.open("#dev")
        await desk.types("/hist")
        assert "what was said here before" in desk.sees()
        await desk.presses("tab")
        assert desk.text == "/history "
        await desk.presses("ctrl+c")
        await desk.types("/msg b")
        await desk.presses("tab")
        assert desk.text == "/msg bob "
        await desk.types("#d")
        await desk.presses("tab")
        assert desk.text == "/msg bob #dev "


async def test_emoji_have_names() -> None:
    """'emoji by name'"""
    async with Desk().opened() as desk:
        await desk.types("ship it :tada:")
        assert desk.text == "ship it 🎉"
        await desk.presses("ctrl+underscore")
        assert desk.text == "ship it :tada:"
        await desk.types(" :thumbsu")
        assert ":thumbsup:" in desk.sees()
        await desk.presses("tab")
        assert desk.text == "ship it :tada: 👍 "
        await desk.types("at 10:30:45 std::b:")
        assert desk.text.endswith("at 10:30:45 std::b:")


async def test_a_path_is_a_text_and_an_unknown_command_stays() -> None:
    """'a paste that begins with `/etc/...` is refused whole'"""
    async with Desk().opened() as desk:
        for text in ("/etc/hosts is new", "//topic", "/* no command */", "/"):
            await desk.pastes(text)
            await desk.presses("enter")
        told = [text for _, text in desk.sent]
        assert told == ["/etc/hosts is new", "/topic", "/* no command */", "/"]
        await desk.types("/topci x")
        await desk.presses("enter")
        assert desk.text == "/topci x"
        assert "did you mean /topic?" in desk.answers[-1]


async def test_a_paste_of_many_lines_asks_once(tmp_path: Path) -> None:
    """'paste of many lines asks once (send as one message, as lines, as a file name, or edit)'"""
    many = "\r".join(f"\tline {number}\x1b[31m" for number in range(6))
    lines = [f"\tline {number}[31m" for number in range(6)]
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return "/tmp/paste.txt"

    async with Desk(keep_file=keep).opened(80, 20) as desk:
        await desk.pastes("two\r\nlines")
        assert desk.text == "two\nlines"
        await desk.presses("ctrl+c")
        await desk.pastes(many)
        assert "You pasted 6 lines" in desk.sees()
        assert desk.text == ""
        await desk.presses("2")
        assert [text for _, text in desk.sent] == lines
        assert desk.text == ""
        await desk.pastes(many)
        await desk.presses("4")
        assert desk.text == "\n".join(lines)
        await desk.presses("ctrl+c")
        await desk.pastes(many)
        await desk.presses("3")
        assert desk.text == "/tmp/paste.txt"
        assert kept == ["\n".join(lines)]
        await desk.presses("ctrl+c")
        await desk.pastes(many)
        await desk.presses("escape")
        assert desk.text == ""
        await desk.pastes(many)
        await desk.presses("down", "up", "enter")
        assert desk.sent[6][1].startswith("\tline 0")
        assert desk.text == ""


async def test_drafts_belong_to_a_conversation_and_outlive_the_program() -> None:
    """'drafts per conversation that survive a restart'"""
    kept: list[str] = []
    async with Desk(Drafts(write=kept.append)).opened() as desk:
        await desk.types("for all")
        desk.action_to("bob")
        assert desk.text == ""
        await desk.types("for bob\nalone")
        desk.action_to("#global")
        assert desk.text == "for all"
        await desk.presses("enter")
    async with Desk(Drafts(read=lambda: kept[-1])).opened() as desk:
        assert desk.text == ""
        desk.action_to("Bob")
        assert desk.text == "for bob\nalone"


async def test_what_cannot_be_sent_stays() -> None:
    async with Desk().opened() as desk:
        for _ in range(CAPACITY):
            desk.session.delivery.put(Outgoing("#global", "x", "k", lambda outcome: None))
        await desk.types("one more")
        await desk.presses("enter")
        assert desk.text == "one more"
        assert "waiting already" in desk.answers[-1]


async def test_keys_that_come_at_once_are_taken_in_their_order() -> None:
    """An Enter sends all that was typed before it, and nothing of what was typed after it."""
    async with Desk().opened() as desk:
        for round_ in range(5):
            keys = ["sec|", *"ret", "enter", "f2", *"pub", "lic|", "enter", "f3"]
            for key in keys:
                is_paste = key.endswith("|")
                press = events.Key(key, key if len(key) == 1 else None)
                desk.post_message(events.Paste(key[:-1]) if is_paste else press)
            await desk.pilot.pause()
            await desk.settled()
            assert desk.sent[2 * round_ :] == [("#global", "secret"), ("bob", "public")]


async def test_leaving_and_opening_by_command() -> None:
    async with Desk().opened() as desk:
        await desk.types("/quit see you")
        await desk.presses("enter")
        assert desk.farewells == ["see you"]
        assert desk.text == ""


async def test_ctrl_d_deletes_and_with_nothing_written_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a shell: a key held down that deletes the last letter does not leave."""
    async with Desk().opened() as desk:
        await desk.types("ab")
        await desk.presses("home", "ctrl+d", "ctrl+d", "ctrl+d")
        assert (desk.text, desk.farewells) == ("", [])
        monkeypatch.setattr("cli.screen.composer.HELD_S", -1.0)
        await desk.presses("ctrl+d")
        assert desk.farewells == [""]


async def test_what_is_begun_follows_whoever_takes_another_name() -> None:
    kept: list[str] = []
    async with Desk(Drafts(write=kept.append)).opened() as desk:
        desk.talk.buffers.take(ev.Said(1.0, "bob", "anna", "hi", msgid="m1"))
        desk.action_to("bob")
        await desk.types("for the first bob")
        desk.talk.surface.target = "robert"  # as when he is called so now
        await desk.types(" only")
        desk.action_to("bob")
        assert desk.text == ""
        desk.action_to("robert")
        assert desk.text == "for the first bob only"
        await desk.presses("ctrl+c")
        await desk.types("/oper anna sesame")
    assert "sesame" not in "".join(kept)


async def test_what_was_typed_just_before_the_end_is_kept() -> None:
    kept: list[str] = []
    async with Desk(Drafts(write=kept.append)).opened() as desk:
        await desk.types("last words")
    assert "last words" in kept[-1]


async def test_a_choice_can_be_clicked() -> None:
    async with Desk().opened() as desk:
        await desk.types("/t")
        assert "/topic" in desk.sees()
        await desk.pilot.click("Choosing", offset=(3, 0))
        await desk.settled()
        assert desk.text == "/tell "
        assert "Choosing" not in {type(one).__name__ for one in desk.query("*") if one.has_focus}


async def test_undo_of_many_lines_and_bytes_that_are_no_text() -> None:
    async with Desk().opened(60, 24) as desk:
        await desk.types("\n".join("abcdefghijkl"))
        await desk.presses("ctrl+underscore", "ctrl+underscore")
        await desk.pastes("odd \ud800 one")
        assert "\ud800" not in desk.text
        await desk.presses("ctrl+c")
        await desk.pastes("to \u202eeht\u202c \u2067left\u2069 \u200fא")
        assert desk.text == "to eht left \u200fא", "what turns the line is not written raw"
