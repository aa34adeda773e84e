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


def test_marks_of_members_change_by_mode() -> None:
    """PREFIX and CHANMODES say which letters are marks, and which take a parameter."""
    chat = chat_of_anna()
    marks = {member.nick: member.marks for member in chat.rooms["#global"].members.values()}
    assert marks == {"anna": "~", "bob": "@+", "Аня": ""}
    told = receive(chat, ":anna!u@h MODE #global +klo-v+b key 5 Аня bob *!*@evil")
    assert told == [ev.ModesAre(AT, "#global", "anna", "+klo-v+b key 5 Аня bob *!*@evil")]
    marks = {member.nick: member.marks for member in chat.rooms["#global"].members.values()}
    assert marks == {"anna": "~", "bob": "@", "Аня": "@"}
    receive(chat, ":s 005 anna PREFIX=(Yov)!@+ CHANMODES=b,k,l,n :are supported by this server")
    receive(chat, ":anna!u@h MODE #global +lY-l 5 bob", ":anna MODE anna +i")
    assert chat.rooms["#global"].members["bob"].marks == "!@"


def test_replies_reactions_and_typing() -> None:
    """ "@msgid=456;+reply=123;+draft/react=lol :nick2!user2@host2 TAGMSG #channel" """
    chat = chat_of_anna()
    (said,) = chat.receive(parse(b"@msgid=2;+draft/reply=1 :bob!u@h PRIVMSG #global :Hello"))
    assert isinstance(said, ev.Said)
    assert (said.msgid, said.reply_to) == ("2", "1")

    def told(tags: str) -> list[ev.Event]:
        time = "time=2025-11-22T12:03:00.000Z"
        return chat.receive(parse(f"@{time};{tags} :bob!u@h TAGMSG #global".encode()))

    assert told("+reply=1;+draft/react=lol") == [ev.Reacted(AT, "#global", "1", "bob", "lol")]
    assert told("+draft/reply=1;+draft/unreact=lol") == [
        ev.Reacted(AT, "#global", "1", "bob", "lol", taken_back=True)
    ]
    assert told("+reply=1;+draft/react=lol;+draft/unreact=lol") == []
    assert told(f"+reply=1;+draft/react={'x' * 100}") == []
    assert told("+draft/react=lol") == []
    assert told("+typing=active") == [ev.Typing(AT, "#global", "bob", active=True)]
    assert told("+typing=paused") == [ev.Typing(AT, "#global", "bob", active=True, paused=True)]
    assert told("+typing=done") == [ev.Typing(AT, "#global", "bob", active=False)]


def test_what_is_taken_back_read_elsewhere_and_asked() -> None:
    """`:nick!u@h REDACT #channel 123 :bad example`, `MARKREAD <target> timestamp=...`"""
    chat = chat_of_anna()
    assert receive(
        chat,
        ":bob!u@h REDACT #global 123 :bad example",
        ":anna!u@h REDACT bob 124",
        "MARKREAD #global timestamp=2025-11-22T12:03:00.000Z",
        "MARKREAD bob *",
        ":bob!u@h INVITE anna #dev",
        ":s 341 anna carl #dev",
    ) == [
        ev.Redacted(AT, "#global", "123", "bob", "bad example"),
        ev.Redacted(AT, "bob", "124", "anna", own=True),
        ev.MarkerIs("#global", AT),
        ev.Invited(AT, "#dev", "anna", "bob", own=True),
        ev.Invited(AT, "#dev", "carl", "anna"),
    ]


def test_a_room_keeps_its_members_under_another_name() -> None:
    """ "A channel rename preserves all channel state, such as membership, mode and topic." """
    chat = chat_of_anna()
    told = receive(chat, ":anna!u@h RENAME #global #World :Typo fix")
    assert told == [ev.RoomRenamed(AT, "#global", "#World", "Typo fix")]
    assert chat.known_names() == ["bob", "Аня"]
    assert receive(chat, ":bob!u@h PART #world") == [ev.Left(AT, "#World", "bob")]
    receive(chat, ":anna!u@h JOIN #dev")
    assert receive(chat, ":x RENAME #dev #world :", ":x RENAME #no #other :") == []


def test_who_is_away_is_known_of_the_members() -> None:
    chat = chat_of_anna()
    receive(chat, ":bob!u@h AWAY :lunch")
    assert chat.rooms["#global"].members["bob"].away
    receive(chat, ":s 353 anna = #global :anna @+bob", ":s 366 anna #global :End")
    assert chat.rooms["#global"].members["bob"].away
    receive(chat, ":bob!u@h AWAY")
    assert not chat.rooms["#global"].members["bob"].away
