"""Presence does not lie about rooms either: who comes back with a gateway that was cut off."""

from __future__ import annotations

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, say, wait_for_roster


async def test_who_was_in_a_room_is_let_in_again(mortal: Chat, people: People) -> None:
    """Invite-only, a key and a limit are for who enters; bob, in his own eyes, has never left."""
    alice = await people(mortal.g1, "alice", "#one")
    bob = await people(mortal.g2, "bob", "#one")
    mortal.g2.pause()
    await wait_for_roster(mortal.redis, {"alice"})
    await alice.send("MODE #one +ikl key 1")
    await alice.fence()
    mortal.g2.resume()
    await alice.expect(r":bob!\S+ JOIN #one")
    await say(bob, "#one", "good morning")
    await alice.expect(r":bob!\S+ PRIVMSG #one :good morning")


async def test_who_was_banned_meanwhile_is_told(mortal: Chat, people: People) -> None:
    """Bob is not in the room any more, and does not go on believing it."""
    alice = await people(mortal.g1, "alice", "#one")
    bob = await people(mortal.g2, "bob", "#one", "#two")
    mortal.g2.pause()
    await wait_for_roster(mortal.redis, {"alice"})
    await alice.send("MODE #one +b bob")
    await alice.fence()
    mortal.g2.resume()
    await bob.expect(r":bob!\S+ PART #one :You were banned while the server was cut off")
    await bob.send("PART #one")
    await bob.expect(" 442 bob #one ")
    await say(alice, "#one", "alone")
    assert [line for line in await bob.fence() if "alone" in line.raw] == []
    assert [line.raw for line in await alice.fence() if "JOIN #one" in line.raw] == []
