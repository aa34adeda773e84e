"""Pages of the past come into a buffer: before and behind what is there, and around a message."""

from __future__ import annotations

from collections.abc import Callable

from chatd.wire.message import parse
from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.conversation import Conversation
from cli.client.errors import NotConnected, Refused
from cli.client.paging import Pager
from cli.client.past import Question, Questions, Taker


class Server:
    """Has what was said in #global, as `answer` is asked for it; ``lines`` are the questions."""

    def __init__(self, count: int) -> None:
        self.chat = Conversation("anna")
        self.buffers = Buffers(self.chat, capacity=100)
        self.pager = Pager(self, self.buffers)
        self.lines: list[str] = []
        self.told: list[str | None] = []
        self.looked: list[str] = []
        self.connected = True
        self.page = 100
        self.said = [said(number) for number in range(count)]
        self._questions = Questions(self._take)

    def ask(self, past: Question, taker: Taker) -> None:
        if not self.connected:
            raise Refused("not connected at the moment")
        self._questions.ask(past, taker)

    def look_at(self, room: str) -> None:
        self.looked.append(room)

    def _take(self, line: bytes) -> None:
        self.lines.append(line.decode().strip())

    def answer(self) -> None:
        """Answer the last question, as https://ircv3.net/specs/extensions/chathistory says."""
        _, verb, _, ref, limit = self.lines[-1].split()
        most = min(int(limit), self.page)
        ids = [line.partition("msgid=")[2].partition(";")[0] for line in self.said]
        at = ids.index(ref.removeprefix("msgid=")) if ref != "*" else 0
        part = {
            "LATEST": self.said[-most:],
            "BEFORE": self.said[max(0, at - most) : at],
            "AFTER": self.said[at + 1 : at + 1 + most],
            "AROUND": self.said[max(0, at - most // 2) : at + most // 2],
        }[verb]
        for line in part:
            message = parse(line.encode())
            self._questions.found(message, self.chat.played(message))
        self._questions.page_over()

    def live(self) -> None:
        """Somebody says something."""
        self.said.append(said(len(self.said)))
        for event in self.chat.receive(parse(self.said[-1].encode())):
            self.buffers.take(event)

    def texts(self) -> list[str]:
        return [one.text for one in self.buffers.open("#global").messages()]


def said(number: int) -> str:
    time = f"2025-11-22T12:{number // 60:02}:{number % 60:02}.000Z"
    return f"@msgid=m{number};time={time} :bob!u@h PRIVMSG #global :{number}"


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def test_opening_shows_the_last_page_once() -> None:
    server = Server(250)
    server.pager.opened("#global", server.told.append)
    server.pager.opened("#global", server.told.append)
    assert server.lines == ["CHATHISTORY LATEST #global * 100"]
    assert server.told == []
    server.answer()
    assert server.told == [None, None]
    assert server.texts() == numbers(150, 249)
    server.pager.opened("#global", server.told.append)
    assert len(server.lines) == 1
    assert server.told == [None] * 3


def test_older_pages_until_there_are_none() -> None:
    """ "up to limit number of messages before and excluding the given timestamp or msgid" """
    server = Server(250)
    server.live()
    server.pager.older("#global")
    assert server.lines == ["CHATHISTORY BEFORE #global msgid=m250 100"]
    server.answer()
    for _ in range(4):
        server.pager.older("#global", server.told.append)
        server.answer()
    assert server.lines[-1] == "CHATHISTORY BEFORE #global msgid=m0 100"
    assert server.texts() == numbers(0, 250)
    assert server.buffers.open("#global").complete
    server.pager.older("#global", server.told.append)
    assert (len(server.lines), server.told) == (4, [None] * 5)


def test_a_page_before_what_is_no_longer_there_is_not_shown() -> None:
    """Who comes back into a room asks for what is above; then the room begins anew."""
    server = Server(250)
    server.live()
    server.pager.older("#global", server.told.append)
    server.buffers.take(ev.Left(1.0, "#global", "anna", own=True))
    server.said += [said(251), said(252)]  # not heard here
    server.buffers.take(ev.Joined(2.0, "#global", "anna", own=True))
    server.answer()
    assert server.told == []
    assert server.lines[1:] == ["CHATHISTORY LATEST #global * 100"]
    server.answer()
    assert (server.texts(), server.told) == (numbers(153, 252), [None])


def test_a_page_of_coming_and_going_is_followed_by_the_next() -> None:
    server = Server(250)
    for at in range(30, 200):
        server.said[at] = server.said[at].replace("PRIVMSG", "JOIN")
    server.pager.opened("#global", server.told.append)
    server.answer()
    server.pager.older("#global", server.told.append)
    server.answer()
    assert server.lines[-1] == "CHATHISTORY BEFORE #global msgid=m50 100"
    server.answer()
    assert server.texts() == numbers(0, 29) + numbers(200, 249)
    assert server.told == [None, None]
    assert server.chat.rooms == {}, "what is played back is not how things are now"


def test_a_jump_and_back_page_by_page_loses_nothing() -> None:
    server = Server(400)
    server.pager.opened("#global")
    server.answer()
    room = server.buffers.open("#global")
    server.pager.around("#global", "m200", server.told.append)
    server.answer()
    assert (server.told, room.detached) == ([None], True)
    assert server.texts() == numbers(150, 249)
    server.live()
    assert (room.below, server.texts()[-1]) == (1, "249")
    for more in (True, True, False):
        server.pager.newer("#global")
        if more:
            server.live()  # is on the server's page, or comes behind it
        server.answer()
    assert (room.detached, room.below) == (False, 0)
    assert server.texts() == numbers(150, 402)


def test_what_comes_while_the_last_page_is_under_way_is_there() -> None:
    """The server may have read the page before, and tell what was said meanwhile first."""
    server = Server(400)
    server.pager.around("#global", "m100")
    server.answer()
    server.pager.latest("#global", server.told.append)
    server.live()
    page, server.said = server.said, server.said[:-1]
    server.answer()
    server.said = page
    assert server.texts() == numbers(300, 400)
    server.live()
    assert server.texts() == numbers(300, 401)


def test_a_jump_to_what_is_nearly_here_keeps_the_end() -> None:
    server = Server(250)
    server.pager.opened("#global")
    server.answer()
    server.pager.around("#global", "m120", server.told.append)
    server.answer()
    assert not server.buffers.open("#global").detached
    assert server.texts() == numbers(70, 249)
    server.pager.around("#global", "m80", server.told.append)
    assert (len(server.lines), server.told) == (2, [None, None])


def test_a_message_that_is_gone_and_a_connection_that_is_lost() -> None:
    server = Server(250)
    server.pager.around("#global", "m9", server.told.append)
    server.said[9] = server.said[9].replace("PRIVMSG", "JOIN")
    server.answer()
    assert server.texts() == []
    server.pager.older("#global", server.told.append)
    server._questions.connection_lost()
    server.connected = False
    server.pager.older("#global", server.told.append)
    assert server.told == [
        "this message cannot be shown: it is gone, or was taken back",
        str(NotConnected("the connection was lost")),
        "not connected at the moment",
    ]
    assert not server.pager._turns


def test_a_jump_takes_over_from_a_page_that_is_under_way() -> None:
    server = Server(250)
    server.pager.older("#global", server.told.append)
    server.pager.around("#global", "m10", server.told.append)
    assert server.told == [None]
    first, server.lines = server.lines[0], server.lines[:]
    server.lines.append(first)
    server.answer()
    assert server.texts() == []
    server.lines.pop()
    server.answer()
    assert server.texts() == numbers(0, 59)


def test_who_reads_far_up_comes_back_by_pages() -> None:
    server = Server(900)
    room = server.buffers.open("#global")
    while not room.complete:
        server.pager.older("#global")
        server.answer()
    assert (len(room.entries), room.detached) == (300, True)
    assert len(room.by_id) == 300
    while room.detached:
        server.pager.newer("#global")
        server.answer()
    assert server.texts() == numbers(600, 899)
    assert not room.complete


def test_a_buffer_that_was_closed_stays_closed() -> None:
    server = Server(10)
    done: Callable[[str | None], None] = server.told.append
    server.pager.opened("#global", done)
    server.buffers.close("#global")
    server.answer()
    assert server.buffers.get("#global") is None
    assert server.told == [None]


def test_events_of_pages_are_like_live_ones() -> None:
    server = Server(3)
    server.buffers.take(ev.Joined(1.0, "#global", "anna", own=True))
    server.pager.opened("#global")
    server.answer()
    room = server.buffers.open("#global")
    assert [type(entry).__name__ for entry in room.entries] == ["Message"] * 3 + ["Happening"]


def test_reactions_find_their_message_whichever_page_comes_first() -> None:
    server = Server(150)
    server.said[120] = "@msgid=m120;+draft/reply=m10;+draft/react=yes :bob!u@h TAGMSG #global"
    server.said[20] = "@msgid=m20;+draft/reply=m10;+draft/react=yes :carl!u@h TAGMSG #global"
    server.said[30] = "@msgid=m30;+draft/reply=m10;+draft/unreact=yes :carl!u@h TAGMSG #global"
    server.pager.opened("#global")
    server.answer()
    server.pager.older("#global")
    server.answer()
    message = server.buffers.open("#global").find("m10")
    assert message is not None
    assert message.reactions == {"yes": ["bob"]}
