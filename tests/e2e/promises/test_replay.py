"""What a device has missed is there when it comes back: in order, once.

Issue 10: "For clients that know none of it: ... a replay at login and JOIN of what this device has
not seen, as server-time lines in a batch where the client can, else with the time in front of the
text; how many lines, and none at all, is the account's and the client's choice".
"""

from __future__ import annotations

import asyncio
import itertools
import re

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS, People, ask, join, numbers, say, texts
from tests.e2e.promises.test_grace import PASSWORD, is_detached, own, sessions
from tests.support.irc import IrcClient
from tests.support.servers import Gateway
from tests.support.wait import wait_until

TIMED = ("server-time", "message-tags", "batch")


async def back(
    people: People, gateway: Gateway, nick: str, login: str = "", caps: tuple[str, ...] = TIMED
) -> IrcClient:
    """The account logs in again; ``login``: NAME@DEVICE+LINES."""
    client = await people(gateway, nick, caps=caps, sasl=(login or nick, PASSWORD))
    await client.fence()
    return client


def said(client: IrcClient, target: str = "") -> list[str]:
    """Texts of the messages that a client has been shown."""
    return texts([line for line in client.log if line.command == "PRIVMSG"
                  and target in ("", line.params[0])])  # fmt: skip


async def quits(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


async def test_what_was_said_while_away_within_the_grace(shared: Chat, people: People) -> None:
    """ "what was missed follows in order, once": of each room and in private, and nothing twice."""
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    rooms = [f"#{nick}-{number}" for number in range(3)]
    anna = await own(people, shared.g1, nick)
    for room in rooms:
        await join(anna, room)
        await join(bob, room)
    await say(bob, rooms[0], "before")
    await say(bob, nick, "hello")
    await anna.fence()
    await anna.close()
    await wait_until(lambda: is_detached(shared, nick), "anna has no connection")
    for number in range(5):
        for room in rooms:
            await say(bob, room, f"{room} {number}")
        await say(bob, nick, f"private {number}")
    anna = await back(people, shared.g2, nick)
    await say(bob, rooms[0], "after")
    await anna.expect("after")
    for room in rooms:
        expected = [f"{room} {number}" for number in range(5)]
        assert said(anna, room) == expected + ["after"] * (room == rooms[0])
    assert said(anna, nick) == [f"private {number}" for number in range(5)]
    replayed = [line for line in anna.log if line.command == "PRIVMSG" and line.text != "after"]
    assert all(line.tags["time"] and line.tags["batch"] for line in replayed)
    batches = [line.params[1:] for line in anna.log if line.command == "BATCH"
               and line.params[0].startswith("+")]  # fmt: skip
    assert sorted(batches) == sorted(
        [["chathistory", bob.nick], *(["chathistory", r] for r in rooms)]
    )


async def test_the_replay_of_a_room_stands_behind_its_names(shared: Chat, people: People) -> None:
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    anna = await own(people, shared.g1, nick)
    await join(anna, f"#{nick}")
    await join(bob, f"#{nick}")
    await anna.close()
    await wait_until(lambda: is_detached(shared, nick), "anna has no connection")
    await say(bob, f"#{nick}", "one")
    anna = await back(people, shared.g2, nick)
    words = [line.command for line in anna.log]
    shown = words[words.index("JOIN") :]
    assert shown[:5] == ["JOIN", "353", "366", "BATCH", "PRIVMSG"]


async def test_who_was_away_for_long_sees_it_at_join(shared: Chat, people: People) -> None:
    """It has quit; the room goes on. At JOIN it sees what it has missed, at the next nothing."""
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    room = f"#{nick}"
    anna = await own(people, shared.g1, nick, "laptop")
    await join(anna, room)
    await join(bob, room)
    await say(bob, room, "heard")
    await anna.expect("heard")
    await quits(anna)
    await say(bob, room, "missed")
    await say(bob, nick, "waits")
    anna = await back(people, shared.g2, nick, f"{nick}@laptop")
    assert said(anna) == ["waits"], "it is not in the room yet"
    await join(anna, room)
    await anna.fence()
    assert said(anna, room) == ["missed"]
    await anna.send(f"PART {room}")
    await say(bob, room, "while away")
    await join(anna, room)
    await anna.fence()
    assert said(anna, room) == ["missed", "while away"]
    await quits(anna)
    anna = await back(people, shared.g1, nick, f"{nick}@laptop")
    await join(anna, room)
    await anna.fence()
    assert said(anna) == []


async def test_each_device_has_its_own_place(shared: Chat, people: People) -> None:
    """A private message is "delivered at its next login, on every device"."""
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    await quits(await own(people, shared.g1, nick, "laptop"))
    await quits(await back(people, shared.g1, nick, f"{nick}@phone"))
    await say(bob, nick, "one")
    laptop = await back(people, shared.g2, nick, f"{nick}@laptop")
    assert said(laptop) == ["one"]
    await quits(laptop)
    await say(bob, nick, "two")
    phone = await back(people, shared.g1, nick, f"{nick}@phone")
    assert said(phone) == ["one", "two"]
    laptop = await back(people, shared.g2, nick, f"{nick}@laptop")
    assert said(laptop) == ["two"]
    tablet = await back(people, shared.g2, nick, f"{nick}@tablet")
    assert said(tablet) == ["one", "two"], "a device that was never here sees what there is"


async def test_a_client_without_server_time_sees_the_time(shared: Chat, people: People) -> None:
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    await quits(await own(people, shared.g1, nick, "old"))
    await say(bob, nick, "hello")
    anna = await back(people, shared.g1, nick, f"{nick}@old", caps=())
    (text,) = said(anna)
    assert re.fullmatch(r"\[\d\d:\d\d\] hello", text)


async def test_how_many_lines_is_a_choice(shared: Chat, people: People) -> None:
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    room = f"#{nick}"
    anna = await own(people, shared.g1, nick)
    await join(bob, room)
    for number in range(5):
        await say(bob, room, str(number))

    async def shown(login: str) -> list[str]:
        client = await back(people, shared.g2, nick, login)
        await join(client, room)
        await client.send(f"PART {room}")
        await client.fence()
        await quits(client)
        return said(client, room)

    assert await shown(f"{nick}@one+2") == ["3", "4"]
    assert await shown(f"{nick}@two+0") == []
    await anna.send("ACCOUNT SET REPLAY 3")
    await anna.expect("NOTICE .* REPLAY is 3")
    assert await shown(f"{nick}@three") == ["2", "3", "4"]
    assert await shown(f"{nick}@four+1") == ["4"]
    for wrong in ("REPLAY 1001", "REPLAY -1", "REPLAY x", "ALWAYS-ON 2", "NOTHING 1"):
        await anna.send(f"ACCOUNT SET {wrong}")
        await anna.expect("INVALID_VALUE")


async def test_clients_that_ask_are_shown_nothing(shared: Chat, people: People) -> None:
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    await quits(await own(people, shared.g1, nick, "web"))
    await say(bob, nick, "hello")
    for cap in ("draft/chathistory", "znc.in/playback"):
        anna = await back(people, shared.g1, nick, f"{nick}@web", caps=(*TIMED, cap))
        assert said(anna) == []
        await anna.close()


async def test_a_client_that_knows_playback_and_does_not_ask(shared: Chat, people: People) -> None:
    """ "how many lines ... is ... the client's choice (`NAME@DEVICE` in login or `PASS`)": whoever
    names them is shown them. The Lounge asks *playback only when a window is new, from 0.
    """
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}")
    anna = await own(people, shared.g1, nick, "lounge")
    await join(anna, f"#{nick}")
    await join(bob, f"#{nick}")
    await anna.close()
    await wait_until(lambda: is_detached(shared, nick), "anna has no connection")
    await say(bob, nick, "hello")
    await say(bob, f"#{nick}", "all")
    caps = (*TIMED, "znc.in/playback")
    anna = await back(people, shared.g1, nick, f"{nick}@lounge+50", caps=caps)
    await anna.send(f"ZNC *playback PLAY {bob.nick} 0", f"ZNC *playback PLAY #{nick} 0")
    await anna.fence()
    assert (said(anna, nick), said(anna, f"#{nick}")) == (["hello"], ["all"])


