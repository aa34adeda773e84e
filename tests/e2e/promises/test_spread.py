"""Acts over several rooms: "a gateway hands the event to each of its sessions once" (design, 3)."""

from __future__ import annotations

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS, People, heard

ROOMS = ("#one", "#two", "#three")


@pytest.mark.parametrize(
    ("act", "event"),
    [
        ("NICK alicia", r":alice!\S+ NICK :?alicia"),
        ("AWAY :lunch", r":alice!\S+ AWAY :lunch"),
        ("SETNAME :Alice the Second", r":alice!\S+ SETNAME :Alice the Second"),
        ("QUIT :bye", r":alice!\S+ QUIT :Quit: bye"),
    ],
)
async def test_one_event_for_three_rooms(
    every_engine: Chat, people: People, act: str, event: str
) -> None:
    chat = every_engine
    caps = (*CAPS, "away-notify", "setname")
    alice = await people(chat.g1, "alice", *ROOMS, caps=caps)
    near = await people(chat.g1, "near", *ROOMS, caps=caps)
    far = await people(chat.g2, "far", *ROOMS, caps=caps)
    partly = await people(chat.g2, "partly", ROOMS[1], caps=caps)
    await alice.send(act)
    msgids = set()
    for other in (near, far, partly):
        line = await other.expect(event)
        await other.fence()
        assert len(heard(other, line.command)) == 1, f"{other.nick} hears it once"
        msgids.add(line.tags["msgid"])
    assert len(msgids) == 1, "and it is the same event on both gateways"


async def test_who_shares_no_room_hears_nothing(shared: Chat, people: People) -> None:
    alice = await people(shared.g1, "alice", "#here")
    stranger = await people(shared.g2, "stranger", "#there")
    await alice.send("NICK alicia", "QUIT")
    await alice.expect_closed()
    await stranger.fence()
    assert [line.raw for line in stranger.log if line.nick.startswith("ali")] == []


async def test_a_message_to_several_targets(shared: Chat, people: People) -> None:
    """ISUPPORT TARGMAX=PRIVMSG:4; "ERR_TOOMANYTARGETS (407)" beyond, the first four are served."""
    alice = await people(shared.g1, "alice")
    others = [await people(shared.g2, f"target{i}") for i in range(5)]
    await alice.send("PRIVMSG target0,target1,target2,target3,target4 :hello")
    await alice.expect(" 407 alice target4 ")
    for other in others[:4]:
        await other.expect(r":alice!\S+ PRIVMSG target\d :hello")
    assert heard(others[4], "PRIVMSG") == []
    await others[4].fence()
    assert heard(others[4], "PRIVMSG") == []


async def test_too_many_rooms(people: People, own: Chat) -> None:
    """ "ERR_TOOMANYCHANNELS (405)", counted over all gateways by Redis."""
    alice = await people(own.g1, "alice")
    await alice.send("JOIN " + ",".join(f"#r{i}" for i in range(50)))
    await alice.send("JOIN " + ",".join(f"#r{i}" for i in range(50, 101)))
    await alice.expect(" 405 alice #r100 ")
    assert len(heard(alice, "JOIN")) == 100
    await alice.send("PART #r0", "JOIN #r100")
    await alice.expect(r":alice!\S+ JOIN #r100")
