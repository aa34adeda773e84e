"""Commands about rooms, and what comes of them in words."""

from __future__ import annotations

import pytest

from tests.cli.played import CAPS, Played


def test_joining_with_a_key_and_being_refused() -> None:
    """'/join with key'"""
    played = Played()
    played.types("/join #ops sesame", "@label=<l> JOIN #ops sesame")
    assert played.talk.target == "#ops"
    played.gets("@label=<l> :s 475 anna #ops :Cannot join channel (+k)")
    assert played.told() == ["#ops has another key: /join #ops KEY"]
    assert played.talk.target == "#dev"
    assert played.buffers.get("#ops") is None


def test_several_rooms_at_once_and_the_answer_is_an_event_too() -> None:
    played = Played()
    played.types("/j #a,#b key #dev", "@label=<a> JOIN #a", "@label=<b> JOIN #b key")
    played.gets(
        "@label=<a> :s BATCH +1 labeled-response",
        "@batch=1 :anna!u@h JOIN #a",
        "@batch=1 :s 353 anna = #a :@anna eve",
        "@batch=1 :s 366 anna #a :End of /NAMES list",
        ":s BATCH -1",
    )
    assert played.talk.rooms() == ["#dev", "#a"]
    buffer = played.buffers.get("#a")
    assert buffer is not None
    assert set(buffer.members) == {"anna", "eve"}
    assert played.talk.target == "#dev"


def test_a_forward_leads_to_the_other_room() -> None:
    played = Played()
    played.types("/join #full", "@label=<l> JOIN #full")
    played.gets(
        "@label=<l> :s BATCH +1 labeled-response",
        "@batch=1 :s 470 anna #full #overflow :Forwarding to another channel",
        "@batch=1 :anna!u@h JOIN #overflow",
        ":s BATCH -1",
    )
    assert played.talk.target == "#overflow"


def test_leaving_with_words_and_closing() -> None:
    played = Played()
    played.types("/part #dev so long", "@label=<l> PART #dev :so long")
    played.gets("@label=<l> :anna!u@h PART #dev :so long")
    assert played.told() == ["you are no longer in #dev: so long"]
    played.types("/query bob hi", "@label=<m> PRIVMSG bob :hi")
    assert played.talk.target == "bob"
    played.types("/close")
    assert played.buffers.get("bob") is None
    assert played.talk.target == "#dev"


def test_the_list_of_rooms() -> None:
    """'/list (a browsable room list)': without a screen it is lines"""
    played = Played()
    played.types("/list dev", "@label=<l> LIST *dev*")
    played.gets(
        "@label=<l> :s BATCH +1 labeled-response",
        "@batch=1 :s 322 anna #dev 3 :what we do",
        "@batch=1 :s 322 anna #devops 12 :",
        "@batch=1 :s 323 anna :End of /LIST",
        ":s BATCH -1",
    )
    assert played.told() == ["#devops    12  ", "#dev        3  what we do"]
    played.surface.can.add("rooms")
    played.types("/list dev")
    assert played.surface.did == [("rooms", "dev")]


def test_many_rooms_are_counted() -> None:
    played = Played()
    played.types("/list", "@label=<l> LIST")
    rows = [f"@batch=1 :s 322 anna #r{number} 1 :" for number in range(130)]
    played.gets("@label=<l> :s BATCH +1 labeled-response", *rows, ":s BATCH -1")
    told = played.told()
    assert len(told) == 101
    assert told[-1] == "and 30 more: /list WORD shows those with the word"


def test_the_topic_is_shown_set_and_removed() -> None:
    played = Played()
    played.types("/topic", "@label=<l> TOPIC #dev")
    played.gets("@label=<l> :s 331 anna #dev :No topic is set")
    assert played.told() == ["#dev has no topic: /topic TEXT gives it one"]
    played.types("/topic plans for May", "@label=<l2> TOPIC #dev :plans for May")
    played.gets("@label=<l2> :anna!u@h TOPIC #dev :plans for May")
    assert played.told() == ["topic (set by anna): plans for May"]
    played.types("/topic #dev -", "@label=<l3> TOPIC #dev :")
    played.gets("@label=<l3> :s 482 anna #dev :You're not channel operator")
    assert played.told() == ["only an operator of #dev can do this"]


def test_names_invitations_and_the_rooms_that_one_is_in() -> None:
    played = Played()
    played.types("/names")
    assert played.told() == ["3 in #dev: @anna, +carl, bob"]
    played.types("/names #other", "@label=<l> NAMES #other")
    played.gets("@label=<l> :s 366 anna #other :End of /NAMES list")
    assert played.told() == ["nobody is in #other"]
    played.types("/invite eve", "@label=<i> INVITE eve #dev")
    played.gets("@label=<i> :s 341 anna eve #dev")
    assert played.told() == ["eve is asked into #dev"]
    played.types("/invite #dev bob", "@label=<j> INVITE bob #dev")
    played.gets("@label=<j> :s 443 anna bob #dev :is already on channel")
    assert played.told() == ["bob is in #dev already"]
    played.types("/rooms")
    assert played.told() == ["#dev: 3 people"]


