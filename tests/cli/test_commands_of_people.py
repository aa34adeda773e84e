"""What is said to whom, people, settings, and the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.client import events as ev
from cli.client.paging import Pager
from cli.commands.table import COMMANDS
from cli.commands.talk import Quit
from cli.files import Files
from cli.settings import Preferences
from tests.cli.played import CAPS, Played


def test_r_answers_the_last_private_message() -> None:
    """'`/r` answers the last private message'"""
    played = Played()
    assert not played.types("/r hi")
    assert played.told() == ["nobody has written to you alone yet"]
    played.gets(":bob!u@h PRIVMSG anna :psst", ":carl!u@h PRIVMSG #dev :all")
    played.types("/r yes?", "@label=<l> PRIVMSG bob :yes?")
    assert played.talk.target == "#dev"
    played.types("/r")
    assert played.talk.target == "bob"


def test_replies_reactions_and_taking_back() -> None:
    played = Played()
    assert not played.types("/reply yes")
    played.gets(
        "@msgid=m1 :bob!u@h PRIVMSG #dev :who comes?",
        "@msgid=m2 :anna!u@h PRIVMSG #dev :I do not",
    )
    played.told()
    played.types("/react :tada:", "@+draft/reply=m1;+reply=m1;+draft/react=🎉 TAGMSG #dev")
    played.buffers.take(ev.Reacted(1.0, "#dev", "m1", "anna", "🎉", own=True))
    played.types("/react tada", "@+draft/reply=m1;+reply=m1;+draft/unreact=🎉 TAGMSG #dev")
    played.types("/delete wrong room", "REDACT #dev m2 :wrong room")
    played.types("/reply I do", "@label=<l>;+draft/reply=m1;+reply=m1 PRIVMSG #dev :I do")
    played.talk.chosen = "m2"
    played.surface.can.add("reply")
    played.types("/reply")
    assert played.surface.did == [("reply", "m2")]
    played.talk.chosen = "gone"
    assert not played.types("/react +1")


def test_notices_and_names() -> None:
    played = Played()
    played.types("/notice bob look here", "NOTICE bob :look here")
    played.types("/nick eve", "@label=<n> NICK eve")
    played.gets("@label=<n> :s 433 anna eve :Nickname is already in use")
    assert played.told() == ["somebody is called eve already"]
    played.types("/nick ann", "@label=<o> NICK ann")
    played.gets("@label=<o> :anna!u@h NICK ann")
    assert played.session.chat.nick == "ann"
    played.types("/away lunch", "AWAY lunch")
    played.types("/back", "AWAY")
    played.types("/whois bob", "WHOIS bob")


def test_nothing_is_shown_of_whom_one_ignores() -> None:
    played = Played()
    played.types("/ignore spam*")
    played.gets(":spammer!u@h PRIVMSG #dev :buy", ":bob!u@h PRIVMSG #dev :hi")
    buffer = played.buffers.open("#dev")
    assert [message.text for message in buffer.messages()] == ["hi"]
    played.types("/unignore spam*")
    played.gets(":spammer!u@h PRIVMSG #dev :buy")
    assert [message.text for message in buffer.messages()] == ["hi", "buy"]
    assert not played.types("/ignore *")


def test_what_is_chosen_is_kept(tmp_path: Path) -> None:
    """'what is changed inside the chat is kept'"""
    files = Files(tmp_path)
    played = Played(preferences=Preferences(files))
    for text, answer in (
        ("/ignore eve", "eve is ignored now"),
        ("/ignore Eve", "Eve is ignored already"),
        ("/mute", "#dev is muted now"),
        ("/dnd on", "nothing notifies you until /dnd off"),
        ("/keywords add deploy", "deploy concerns you now"),
        ("/notify bell off", "bell off, title on, desktop auto"),
        ("/set time %I:%M", 'time = "%I:%M": how the time of a message is written'),
        ("/set keywords a, b", 'keywords = ["a", "b"]'),
        ("/theme light", "the full screen has the theme light now"),
        ("/unignore eve", "eve is heard again"),
    ):
        assert played.types(text)
        assert answer in played.told()[0]
    now = Preferences(files).now
    assert now.mute == ("#dev",)
    assert now.do_not_disturb
    assert now.keywords == ("a", "b")
    assert now.theme == "light"
    assert not now.notifications_bell
    assert now.ignore == ()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/theme pink", "usage: /theme dark|light|contrast|none"),
        ("/set nosuch", "there is no setting nosuch"),
        ("/set theme pink", "theme must be one of dark"),
        ("/notify loud", "usage: /notify"),
        ("/dnd perhaps", "usage: /dnd [on|off]"),
        ("/keywords drop", "usage: /keywords"),
        ("/keys", "only the full screen has keys of its own"),
        ("/raw", "this is no line of IRC"),
        ("/raw :anna PRIVMSG x y", "usage: /raw COMMAND"),
        ("/oper anna", "usage: /oper NAME PASSWORD"),
        ("/history x", "usage: /history N"),
    ],
)
def test_what_cannot_be_is_a_sentence(text: str, answer: str) -> None:
    played = Played()
    assert not played.types(text)
    assert answer in played.told()[0]


def test_aliases_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[aliases]\nhi = "msg $1 hello $*"\nj = "part"\nwave = "/me waves"\nloop = "loop"\n'
        'id = "ns identify"\n'
    )
    played = Played(preferences=Preferences(path=file))
    played.types("/hi bob and all", "@label=<l> PRIVMSG bob :hello bob and all")
    assert not played.types("/loop")
    assert played.told()[-1] == "/loop means 'loop', which is no command"
    played.gets("@label=<l> :anna!u@h PRIVMSG bob :hello")
    played.types("/wave at bob", "@label=<m> PRIVMSG #dev :\x01ACTION waves at bob\x01")
    secrets = {text: played.talk.is_secret(text) for text in ("/id s3cret", "/hi bob", "/loop x")}
    assert secrets == {"/id s3cret": True, "/hi bob": False, "/loop x": False}


def test_raw_shows_the_answer_and_services_talk() -> None:
    played = Played()
    played.types("/raw TIME", "@label=<l> TIME")
    played.gets("@label=<l> :s 391 anna s :Thursday")
    assert played.told() == [":s 391 anna s Thursday"]
    played.types("/ns info", "@label=<n> NICKSERV info")
    played.gets("@label=<n> :NickServ!s@s NOTICE anna :You are anna")
    assert played.told() == ["You are anna"]
    plain = Played(caps=CAPS - {"batch"})
    plain.types("/raw TIME x", "TIME x")
    assert not plain.types("/raw chathistory LATEST #dev * 5")
    assert "cannot be told apart" in plain.told()[-1]


def test_reconnecting() -> None:
    played = Played()
    played.types("/reconnect")
    assert played.line.dropped


def test_commands_of_one_line_and_other_names() -> None:
    played = Played()
    assert not played.types("/topic a\nb")
    assert played.told() == ["/topic takes one line; // writes a text that begins with /"]
    with pytest.raises(Quit, match="so long"):
        played.types("/exit so long")
    played.types("/help leave")
    assert played.told() == ["/part [#ROOM] [TEXT]  leave a room (also /leave)"]


def test_no_two_commands_have_the_same_name() -> None:
    names = [name for key, one in COMMANDS.items() for name in (key, *one.also)]
    assert len(names) == len(set(names))
    for key, one in COMMANDS.items():
        assert one.usage.startswith(f"/{key}")
    assert json.dumps(names).islower()


def test_blank_lines_of_a_notice_are_none() -> None:
    played = Played()
    played.types("/notice bob a\n\nb", "NOTICE bob :a", "NOTICE bob :b")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ((":::x!u@h PRIVMSG anna hi",), "::x"),
        ((":bob!u@h PRIVMSG anna hi", ":bob!u@h NICK :a b"), "a b"),
        ((":bob!u@h PRIVMSG anna hi", ":bob!u@h NICK :"), ""),
    ],
)
def test_who_has_a_name_that_no_line_can_carry_is_written_to_by_nobody(
    lines: tuple[str, ...], name: str
) -> None:
    """A server that means harm may call somebody so: what is done with them is refused."""
    played = Played()
    played.gets(*lines)
    played.surface.target = name
    problems: list[str | None] = []
    Pager(played.session, played.buffers).older(name, problems.append)
    for text in ("hello", "/me waves", "/history 5", "/whois", "/close"):
        played.types(text)
    assert len(problems) == 1
    assert len(played.told()) > 2
