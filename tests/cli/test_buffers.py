"""What a conversation holds: messages in order by id, unread, read marker, members, typing."""

from __future__ import annotations

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation
from cli.client.entries import Happening, Message, State


class Chat:
    """anna's buffers, told one event after the other."""

    def __init__(self) -> None:
        self.buffers = Buffers(Conversation("anna"), capacity=100)
        self.at = 1_000_000.0

    def said(self, source: str, target: str, text: str, msgid: str = "") -> None:
        self.at += 1
        own = source == "anna"
        self.buffers.take(ev.Said(self.at, source, target, text, "text", msgid, own))

    def texts(self, name: str) -> list[str]:
        return [one.text for one in self.buffers.open(name).messages()]


def test_a_private_conversation_is_its_own_buffer() -> None:
    chat = Chat()
    chat.said("bob", "#global", "hello all")
    chat.said("bob", "anna", "hello you")
    chat.said("anna", "bob", "hi")
    assert [buffer.name for buffer in chat.buffers.order()] == ["bob", "#global"]
    assert chat.texts("bob") == ["hello you", "hi"]
    assert chat.buffers.last_private == "bob"


def test_unread_and_mentions_until_it_is_read() -> None:
    chat = Chat()
    for text in ("hello", "annabel is late", "and Anna?"):
        chat.said("bob", "#global", text)
    room = chat.buffers.open("#global")
    assert (room.unread, room.mentions) == (3, 1)
    assert chat.buffers.unread() == (3, 1)
    chat.buffers.take(ev.MarkerIs("#global", chat.at - 1))
    assert (room.unread, room.mentions) == (1, 1)
    chat.buffers.read("#global")
    assert (room.unread, room.mentions) == (0, 0)


def test_an_own_message_is_pending_until_it_comes_among_the_others() -> None:
    chat = Chat()
    chat.buffers.take(ev.Sending(chat.at, "k1", "#global", "mine"))
    chat.said("bob", "#global", "before", "1")
    assert chat.texts("#global") == ["before", "mine"]
    chat.buffers.take(ev.SentAs("k1", "#global", "2"))
    chat.said("anna", "#global", "mine", "2")
    chat.said("bob", "#global", "after", "3")
    assert chat.texts("#global") == ["before", "mine", "after"]
    assert all(one.state is State.SENT for one in chat.buffers.open("#global").messages())


def test_what_was_not_sent_can_be_taken_out_again() -> None:
    chat = Chat()
    chat.buffers.take(ev.Sending(chat.at, "k1", "bob", "mine"))
    chat.buffers.take(ev.NotSent("bob", "mine", "nobody is there", "k1"))
    (message,) = chat.buffers.open("bob").messages()
    assert (message.state, message.reason) == (State.FAILED, "nobody is there")
    assert chat.buffers.forget_failed("k1") is message
    assert chat.texts("bob") == []


def test_a_buffer_is_bounded_and_older_pages_come_before_it() -> None:
    chat = Chat()
    for number in range(1000):
        chat.said("bob", "#global", f"m{number}", f"id{number}")
    texts = chat.texts("#global")
    assert len(texts) <= 110
    assert texts[-1] == "m999"
    oldest = chat.buffers.open("#global").oldest()
    assert oldest is not None
    older = ev.Said(1.0, "bob", "#global", "older", msgid="id5")
    known = ev.Said(2.0, "bob", "#global", "known", msgid=oldest.msgid)
    assert chat.buffers.prepend("#global", [older, known]) == 1
    assert chat.texts("#global")[:2] == ["older", oldest.text]


def test_reactions_and_what_was_taken_back() -> None:
    chat = Chat()
    chat.said("bob", "#global", "ship it?", "1")
    for nick in ("carl", "dora"):
        chat.buffers.take(ev.Reacted(chat.at, "#global", "1", nick, "+1"))
    chat.buffers.take(ev.Reacted(chat.at, "#global", "1", "carl", "+1", taken_back=True))
    message = chat.buffers.open("#global").find("1")
    assert message is not None
    assert message.reactions == {"+1": ["dora"]}
    chat.buffers.take(ev.Redacted(chat.at, "#global", "1", "bob"))
    assert (message.text, message.deleted_by) == ("", "bob")


