"""znc.in/playback. Sentences are of https://wiki.znc.in/Playback."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.history import over, raws, say
from tests.support.irc import IrcClient, Line

PLAIN = ("batch", "server-time", "znc.in/playback")
ALL = (*PLAIN, "message-tags", "echo-message", "labeled-response")


def seconds(line: Line) -> str:
    """When it was said: "seconds (floating point for millisecond precision)"."""
    return f"{datetime.fromisoformat(line.tags['time']).timestamp():.3f}"


async def play(client: IrcClient, words: str) -> dict[str, list[str]]:
    """What is sent for each buffer, in its order."""
    await client.send(f"PRIVMSG *playback :PLAY {words}")
    played: dict[str, list[str]] = {}
    open_batch, buffer = "", ""
    for line in await client.fence():
        if line.command == "BATCH" and line.params[0][0] == "+":
            assert not open_batch
            open_batch, kind, buffer = line.params[0][1:], *line.params[1:]
            assert kind == "znc.in/playback"
            played[buffer] = []
        elif line.command == "BATCH":
            assert line.params == [f"-{open_batch}"]
            open_batch = ""
        else:
            assert line.tags["batch"] == open_batch
            played[buffer].append(line.raw.replace(f"batch={open_batch};", "", 1))
    return played


async def listed(client: IrcClient, words: str = "") -> list[list[str]]:
    await client.send(f"PRIVMSG *playback :LIST {words}".rstrip())
    lines = await client.fence()
    source = "*playback!playback@chat.internal"
    assert all(line.source == source and line.command == "PRIVMSG" for line in lines)
    return [line.text.split() for line in lines]


async def conversation(connect: Connect) -> tuple[IrcClient, IrcClient, list[Line], list[Line]]:
    """Alice, Bob, what they have said in a room, and to each other."""
    alice, bob = await connect("alice", ALL), await connect("Bob", ALL)
    await alice.send("JOIN #Room,#quiet")
    await alice.fence()
    await bob.send("JOIN #room")
    await bob.fence()
    in_room = await say(bob, "#room", "one", "two", "three")
    direct = await say(bob, "alice", "psst")
    direct += await say(alice, "bob", "yes")
    await bob.fence()
    await alice.fence()
    return alice, bob, in_room, direct


async def test_everything(connect: Connect) -> None:
    """ "it may request the module to play all buffers, starting from 0 (first connect) or the the
    timestamp of the latest received message (consecutive reconnects)"
    """
    alice, _, in_room, direct = await conversation(connect)
    everything = {"#Room": raws(in_room), "Bob": raws(direct)}
    assert await play(alice, "* 0") == everything
    assert list(await play(alice, "*")) == ["#Room", "Bob"], "channels come first"
    assert await play(alice, f"* {seconds(in_room[0])}") == {
        "#Room": raws(in_room[1:]), "Bob": raws(direct),
    }  # fmt: skip
    assert await play(alice, f"* {seconds(in_room[2])}") == {"Bob": raws(direct)}
    assert await play(alice, f"* {seconds(direct[1])}") == {}


async def test_up_to_a_time(connect: Connect) -> None:
    """ "starting from and ending to a certain point of time" """
    alice, _, in_room, _ = await conversation(connect)
    first, second = seconds(in_room[0]), seconds(in_room[1])
    assert await play(alice, f"* 0 {second}") == {"#Room": raws(in_room[:2])}
    assert await play(alice, f"* {first} {second}") == {"#Room": raws(in_room[1:2])}
    assert await play(alice, f"* {second} {first}") == {}


async def test_some_buffers(connect: Connect) -> None:
    """ "the first argument is a comma-separated list of channels (supports wildcards)" """
    alice, _, in_room, direct = await conversation(connect)
    room, bob = {"#Room": raws(in_room)}, {"Bob": raws(direct)}
    assert await play(alice, "#ROOM 0") == room
    assert await play(alice, "#r* 0") == room
    assert await play(alice, "#*,BOB 0") == {**room, **bob}
    assert await play(alice, "bob,#room,#room 0") == {**room, **bob}
    assert await play(alice, "#quiet,#nowhere,nobody,:,#,,☕ 0") == {}
    assert await play(alice, f"bob {seconds(direct[0])}") == {"Bob": raws(direct[1:])}


async def test_only_what_one_may_see(connect: Connect) -> None:
    _, _, _, _ = await conversation(connect)
    eve = await connect("eve", ALL)
    await eve.send("JOIN #other")
    await eve.fence()
    assert await play(eve, "* 0") == {}
    assert await play(eve, "#room,bob,alice 0") == {}
    assert await listed(eve) == []


async def test_the_time_is_always_there(connect: Connect) -> None:
    """ "The module injects a server time tag (in millisecond precision) to each message sent" """
    alice, bob = await connect("alice", ("znc.in/playback",)), await connect("bob", ALL)
    await alice.send("JOIN #room")
    await alice.fence()
    await bob.send("JOIN #room")
    [line] = await say(bob, "#room", "hi")
    await alice.fence()
    await alice.send("PRIVMSG *playback :PLAY * 0")
    [played] = await alice.fence()
    assert played.raw == f"@time={line.tags['time']} :bob!~bob@127.0.0.1 PRIVMSG #room :hi"


async def test_own_messages_are_for_who_knows_them(connect: Connect) -> None:
    """Of a conversation; in a room everybody hears them."""
    _, bob, _, direct = await conversation(connect)
    await bob.send("CAP REQ -echo-message")
    await bob.fence()
    assert await play(bob, "alice 0") == {"alice": raws(direct[1:])}


async def test_messages_and_nothing_else(connect: Connect) -> None:
    alice, bob, in_room, _ = await conversation(connect)
    await bob.send(
        "PRIVMSG #room :\x01VERSION\x01", "@+x=1 TAGMSG #room", "TOPIC #room :x", "PART #room"
    )
    await bob.fence()
    await alice.fence()
    assert await play(alice, "#room 0") == {"#Room": raws(in_room)}


async def test_the_list(connect: Connect) -> None:
    """ "The module outputs a list of available buffers": name, first and last timestamp."""
    alice, _, in_room, direct = await conversation(connect)
    room = ["#Room", seconds(in_room[0]), seconds(in_room[2])]
    bob = ["Bob", seconds(direct[0]), seconds(direct[1])]
    assert await listed(alice) == await listed(alice, "*") == [room, bob]
    assert await listed(alice, "#*") == await listed(alice, "#room,x") == [room]
    assert await listed(alice, "BOB") == [bob]


async def test_clearing(connect: Connect) -> None:
    """ "It is also possible to selectively clear playback buffers": for all sessions of the
    account, and for nobody else.
    """
    alice, bob, _, direct = await conversation(connect)
    await alice.send("PRIVMSG *playback :CLEAR *")
    [line] = await alice.fence()
    assert line.text == "Only who is logged in to an account can clear"
    await alice.send("REGISTER * * sesame")
    await alice.expect("REGISTER SUCCESS")
    await alice.fence()  # it is logged in
    await alice.fence()
    await alice.send("PRIVMSG *playback :CLEAR #ROOM,#nowhere")
    assert await alice.fence() == []
    await over(direct[-1])
    assert await play(alice, "* 0") == {"Bob": raws(direct)}
    assert await play(alice, "#room 0") == {}
    assert [row[0] for row in await listed(alice)] == ["Bob"]
    assert list(await play(bob, "* 0")) == ["#Room", "alice"]
    await say(bob, "alice", "old")
    await alice.send("PRIVMSG *playback :CLEAR b?b")
    await alice.fence()
    await over(direct[-1])
    [in_room] = await say(bob, "#room", "new")
    [new] = await say(bob, "alice", "new")
    await alice.fence()
    after = {"#Room": [in_room.raw], "Bob": [new.raw]}
    assert await play(alice, "* 0") == after
    assert await play(alice, "bob,#room 0") == await play(alice, "bob,#room,x 0") == after
    assert await listed(alice) == [
        [name, seconds(line), seconds(line)] for name, line in (("#Room", in_room), ("Bob", new))
    ]
    await alice.send("PRIVMSG *playback :CLEAR *")
    await alice.fence()
    assert await play(alice, "* 0") == {}
    assert await listed(alice) == []


async def test_as_a_command(connect: Connect) -> None:
    """ "/znc *playback PLAY <buffer(s)> [from] [to]" """
    alice, _, in_room, _ = await conversation(connect)
    for line in "ZNC *playback PLAY #room 0", "ZNC *playback :play #room 0":
        await alice.send(line)
        lines = await alice.fence()
        assert [line.text for line in lines[1:-1]] == [line.text for line in in_room]
    await alice.send("ZNC *status :help", "ZNC : ")
    assert [line.command for line in await alice.fence()] == ["401", "401"]


async def test_the_capability_must_be_negotiated(connect: Connect) -> None:
    """401: to whom has not asked for it *playback is nobody."""
    alice = await connect("alice")
    await alice.send("PRIVMSG *playback :PLAY * 0", "ZNC *playback PLAY * 0")
    assert raws(await alice.fence()) == [
        ":chat.internal 401 alice *playback :No such nick/channel",
        ":chat.internal 421 alice ZNC :Ask for the capability znc.in/playback first",
    ]


@pytest.mark.parametrize(
    "text", ["", "x", "PLAY", "PLAY * 0 0 0", "LIST * *", "CLEAR", "CLEAR * *"]
)
async def test_what_is_not_understood_is_answered(connect: Connect, text: str) -> None:
    alice = await connect("alice", ALL)
    await alice.send(f"ZNC *playback :{text}")
    assert [line.text.split()[0] for line in await alice.fence()] == ["PLAY", "CLEAR", "LIST"]


@pytest.mark.parametrize("moment", ["x", "nan", "inf", "-1", "1e9", "٣", "." * 50, "0" * 300, "0."])
async def test_odd_times_are_zero(connect: Connect, moment: str) -> None:
    """The module reads a number, and what is none is 0."""
    alice, _, in_room, _ = await conversation(connect)
    assert await play(alice, f"#room {moment}") == {"#Room": raws(in_room)}
    assert await play(alice, f"#room 0 {moment}") == {}
    assert await play(alice, f"#room {'9' * 300}") == {}
    assert await play(alice, f"#room 0 {'9' * 300}.999") == {"#Room": raws(in_room)}


async def test_questions_are_answered_one_after_the_other(connect: Connect) -> None:
    alice, _, _, _ = await conversation(connect)
    await alice.send(*["PRIVMSG *playback :PLAY * 0"] * 50)
    lines = [line for line in await alice.fence() if line.command == "BATCH"]
    assert len(lines) == 200
    starts, ends = lines[::2], lines[1::2]
    assert [line.params[0][1:] for line in starts] == [line.params[0][1:] for line in ends]


async def test_a_label(connect: Connect) -> None:
    alice, _, _, _ = await conversation(connect)
    await alice.send("@label=a PRIVMSG *playback :PLAY #quiet 0")
    assert raws(await alice.fence()) == ["@label=a :chat.internal ACK"]
    await alice.send("@label=b PRIVMSG *playback :PLAY #room 0")
    start, *_ = await alice.fence()
    assert (start.tags["label"], start.params[1:]) == ("b", ["znc.in/playback", "#Room"])


async def test_nothing_is_heard_twice(connect: Connect) -> None:
    """A client that comes back asks with the time of the last message that it has."""
    alice, bob, in_room, _ = await conversation(connect)
    await over(in_room[-1])
    last = (await say(bob, "#room", "live"))[0]
    await alice.expect("live")
    assert await play(alice, f"#room {seconds(last)}") == {}
