"""What a screen has before it, from real gateways on a real Redis."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from cli.client import events as ev
from cli.client.buffers import Buffers
from cli.client.connection import Server
from cli.client.entries import State
from cli.client.handshake import PLAYBACK, Login
from cli.client.paging import Pager
from cli.client.session import Session
from cli.client.timing import Timing
from tests.cli.conftest import Client
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import wait_until

pytestmark = pytest.mark.slow

QUICK = Timing(retry_first=0.02, retry_most=0.1)


class User:
    """A session with its buffers, as a screen has them."""

    def __init__(self, name: str, *gateways: Gateway) -> None:
        servers = [Server(gateway.host, gateway.port) for gateway in gateways]
        secret = f"secret-of-{name}"
        login = Login(name, secret, claim=secret, caps=(PLAYBACK,))
        self.events: list[ev.Event] = []
        self.session = Session(login, servers, self._emit, rooms=["#global"], timing=QUICK)
        self.session.wants_places = True
        self.buffers = Buffers(self.session.chat)
        self.pager = Pager(self.session, self.buffers)

    def _emit(self, event: ev.Event) -> None:
        self.events.append(event)
        self.buffers.take(event)

    def texts(self, name: str) -> list[str]:
        buffer = self.buffers.get(name)
        return [one.text for one in buffer.messages()] if buffer is not None else []

    async def sees(self, name: str, *texts: str) -> None:
        await wait_until(lambda: self.texts(name) == list(texts), f"{texts} in {name}")

    async def page(self, name: str) -> None:
        """Open a conversation, and wait for its last page."""
        told: list[str | None] = []
        self.pager.opened(name, told.append)
        await wait_until(lambda: told, "a page")
        assert told == [None]


@contextlib.asynccontextmanager
async def running(name: str, *gateways: Gateway) -> AsyncIterator[User]:
    user = User(name, *gateways)
    await user.session.start()
    client = Client(user.session, None)  # type: ignore[arg-type]
    client.run()
    try:
        await user.session.ready.wait()
        yield user
    finally:
        assert client.task is not None
        client.task.cancel()
        await user.session.close()


async def test_what_people_do_with_messages(two_gateways: tuple[Gateway, Gateway]) -> None:
    """A text of several lines, a reply, reactions, and a message that is taken back."""
    first, second = two_gateways
    async with running("anna", first) as anna, running("bob", second) as bob:
        anna.session.say("#global", "one\n\ntwo", multiline=True)
        await bob.sees("#global", "one\n\ntwo")
        await anna.sees("#global", "one\n\ntwo")
        asked = bob.buffers.open("#global").newest()
        assert asked is not None
        bob.session.say("#global", "hm", reply_to=asked.msgid)
        bob.session.react("#global", asked.msgid, "👍")
        bob.session.react("#global", asked.msgid, "👎")
        bob.session.react("#global", asked.msgid, "👎", take_back=True)
        bob.session.say("#global", "nonsense")
        await anna.sees("#global", "one\n\ntwo", "hm", "nonsense")
        own, hm, nonsense = anna.buffers.open("#global").messages()
        assert (own.state, own.reactions, hm.reply_to) == (State.SENT, {"👍": ["bob"]}, own.msgid)
        bob.session.redact("#global", nonsense.msgid)
        await wait_until(lambda: nonsense.deleted_by == "bob", "it is taken back")
        bob.session.typing("#global", active=True)
        await wait_until(lambda: anna.buffers.open("#global").typing, "bob types")

        anna.session.say("bob", "psst")
        await bob.sees("anna", "psst")
        said = bob.buffers.open("anna").newest()
        assert said is not None
        bob.session.react("anna", said.msgid, "ok")
        (mine,) = anna.buffers.open("bob").messages()
        await wait_until(lambda: mine.reactions, "a reaction")
        await _room_is_renamed(anna, bob)
    async with running("anna", second) as anna:
        await anna.page("#global")
        assert anna.texts("#global") == ["one\n\ntwo", "hm"]
        assert next(anna.buffers.open("#global").messages()).reactions == {"👍": ["bob"]}
        await anna.page("bob")
        assert next(anna.buffers.open("bob").messages()).reactions == {"ok": ["bob"]}


async def _room_is_renamed(anna: User, bob: User) -> None:
    """Somebody is asked into a room, gets a mark there, goes away; then it has another name."""
    anna.session.join("#dev")
    await wait_until(lambda: "#dev" in anna.session.chat.rooms, "anna is in #dev")
    anna.session.command("INVITE", "bob", "#dev")
    await wait_until(lambda: _told(bob, ev.Invited), "bob is asked into it")
    bob.session.join("#dev")
    await wait_until(lambda: "bob" in anna.buffers.open("#dev").members, "bob is in #dev")
    bob.session.away("lunch")
    anna.session.command("MODE", "#dev", "+v", "bob")
    marked = anna.buffers.open("#dev").members["bob"]
    await wait_until(lambda: (marked.marks, marked.away) == ("+", True), "marks")
    anna.session.command("RENAME", "#dev", "#work", "better")
    await wait_until(lambda: bob.buffers.get("#work"), "the new name")
    assert bob.buffers.get("#dev") is None
    bob.session.say("#work", "nice")
    await anna.sees("#work", "nice")


async def test_the_list_of_conversations_is_right_at_the_login(
    two_gateways: tuple[Gateway, Gateway],
) -> None:
    """Also of those to which nobody has written since; what one device reads, all have read."""
    first, second = two_gateways
    connecting = await IrcClient.connect(second.host, second.port)
    async with running("anna", first) as anna, connecting as bob:
        await bob.register("bob")
        await bob.send("JOIN #global", "PRIVMSG anna :one", "PRIVMSG #global :hi anna")
        await anna.sees("#global", "hi anna")
        await anna.sees("bob", "one")
        anna.session.mark_read("bob", anna.buffers.read("bob"))
        anna.session.mark_read("#global", anna.buffers.read("#global"))
        await anna.session.fence()
        await bob.send("PRIVMSG anna :two", "PRIVMSG #global :anna?", "PRIVMSG #global :well")
        await bob.fence()
        await anna.sees("#global", "hi anna", "anna?", "well")
        async with running("anna", second) as other:
            count = other.buffers.unread
            await wait_until(lambda: count() == (3, 2), "what is unread")
            assert [one.name for one in other.buffers.order()] == ["#global", "bob"]
            assert other.texts("bob") == []
            await other.page("bob")
            assert other.texts("bob") == ["one", "two"]
            assert other.buffers.open("bob").unread == 1
            anna.session.mark_read("bob", anna.buffers.read("bob"))
            await wait_until(lambda: not other.buffers.open("bob").unread, "it is read here")
            assert other.buffers.unread() == (2, 1)


def _told(user: User, kind: type[ev.Event]) -> bool:
    return any(isinstance(event, kind) for event in user.events)
