"""What opens over the chat: the switcher, the rooms, menus, the search, and the keys."""

from __future__ import annotations

import re

import pytest

from cli.client import events as ev
from cli.commands.talk import Command
from cli.screen import menus
from cli.screen.fuzzy import best, score
from cli.settings import Settings
from tests.cli.screen.stage import Stage
from tests.cli.screen.test_frame import ROOM
from tests.support.wait import wait_until

NAMES = "to whois deop op devoice voice quiet kick ban unmute mute unignore ignore invite close "
NAMES += "topic bans mode cs unban unquiet join"
COMMANDS = {name: Command(f"/{name}", "", lambda talk, rest: []) for name in NAMES.split()}


def answer(stage: Stage, *lines: str) -> tuple[str, ...]:
    """Return the lines of an answer to what was asked last, in a batch."""
    label = re.search(r"label=([^; ]+)", stage.sent[-1])
    assert label is not None
    inside = (f"@batch=1 {line}" for line in lines)
    return (f"@label={label[1]} :s BATCH +1 labeled-response", *inside, ":s BATCH -1")


@pytest.mark.parametrize(
    ("letters", "names"),
    [
        ("dev", ["#dev", "deva", "my-dev", "adeva"]),
        ("md", ["my-dev"]),
        ("zz", []),
        ("", ["adeva", "#dev", "my-dev", "deva"]),
    ],
)
def test_the_best_fit_is_first(letters: str, names: list[str]) -> None:
    assert best(letters, ["adeva", "#dev", "my-dev", "deva"], str, 10) == names


def test_case_does_not_matter() -> None:
    assert score("DEV", "#dev") == score("dev", "#DEV")


async def test_the_switcher_finds_who_is_online_and_rooms_of_the_server() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("ctrl+k")
        who, rooms = stage.sent[-2:]
        assert (who.split()[1], rooms.split()[1]) == ("WHO", "LIST")
        await stage.receives(
            *answer(stage, ":s 322 anna #kitchen 7 :What we eat", ":s 323 anna :End")
        )
        await stage.presses(*"kit")
        assert "#kitchen" in stage.sees()
        await stage.presses("enter")
        assert any("JOIN #kitchen" in line for line in stage.sent)


async def test_the_switcher_goes_to_what_is_unread_and_runs_commands() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM, ":bob!b@x PRIVMSG anna :hello")
        await stage.presses("ctrl+k", "enter")
        assert stage.app.target == "bob"
        await stage.presses("ctrl+k", "slash", *"away", "enter")
        assert stage.app.composer.text == "" or stage.app.composer.text.startswith("/away")
        await stage.presses("ctrl+k", "escape")
        assert stage.app.target == "bob"


async def test_the_switcher_leads_also_to_who_is_not_here_and_into_a_new_room() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("ctrl+k", *"zoe")
        assert re.search(r"zoe +write to them, also when they are not here", stage.sees())
        await stage.presses("escape", "ctrl+k", *"@zoe", "enter")
        assert stage.app.target == "zoe"
        await stage.presses("ctrl+k", "number_sign", *"new", "enter")
        assert any("JOIN #new" in line for line in stage.sent)
        await stage.presses("ctrl+k", *"bob")
        assert "write to them" not in stage.sees(), "who is known has a row already"


async def test_while_something_is_open_the_keys_of_the_chat_are_left_alone() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("f1")
        assert "Ctrl+K" in stage.sees()
        await stage.presses("alt+0")
        assert stage.app.target == "#global"
        await stage.presses(*"roster", "enter")
        assert "3 here" not in stage.sees()


async def test_the_list_of_rooms_is_narrowed_and_entered() -> None:
    async with Stage().played() as stage:
        await stage.presses("f4")
        lines = (":s 322 anna #a 2 :cats", ":s 322 anna #b 30 :dogs", ":s 323 anna :End")
        await stage.receives(*answer(stage, *lines))
        seen = stage.sees()
        assert seen.index("#b  dogs") < seen.index("#a  cats"), "those with most people first"
        await stage.presses(*"cats", "enter")
        assert any("JOIN #a" in line for line in stage.sent)


def words(stage: Stage, nick: str) -> list[str]:
    items = menus.person(stage.app.buffers, nick, Settings(), COMMANDS)
    return [item.command for item in items]


async def test_a_menu_offers_what_one_may_do() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        assert words(stage, "carl") == ["to", "whois", "mute", "ignore"]
        await stage.receives(":s 353 anna = #global :@bob @anna +carl", ":s 366 anna #global :End")
        assert words(stage, "carl")[2:7] == ["op", "devoice", "quiet", "kick", "ban"]
        assert "kick" not in words(stage, "bob"), "who may do as much is not put out"
        await stage.receives(":s 353 anna = #global :@bob ~anna +carl", ":s 366 anna #global :End")
        assert "kick" in words(stage, "bob")
        assert words(stage, "anna") == ["whois", "op", "voice"], "nobody puts themselves out"


