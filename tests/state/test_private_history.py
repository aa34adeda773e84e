"""What was said in a room that has ended is for those who were in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatd.store.pending import Pending
from tests.support.memory import Client, MemoryGateway, World

CAPS = "batch draft/chathistory draft/message-redaction message-tags echo-message"


@pytest.fixture
async def gateway() -> MemoryGateway:
    return MemoryGateway(World(), "g1")


async def history(client: Client, room: str = "#board") -> list[str]:
    lines = await client.says(f"CHATHISTORY LATEST {room} * 10")
    return [line.rpartition(":")[2] for line in lines if "PRIVMSG" in line]


async def own(gateway: MemoryGateway, account: str, nick: str = "") -> Client:
    """Somebody who is logged in to an account."""
    gateway.store.register("", account, account, "argon2id")  # it may be there already
    client = await gateway.login(nick or f"{account}1", CAPS)
    user = client.session.user
    assert user is not None
    gateway.store.set_account(client.session.sid, user.key, (account, account)).result()
    await client.hears()
    return client


async def test_who_takes_the_name_of_a_private_room_next_sees_nothing_of_it(
    gateway: MemoryGateway,
) -> None:
    """alice leaves; eve makes a room of the same name, which is another room."""
    alice, eve = await gateway.login("alice", CAPS), await gateway.login("eve", CAPS)
    await alice.says("JOIN #board", "MODE #board +i", "PRIVMSG #board :we sell", "PART #board")
    await eve.says("JOIN #board")
    assert await history(eve) == []


async def test_a_public_room_keeps_what_was_said_for_who_was_there(gateway: MemoryGateway) -> None:
    """ "The history of a room that ended is for those who were in it", also when it was public:
    a team that comes back in the morning reads it, and others read what is said from then on."""
    alice, bob = await own(gateway, "alice"), await gateway.login("bob", CAPS)
    await alice.says("JOIN #board", "PRIVMSG #board :good night", "QUIT")
    await bob.says("JOIN #board", "PRIVMSG #board :good morning")
    assert await history(bob) == ["good morning"]
    alice = await own(gateway, "alice", "alice2")
    await alice.says("JOIN #board")
    assert await history(alice) == ["good night", "good morning"]


@pytest.mark.parametrize("account", [True, False])
async def test_members_who_were_lost_find_it_again(gateway: MemoryGateway, account: bool) -> None:
    """Promise 3 for the members, by account: a guest's name may be somebody else's by now."""
    come = own if account else MemoryGateway.login
    alice = await come(gateway, "alice")
    await alice.says("JOIN #board", "MODE #board +k hat", "PRIVMSG #board :we sell")
    alice.session.lost("Connection lost")
    back = await (own(gateway, "alice", "alice2") if account else gateway.login("alice"))
    await back.says(f"CAP REQ :{CAPS}", "JOIN #board hat")
    assert await history(back) == (["we sell"] if account else [])


@pytest.mark.parametrize("modes", ["+i", "+k hat", "+l 9", "+R", "+b eve!*@*", "+p", "+s"])
async def test_of_a_private_room_those_remain_who_were_lost_and_the_last(
    modes: str,
) -> None:
    """Who has left before saw the room go on without him; who was lost did not want to go."""
    gateway = MemoryGateway(World(), "g1", grace_s=0.0)
    last, lost, left = [await own(gateway, nick) for nick in ("last", "lost", "left")]
    for client in (last, lost, left):
        await client.says("JOIN #board")
    await last.says(f"MODE #board {modes}", "PRIVMSG #board :we sell")
    lost.session.lost("Connection lost")
    await left.says("PART #board")
    await last.says("PART #board")
    lost = await own(gateway, "lost", "lost2")
    for client, seen in ((left, []), (lost, ["we sell"]), (last, ["we sell"])):
        await client.says("JOIN #board hat")
        assert await history(client) == seen


async def test_who_was_kicked_was_not_in_it(gateway: MemoryGateway) -> None:
    boss, eve = await gateway.login("boss", CAPS), await gateway.login("eve", CAPS)
    await boss.says("JOIN #board")
    await eve.says("JOIN #board", "PART #board", "JOIN #board")
    await boss.says("PRIVMSG #board :hear, eve", "KICK #board eve", "PART #board")
    await eve.says("JOIN #board")
    assert await history(eve) == []


async def test_an_invited_or_a_new_operator_has_no_right_to_older_things(
    gateway: MemoryGateway,
) -> None:
    """Nor after a RENAME; who was in it has that right then too."""
    boss, eve, guest = [await gateway.login(nick, CAPS) for nick in ("boss", "eve", "guest")]
    await boss.says("JOIN #board", "PRIVMSG #board :we sell", "PART #board")
    await eve.says("JOIN #board", "INVITE guest #board")
    await guest.says("JOIN #board")
    for client in (eve, guest):
        assert await history(client) == []
    await eve.says("RENAME #board #new")
    await boss.says("JOIN #new")
    assert await history(boss, "#new") == ["we sell"]
    assert await history(guest, "#new") == []


async def test_who_quit_and_is_banned_then_sees_nothing_of_it(gateway: MemoryGateway) -> None:
    """Issue 8: "Somebody is banned from a room (474), all leave, the banned one enters and reads by
    CHATHISTORY what was said meanwhile", also who has been in the room before.
    """
    boss, eve = await gateway.login("boss", CAPS), await own(gateway, "eve")
    await boss.says("JOIN #board")
    await eve.says("JOIN #board", "QUIT")
    await boss.says("MODE #board +b a:eve", "PRIVMSG #board :we sell")
    eve = await own(gateway, "eve", "eve2")
    assert "474" in (await eve.says("JOIN #board"))[0]
    await boss.says("PART #board")
    await eve.says("JOIN #board")
    assert await history(eve) == []


async def test_an_operator_takes_back_nothing_of_an_earlier_room(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever enters first when all have left is an operator, of the room that there is now."""
    boss, eve = await gateway.login("boss", CAPS), await gateway.login("eve", CAPS)
    await boss.says("JOIN #board")
    await eve.says("JOIN #board")
    monkeypatch.setattr(gateway.store, "entry", _entry_of(gateway))
    said = await boss.says("PRIVMSG #board :mine")
    msgid = said[-1].partition("msgid=")[2].partition(" ")[0]
    await boss.says("PART #board")
    await eve.says("PART #board", "JOIN #board", f"REDACT #board {msgid}")
    assert await history(eve) == ["mine"]
    await boss.says("JOIN #board", f"REDACT #board {msgid}")
    assert await history(boss) == []


def _entry_of(gateway: MemoryGateway) -> Callable[[str, str], Pending[bytes]]:
    """`Store.entry`: fakeredis answers XRANGE in another form than a link."""
    client: Any = gateway.relay._world.client

    def read(stream: str, entry: str) -> Pending[bytes]:
        found = client.xrange(stream, entry, entry)
        answer: Pending[bytes] = Pending()
        answer.resolve(found[0][1]["e"].encode() if found else b"")
        return answer

    return read


async def test_at_most_a_thousand_are_noted(gateway: MemoryGateway) -> None:
    """ "What a hostile client can make grow" has a bound."""
    boss, eve = await gateway.login("boss"), await gateway.login("eve")
    await boss.says("JOIN #board")
    redis = gateway.relay._world.client
    redis.zadd("chat:room:{#board}:were", {f"g0.{number}": number for number in range(1000)})
    await eve.says("JOIN #board", "PART #board")
    were = redis.zrange("chat:room:{#board}:were", 0, -1)
    assert len(were) == 1000
    assert were[0] == "g0.1"
    assert were[-1] == eve.session.sid