def test_moderating() -> None:
    """'Whoever creates a room can moderate it'"""
    played = Played()
    played.types("/kick bob enough of it", "@label=<k> KICK #dev bob :enough of it")
    played.gets("@label=<k> :anna!u@h KICK #dev bob :enough of it")
    assert played.told() == ["bob was put out of #dev by anna: enough of it"]
    played.types(
        "/op carl eve f g h", "@label=<o> MODE #dev +oooo carl eve f g", "@label=<p> MODE #dev +o h"
    )
    played.types("/deop #dev carl", "@label=<d> MODE #dev -o carl")
    played.gets("@label=<d> :s 441 anna carl #dev :They aren't on that channel")
    assert played.told() == ["carl is not in #dev"]


def test_bans_are_of_somebody_and_for_a_time() -> None:
    played = Played()
    played.types("/ban bob 2h be nice", "@label=<b> ROOM BAN #dev bob 2h :be nice")
    played.gets(
        "@label=<b> :s BATCH +1 labeled-response",
        "@batch=1 :anna!u@h MODE #dev +b a:bob",
        "@batch=1 :anna!u@h KICK #dev bob :be nice",
        "@batch=1 :s NOTE ROOM BANNED #dev a:bob 179 :a:bob is banned for 7200 s",
        ":s BATCH -1",
    )
    assert played.told()[-1] == "bob is kept out of #dev for 2h"
    assert "bob" not in played.session.chat.rooms["#dev"].members
    played.types("/quiet carl", "@label=<q> ROOM MUTE #dev carl")
    played.gets("@label=<q> :s FAIL ROOM TOO_STRONG MUTE #dev carl :You cannot ban somebody")
    assert played.told() == ["#dev: You cannot ban somebody"]


def test_on_another_server_a_ban_is_a_mode() -> None:
    played = Played()
    played.types("/ban bob", "@label=<b> ROOM BAN #dev bob")
    played.line.sent.clear()
    played.gets("@label=<b> :s 421 anna ROOM :Unknown command")
    assert [line.partition(" ")[2] for line in played.line.sent] == ["MODE #dev +b bob!*@*"]
    plain = Played(caps=CAPS - {"labeled-response"})
    plain.types("/ban b*!*@h", "MODE #dev +b b*!*@h")
    plain.types("/kick bob", "KICK #dev bob")


def test_modes_are_told_in_words() -> None:
    played = Played()
    played.types("/mode", "@label=<l> MODE #dev")
    played.gets("@label=<l> :s 324 anna #dev +mt")
    told = played.told()[0]
    assert told.startswith("modes of #dev: +mt (")
    assert "only operators set the topic" in told
    played.types("/mode +b", "@label=<b> MODE #dev +b")
    played.gets("@label=<b> :s 368 anna #dev :End of Channel Ban List")
    assert played.told() == ["that list of #dev is empty"]
    played.types("/mode anna", "@label=<u> MODE anna")
    played.gets("@label=<u> :s 221 anna +i")
    assert played.told() == ["your modes: +i"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/join dev", "Room names begin with #: /join #dev"),
        ("/invite", "usage: /invite NAME [#ROOM]"),
        ("/invite a b", "usage: /invite NAME [#ROOM]"),
        ("/kick", "usage: /kick [#ROOM] NAME [REASON]"),
        ("/ban #dev", "usage: /ban [#ROOM] NAME [TIME] [REASON]"),
        ("/op", "usage: /op [#ROOM] NAME ..."),
        ("/unban", "usage: /unban [#ROOM] NAME"),
    ],
)
def test_missing_words_are_asked_for(text: str, answer: str) -> None:
    played = Played()
    assert not played.types(text)
    (told,) = played.told()
    assert answer in told


def test_a_lost_connection_is_told() -> None:
    played = Played()
    played.types("/list", "@label=<l> LIST")
    played.session._requests.connection_lost()
    assert played.told() == ["the connection was lost"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/topic", "332 anna"),
        ("/mode", "324 anna"),
        ("/mode anna", "221"),
        ("/mode +b", "367 anna #dev"),
        ("/names #x", "353 anna"),
        ("/bans", "NOTE ROOM BANS_END"),
        ("/bans", "ROOM BANS_END"),
        ("/list", "322 anna #x"),
        ("/invite bob", "341"),
        ("/join #x", "470 anna"),
        ("/kick bob", "FAIL"),
        ("/kick bob", "482"),
    ],
)
def test_an_answer_with_too_few_words_ends_nothing(text: str, line: str) -> None:
    played = Played()
    played.talk.type(text)
    label = played.line.sent[-1].partition(" ")[0]
    played.gets(f"{label} :s {line}")
    assert not played.session._requests.answers(label.removeprefix("@label="))
