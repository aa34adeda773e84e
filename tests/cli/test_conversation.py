"""What the server's lines mean."""

from __future__ import annotations

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.conversation import Conversation

AT = 1763812980.0


def chat_of_anna(*lines: str) -> Conversation:
    chat = Conversation("anna")
    receive(chat, ":anna!u@h JOIN #global")
    receive(chat, ":s 353 anna = #global :~anna @+bob Аня", ":s 366 anna #global :End")
    receive(chat, *lines)
    return chat


def receive(chat: Conversation, *lines: str) -> list[ev.Event]:
    tagged = (f"@time=2025-11-22T12:03:00.000Z {line}" for line in lines)
    return [event for line in tagged for event in chat.receive(parse(line.encode()))]


def test_members_come_without_their_marks() -> None:
    chat = chat_of_anna()
    assert chat.known_names() == ["bob", "Аня"]


def test_coming_and_going() -> None:
    chat = chat_of_anna()
    assert receive(chat, ":carl!u@h JOIN #global carl :Carl") == [ev.Joined(AT, "#global", "carl")]
    assert receive(chat, ":carl!u@h JOIN #global") == []
    assert receive(chat, ":bob!u@h PART #global :bye") == [ev.Left(AT, "#global", "bob", "bye")]
    assert receive(chat, ":carl!u@h QUIT :gone") == [ev.Quit(AT, "carl", "gone")]
    assert chat.known_names() == ["Аня"]


def test_names_are_the_same_in_any_spelling() -> None:
    chat = chat_of_anna()
    receive(chat, ":АНЯ!u@h PART #GLOBAL")
    assert chat.known_names() == ["bob"]


def test_a_new_name_moves_with_its_owner_and_our_own_is_known() -> None:
    chat = chat_of_anna()
    assert receive(chat, ":bob!u@h NICK rob") == [ev.Renamed(AT, "bob", "rob")]
    assert receive(chat, ":anna!u@h NICK anne") == [ev.Renamed(AT, "anna", "anne", own=True)]
    assert chat.nick == "anne"
    assert chat.known_names() == ["rob", "Аня"]
    (said,) = receive(chat, ":anne!u@h PRIVMSG bob :hi")
    assert isinstance(said, ev.Said)
    assert said.own


def test_being_put_out_is_leaving() -> None:
    chat = chat_of_anna()
    assert receive(chat, ":bob!u@h KICK #global anna :enough") == [
        ev.Left(AT, "#global", "anna", "enough", "bob", own=True)
    ]
    assert chat.rooms == {}


def test_an_action_and_a_notice_and_what_the_server_says() -> None:
    chat = chat_of_anna()
    events = receive(
        chat,
        ":bob!u@h PRIVMSG #global :\x01ACTION waves\x01",
        ":bob!u@h NOTICE anna :psst",
        ":server NOTICE anna :going down",
    )
    assert events == [
        ev.Said(AT, "bob", "#global", "waves", "action"),
        ev.Said(AT, "bob", "anna", "psst", "notice"),
        ev.Note("going down"),
    ]


def test_who_is_away() -> None:
    chat = chat_of_anna()
    assert receive(chat, ":bob!u@h AWAY :lunch", ":bob!u@h AWAY") == [
        ev.AwayChanged(AT, "bob", "lunch"),
        ev.AwayChanged(AT, "bob", None),
    ]
    assert receive(chat, ":s 306 anna :You have been marked as being away") == [
        ev.AwayChanged(AT, "anna", "", own=True)
    ]


def test_lists_are_one_event() -> None:
    chat = chat_of_anna()
    assert receive(
        chat,
        ":s 352 anna #global u h s bob G :0 Bob",
        ":s 352 anna #global u h s anna H@ :0 Anna",
        ":s 315 anna * :End of WHO list",
    ) == [ev.People("*", (ev.Person("anna", False), ev.Person("bob", True)))]
    assert receive(
        chat,
        ":s 311 anna bob u h * :Bob",
        ":s 301 anna bob :lunch",
        ":s 319 anna bob :#global @#dev",
        ":s 317 anna bob 120 1763800000 :seconds idle, signon time",
        ":s 330 anna bob bob :is logged in as",
        ":s 318 anna bob :End of /WHOIS list",
    ) == [ev.About("bob", "bob", "lunch", 1763800000, 120, ("#global", "#dev"))]


def test_an_error_is_told_with_what_it_is_about() -> None:
    chat = chat_of_anna()
    assert receive(chat, ":s 403 anna #no :No such channel") == [ev.Problem("#no No such channel")]


def test_what_the_server_says_of_a_room_names_the_room() -> None:
    """A NOTICE of the server about a room, and the context of a standard reply."""
    chat = chat_of_anna()
    lost = "12 events could not be recovered after the server lost its store"
    assert receive(
        chat,
        f":server NOTICE #global :{lost}",
        f":server NOTICE anna :{lost}",
        "WARN JOIN NOT_RESTORED #dev :Somebody else has this room now",
        "NOTE ROOM DROPPED #dev :#dev is not registered any more",
        "FAIL TOPIC TEMPORARILY_UNAVAILABLE #dev :Try again later",
        "FAIL X INVALID word :No",
    ) == [
        ev.Note(f"#global: {lost}"),
        ev.Note(lost),
        ev.Note("#dev: Somebody else has this room now"),
        ev.Note("#dev is not registered any more"),
        ev.Problem("#dev: Try again later"),
        ev.Problem("No"),
    ]


def test_lines_with_too_few_parameters_mean_nothing() -> None:
    chat = chat_of_anna()
    for command in ("PRIVMSG", "JOIN", "KICK", "NICK", "353", "366", "352", "317", "FAIL", "332"):
        assert receive(chat, f":bob!u@h {command}") == []
