"""Who has come back and has not been shown its rooms yet."""

from __future__ import annotations

from chatd.state.limiter import Limiter
from tests.state.test_audit import Chat


async def test_who_waits_to_be_shown_its_rooms_is_not_taken_out_of_them() -> None:
    """The link is lost while somebody who has come back waits for them: Redis is right that the
    user is there, and the gateway does not know it yet."""
    chat = Chat()
    alice, _ = await chat.begin()
    gateway = chat.gateways[0]
    gateway.store.register(alice.session.sid, "alice", "alice", "secret").result()
    gateway.store.set_account(alice.session.sid, "alice", ("alice", "alice")).result()
    alice.session.session.device = "phone"
    await chat.listen()
    alice.session.let_go("Gateway restarts")
    shows = gateway.presence.homecoming.shows = Limiter(1)
    await shows.enter()
    again = gateway.connect()
    chat.logs[again] = []
    again.session.account = ("alice", "alice")
    await chat.do(again, "NICK alice", "USER alice 0 * :r", "CAP END")
    assert again.session.user is not None
    assert again.session.user.rooms == {}
    chat.save()
    chat.crash()
    await chat.connect()
    assert "alice" in chat.world.client.hgetall("chat:room:{#room}:members")
    shows.leave()
    await chat.listen()
    names = [line for line in chat.logs[again] if " 353 " in line]
    assert [set(line.rpartition(":")[2].split()) for line in names] == [{"@alice", "bob"}]