def test_what_happened_stands_between_the_messages() -> None:
    chat = Chat()
    chat.buffers.take(ev.Joined(chat.at, "#global", "anna", own=True))
    chat.said("bob", "#global", "hello")
    chat.buffers.take(ev.Quit(chat.at, "bob", "bye", rooms=("#global",)))
    kinds = [type(entry) for entry in chat.buffers.open("#global").entries]
    assert kinds == [Happening, Message, Happening]
    assert chat.buffers.drain() == {"", "#global"}
    assert chat.buffers.drain() == set()


def test_a_retry_stays_where_it_is_and_comes_among_the_others_once() -> None:
    chat = Chat()
    for key in ("k1", "k2"):
        chat.buffers.take(ev.Sending(chat.at, key, "bob", key))
        chat.buffers.take(ev.NotSent("bob", key, "nobody is there", key))
    chat.said("bob", "anna", "hello")
    chat.buffers.take(ev.Sending(chat.at, "k1", "bob", "k1"))
    states = [(one.text, one.state) for one in chat.buffers.open("bob").messages()]
    assert states == [("hello", State.SENT), ("k1", State.PENDING), ("k2", State.FAILED)]
    chat.buffers.take(ev.SentAs("k1", "bob", "9"))
    chat.said("anna", "bob", "k1", "9")
    chat.buffers.take(ev.Discarded("k2", "bob"))
    assert chat.texts("bob") == ["hello", "k1"]
    assert chat.buffers.open("bob").waiting == 0


def test_who_types_until_it_is_said_or_they_are_gone() -> None:
    """ "clients SHOULD assume the sender is still typing until any of the following conditions" """
    now = 100.0
    buffers = Buffers(Conversation("anna"), clock=lambda: now)
    room = buffers.open("#global")

    def types(nick: str, *, active: bool = True, paused: bool = False) -> None:
        buffers.take(ev.Typing(1.0, "#global", nick, active, paused))

    for nick in ("Bob", "carl", "dora", "emil", "anna"):
        types(nick)
    assert list(room.typing) == ["Bob", "carl", "dora", "emil"]
    buffers.take(ev.Said(1.0, "bob", "#global", "hi"))
    buffers.take(ev.Quit(1.0, "carl", rooms=("#global",)))
    buffers.take(ev.Left(1.0, "#global", "dora"))
    types("emil", active=False)
    assert room.typing == {}
    types("bob")
    types("carl", paused=True)
    now += 7
    types("dora")
    assert list(room.typing) == ["carl", "dora"]


def test_places_are_listed_with_what_the_server_counts() -> None:
    chat = Chat()
    chat.said("bob", "#global", "one of five")
    for place in (
        ev.PlaceIs("#global", 0.0, 5, 2, 1.0),
        ev.PlaceIs("#quiet", 0.0, 7, 0, None),
        ev.PlaceIs("carl", 2_000_000.0),
        ev.PlaceIs("carl", 0.0, 1, 1, None),
        ev.PlaceIs("dora", 500.0),
        ev.PlaceIs("emil", 0.0, 0, 0, 5.0),
    ):
        chat.buffers.take(place)
    counts = [(one.name, one.unread, one.mentions) for one in chat.buffers.order()]
    assert counts == [("carl", 1, 1), ("#global", 5, 2), ("dora", 0, 0), ("#quiet", 0, 0)]


def test_what_was_closed_stays_closed_until_something_is_new_there() -> None:
    chat = Chat()
    chat.said("bob", "anna", "hi")
    chat.buffers.close("bob")
    chat.buffers.take(ev.PlaceIs("bob", chat.at))
    chat.buffers.take(ev.PlaceIs("bob", 0.0, 0, 0, chat.at))
    assert chat.buffers.get("bob") is None
    chat.buffers.take(ev.PlaceIs("bob", chat.at + 1))
    assert chat.buffers.get("bob") is not None
    assert chat.buffers.closed == {}