async def test_a_room_has_a_menu_too() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        items = menus.room(stage.app.buffers, "#global", Settings(), COMMANDS)
        assert [one.command for one in items] == [
            "topic", "invite", "bans", "mode", "mute", "close",
        ]  # fmt: skip
        items = menus.room(stage.app.buffers, "#dev", Settings(), COMMANDS)
        assert [one.command for one in items] == ["join", "mute", "close"]
        await stage.receives(":bob!b@x MODE #global +o anna")
        items = menus.room(stage.app.buffers, "#global", Settings(), COMMANDS)
        done = {f"{one.command} {one.rest}".strip() for one in items}
        assert {"mode #global +k", "mode #global -k *", "unban #global", "unquiet #global"} <= done


async def test_the_roster_opens_a_conversation_and_a_menu() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("shift+f6", "down", "space")
        assert "Talk to carl alone" in stage.sees()
        await stage.presses("enter")
        assert stage.app.target == "carl"


async def test_a_search_goes_to_its_place() -> None:
    async with Stage(caps=("soju.im/search",)).played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("ctrl+f", *"cake", "enter")
        assert stage.sent[-1].startswith("SEARCH")
        await stage.receives(
            ":s BATCH +7 soju.im/search",
            "@batch=7;msgid=m1;time=2026-01-02T03:04:05.000Z :bob!b@x PRIVMSG #dev :the cake",
            ":s BATCH -7",
        )
        assert "#dev  bob: the cake" in stage.sees()
        await stage.presses("enter")
        assert stage.app.target == "#dev"


async def test_a_password_is_asked_for_where_it_is_not_shown() -> None:
    """ "never takes typed text as a password": only what is typed into a question of its own"""
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        session = stage.app.session
        session._halt.stopped = ev.Stopped("this is not the password of anna", password=True)
        session._connection = None
        await stage.presses(*"/password", "enter")
        assert "Password of anna" in stage.sees()
        assert "not let in (/password): this is not the" in stage.sees()
        await stage.presses(*" s3cret")
        assert "s3cret" not in stage.sees()
        await stage.presses("enter")
        assert (session.login.secret, session.login.given) == (" s3cret", True)
        assert "s3cret" not in stage.sees()


async def test_an_invitation_leads_into_the_room() -> None:
    async with Stage().played() as stage:
        await stage.receives(":anna!a@x JOIN #global", ":bob!b@x INVITE anna #dev")
        assert "bob asks you into #dev: /join #dev" in stage.sees()
        await stage.presses("f7", "enter")
        assert any(line.endswith("JOIN #dev") for line in stage.sent)


async def test_a_full_list_leaves_the_line_below_it_in_sight() -> None:
    async with Stage().played(80, 24) as stage:
        await stage.presses("f1")
        assert 'may say: go.find = ["alt+x"]' in stage.sees()
        await stage.presses("escape", "ctrl+k", "a")
        assert "# only rooms" in stage.sees()


async def test_why_something_cannot_be_had_steers_no_terminal() -> None:
    """The text of a refusal is the server's."""
    async with Stage(caps=("soju.im/search",)).played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("ctrl+f", *"cake", "enter")
        await stage.receives(":s FAIL SEARCH INTERNAL_ERROR :not\x1b]0;now\x1b[2J")
        assert "not^[]0;now^[[2J" in stage.sees()
        await stage.presses("escape")
        toasts: list[str] = []
        stage.app.notify = lambda text, **_: toasts.append(text)  # type: ignore[method-assign]
        stage.app.messages.go_to("m1")
        refusal = ":s FAIL CHATHISTORY MESSAGE_ERROR AROUND :gone\x1b[2J"
        await stage.receives(refusal, refusal)  # the first one is of the page before
        await wait_until(lambda: bool(toasts), "it is told")
        assert "gone^[[2J" in toasts[0]


async def test_a_list_that_is_opened_again_is_filled_by_the_first_answer() -> None:
    async with Stage().played() as stage:
        await stage.receives(*ROOM)
        await stage.presses("f4")
        asked = len(stage.sent)
        await stage.presses("escape", "f4")
        assert len(stage.sent) == asked
        await stage.receives(*answer(stage, ":s 322 anna #kitchen 7 :Food", ":s 323 anna :End"))
        assert "#kitchen" in stage.sees()