async def test_what_is_said_during_the_replay_comes_behind_it(shared: Chat, people: People) -> None:
    """In order, once: others talk while a client is shown 20 rooms with 50 lines each."""
    nick, bob = f"anna{next(numbers)}", await people(shared.g2, f"bob{next(numbers)}", caps=CAPS)
    rooms = [f"#{nick}-{number}" for number in range(20)]
    anna = await own(people, shared.g1, nick)
    for room in rooms:
        await join(anna, room)
        await join(bob, room)
    await anna.close()
    await wait_until(lambda: is_detached(shared, nick), "anna has no connection")
    count = {room: itertools.count() for room in (*rooms, nick)}
    for _ in range(50):
        await bob.send(*(f"PRIVMSG {to} :{to} {next(number)}" for to, number in count.items()))
    await bob.fence()
    anna = await people.stranger(shared.g1)
    welcome = anna.register(nick, TIMED, (nick, PASSWORD))

    async def talk() -> None:
        for _ in range(30):
            await bob.send(*(f"PRIVMSG {to} :{to} {next(number)}" for to, number in count.items()))
            await bob.fence()

    await asyncio.gather(welcome, talk())
    await anna.fence()
    for to in (*rooms, nick):
        assert said(anna, to) == [f"{to} {number}" for number in range(80)], to


async def test_who_comes_back_before_the_lease_is_over(patient: Chat, people: People) -> None:
    """Its gateway is dead and nobody knows it yet: what was said since is told all the same."""
    bob, anna = await people(patient.g2, "bob"), await own(people, patient.g1, "anna")
    other = await back(people, patient.g1, "anna")
    for client in (anna, bob):
        await join(client, "#room")
    await say(bob, "#room", "before")
    await other.expect("before")
    await other.fence()  # its gateway has noted that it has told it

    async def all_taken() -> bool:
        """Of no session Redis knows less than of the gateway: what it was shown at its login."""
        keys = [f"chat:{{chat:online}}:session:{sid}" for sid in await sessions(patient, "anna")]
        return not any([await ask(patient.redis, "HEXISTS", key, "heard") for key in keys])

    await wait_until(all_taken, "the kernel has taken all, and the gateway has noted it")
    patient.g1.kill9()
    for text in ("one", "two"):
        await say(bob, "#room", text)
    anna = await back(people, patient.g2, "anna")
    assert said(anna) == ["one", "two"]

    async def both_wait() -> bool:
        return sorted((await sessions(patient, "anna")).values()) == ["*", "*", patient.g2.id]

    await wait_until(both_wait, "the lease of the dead gateway is over")
    await say(bob, "#room", "three")
    other = await back(people, patient.g2, "anna")
    assert said(other) == ["one", "two", "three"], "the other one had not come yet"
    there = sorted((await sessions(patient, "anna")).values())
    assert there == ["*", *[patient.g2.id] * 2]