def test_who_answers_on_another_device_has_read_it() -> None:
    chat = Chat()
    chat.said("bob", "anna", "there?")
    chat.said("anna", "bob", "yes")
    assert chat.buffers.unread() == (0, 0)
    chat.said("bob", "anna", "good")
    assert chat.buffers.unread() == (1, 1)


def test_what_was_read_while_the_connection_was_away_stays_read() -> None:
    chat = Chat()
    chat.said("bob", "#global", "hi")
    chat.buffers.read("#global")
    chat.buffers.take(ev.PlaceIs("#global", chat.at, 1, 0, chat.at - 5))
    assert chat.buffers.unread() == (0, 0)


def test_who_is_called_something_else_is_answered_by_the_new_name() -> None:
    chat = Chat()
    chat.said("bob", "anna", "hi")
    chat.buffers.take(ev.Renamed(chat.at, "bob", "rob"))
    assert (chat.buffers.last_private, chat.texts("rob")) == ("rob", ["hi"])
    chat.buffers.take(ev.Renamed(chat.at, "rob", "Rob"))
    assert [buffer.name for buffer in chat.buffers.order()] == ["Rob"]


def test_of_two_conversations_the_one_of_the_old_name_says_that_it_is_over() -> None:
    chat = Chat()
    chat.said("rob", "anna", "earlier")
    chat.said("bob", "anna", "hi")
    renamed = ev.Renamed(chat.at, "bob", "rob")
    chat.buffers.take(renamed)
    assert chat.texts("bob") == ["hi"]
    for name in ("bob", "rob"):
        entry = chat.buffers.open(name).entries[-1]
        assert isinstance(entry, Happening)
        assert entry.event == renamed
    assert chat.buffers.last_private == "rob"


def waits_in(chat: Chat, name: str) -> list[str]:
    buffer = chat.buffers.open(name)
    waiting = buffer.entries[len(buffer.entries) - buffer.waiting :]
    assert [one for one in buffer.messages() if one.state is not State.SENT] == waiting
    return [one.text for one in waiting if isinstance(one, Message)]


def test_what_was_not_sent_is_there_once_however_far_somebody_looked_back() -> None:
    chat = Chat()
    for key in ("k1", "k2", "k3"):
        chat.buffers.take(ev.Sending(chat.at, key, "#global", key))
    chat.buffers.take(ev.NotSent("#global", "k2", "no", "k2"))
    past = [ev.Said(float(at), "bob", "#global", "old", msgid=f"m{at}") for at in range(302)]
    chat.buffers.prepend("#global", past)
    assert chat.buffers.open("#global").detached
    assert waits_in(chat, "#global") == []
    chat.buffers.take(ev.RoomRenamed(chat.at, "#global", "#all"))
    chat.buffers.attach("#all")
    assert waits_in(chat, "#all") == ["k1", "k2", "k3"]
    chat.buffers.take(ev.SentAs("k1", "#global", "m400"))
    assert waits_in(chat, "#all") == ["k2", "k3"]


def test_who_comes_back_into_a_room_is_shown_what_was_said_meanwhile() -> None:
    """What is not here is fetched when it is looked at, before what comes now."""
    chat = Chat()
    chat.buffers.take(ev.Joined(1.0, "#global", "anna", own=True))
    chat.said("bob", "#global", "before", "1")
    room = chat.buffers.open("#global")
    room.complete = room.paged = True
    chat.buffers.take(ev.Left(2.0, "#global", "anna", own=True))
    assert chat.texts("#global") == ["before"], "it can be read on"
    chat.buffers.take(ev.Sending(chat.at, "k1", "#global", "mine"))
    chat.buffers.take(ev.Joined(3.0, "#global", "anna", own=True))
    chat.said("bob", "#global", "now", "3")
    assert chat.texts("#global") == ["now", "mine"]
    assert not room.complete
    assert not room.paged
    chat.buffers.take(ev.Joined(4.0, "#global", "anna", own=True))
    assert chat.texts("#global") == ["now", "mine"], "a connection that comes back leaves it alone"
