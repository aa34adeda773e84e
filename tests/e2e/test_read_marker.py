"""MARKREAD. Sentences are of https://ircv3.net/specs/extensions/read-marker."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join
from tests.e2e.conftest import Connect
from tests.e2e.history import CAPS, say
from tests.support.irc import IrcClient

CAP = "draft/read-marker"
EARLIER, LATER = "2019-01-04T14:33:26.123Z", "2020-02-29T23:59:59.999Z"


async def reader(connect: Connect, name: str, *caps: str) -> IrcClient:
    """Somebody with an account; the first session makes it."""
    if any(one.nick == name for one in connect.clients):
        return await connect(name, caps=(*caps, CAP, "sasl"), sasl=(name, PASSWORD))
    client = await connect(name, (*caps, CAP))
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect("REGISTER SUCCESS", unless=" FAIL ")
    await client.fence()  # it is logged in
    await client.fence()
    return client


async def test_set_and_get(connect: Connect) -> None:
    """ "The server MUST reply to a successful MARKREAD client set command using a MARKREAD server
    command", and so to get. Example: ":irc.host MARKREAD #channel timestamp=..."
    """
    alice, bob = await connect("alice", (CAP,)), await connect("Bob")
    await join(alice, "#Room")
    for target, shown in (("#room", "#Room"), ("bob", "Bob")):
        assert await ask(alice, f"MARKREAD {target}") == [f"MARKREAD {shown} *"]
        for line in (f"MARKREAD {target} timestamp={EARLIER}", f"MARKREAD {target}"):
            assert await ask(alice, line) == [f"MARKREAD {shown} timestamp={EARLIER}"]
    # "Servers MUST NOT leak read markers sent by a user to other users"
    assert await heard(bob) == []
    await join(bob, "#room")
    assert await ask(bob, "MARKREAD #room") == ["MARKREAD #Room *"]


async def test_it_only_goes_forwards(connect: Connect) -> None:
    """ "If the provided timestamp is older than the server's stored value, the server MUST reply to
    the client with a MARKREAD command carrying the server's stored value." "it can clamp it between
    the last read timestamp and the current time"
    """
    alice = await connect("alice", (CAP,))
    await join(alice, "#room")
    for at in (LATER, EARLIER, LATER):
        found = await ask(alice, f"MARKREAD #room timestamp={at}")
        assert found == [f"MARKREAD #room timestamp={LATER}"]
    await alice.send("MARKREAD #room timestamp=9999-12-31T23:59:59.999Z")
    stored = (await alice.expect("MARKREAD")).params[1].removeprefix("timestamp=")
    assert datetime.fromisoformat(LATER) < datetime.fromisoformat(stored) <= datetime.now(UTC)


@pytest.mark.parametrize("names", ["", "no-implicit-names"])
async def test_after_a_join(connect: Connect, names: str) -> None:
    """ "after the server sends a server JOIN command to the client for a corresponding channel, the
    server MUST send a MARKREAD command for that channel. The command MUST be sent before the
    RPL_ENDOFNAMES reply"
    """
    alice = await connect("alice", (CAP, names) if names else (CAP,))
    for shown in ("*", f"timestamp={EARLIER}"):
        await alice.send("JOIN #room")
        lines = [line for line in await alice.fence() if line.command != "353"]
        assert [line.command for line in lines] == ["JOIN", "MARKREAD", *(() if names else ["366"])]
        assert lines[1].params == ["#room", shown]
        await ask(alice, f"MARKREAD #room timestamp={EARLIER}", "PART #room")
    bob = await connect("bob")
    assert not [line for line in await join(bob, "#room") if line.startswith("MARKREAD")]


async def test_all_sessions_are_told(connect: Connect) -> None:
    """ "after the last read timestamp of a target changes, the server SHOULD send a MARKREAD
    command for that target to all the clients of the user"
    """
    phone = await reader(connect, "alice")
    await join(phone, "#room")
    await ask(phone, f"MARKREAD #room timestamp={EARLIER}")
    laptop = await reader(connect, "alice")
    await laptop.fence()
    shown = [line.params[-1] for line in laptop.log if line.command in ("MARKREAD", "366")]
    assert shown == [f"timestamp={EARLIER}", "End of /NAMES list"]
    plain = await connect("alice", ("sasl",), sasl=("alice", PASSWORD))
    # the same account under another nick, and somebody else
    elsewhere = await connect("alice2", (CAP, "sasl"), sasl=("alice", PASSWORD))
    bob = await connect("bob", (CAP,))
    for client in (plain, elsewhere, bob, laptop):
        await heard(client)
    line = f"MARKREAD #room timestamp={LATER}"
    assert await ask(phone, line) == [line]
    assert await heard(laptop) == [line]
    assert await heard(elsewhere) == [line]
    assert await heard(plain) == await heard(bob) == []
    # nothing changes, so nobody but the asker is told
    assert await ask(laptop, f"MARKREAD #room timestamp={EARLIER}") == [line]
    assert await heard(phone) == []
    assert await ask(elsewhere, f"MARKREAD bob timestamp={LATER}") == [
        f"MARKREAD bob timestamp={LATER}"
    ]
    assert await heard(phone) == [f"MARKREAD bob timestamp={LATER}"]


async def test_it_is_the_accounts(connect: Connect) -> None:
    """It is there at the next login; a guest has it as long as it is online, and takes it along to
    the account to which it logs in.
    """
    alice = await connect("alice", (CAP,))
    await join(alice, "#room")
    await ask(alice, f"MARKREAD #room timestamp={EARLIER}", f"REGISTER * * :{PASSWORD}")
    await leave(alice)
    alice = await connect("alice", (CAP, "sasl"), sasl=("alice", PASSWORD))
    assert f"MARKREAD #room timestamp={EARLIER}" in await join(alice, "#room")
    bob = await connect("bob", (CAP,))
    await ask(bob, "JOIN #room", f"MARKREAD #room timestamp={EARLIER}")
    await leave(bob)
    bob = await connect("bob", (CAP,))
    assert "MARKREAD #room *" in await join(bob, "#room")


async def test_it_follows_a_room_and_a_person(connect: Connect) -> None:
    """A room has it under its new name, a person under its new nick, or when it is offline."""
    alice, bob = await reader(connect, "alice"), await reader(connect, "bob")
    await join(alice, "#old")
    await ask(alice, f"MARKREAD #old timestamp={EARLIER}", f"MARKREAD bob timestamp={LATER}")
    await ask(alice, "RENAME #old #new")
    assert await ask(alice, "MARKREAD #new") == [f"MARKREAD #new timestamp={EARLIER}"]
    await join(alice, "#old")
    assert await ask(alice, "MARKREAD #old") == ["MARKREAD #old *"]
    await ask(bob, "NICK bobby")
    assert await ask(alice, "MARKREAD bobby") == [f"MARKREAD bobby timestamp={LATER}"]
    await leave(bob)
    assert await ask(alice, "MARKREAD bob") == [f"MARKREAD bob timestamp={LATER}"]
    # a room that has ended and is made anew has the log that it had
    await say_one(alice, "#new")
    await ask(alice, "PART #new")
    assert f"MARKREAD #new timestamp={EARLIER}" in await join(alice, "#new")


async def leave(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


async def say_one(client: IrcClient, room: str) -> None:
    await client.send(f"PRIVMSG {room} :something")
    await client.fence()


async def test_a_time_that_the_server_has_given(connect: Connect) -> None:
    """ "The timestamp MUST correspond to a previous message time tag." """
    alice, bob = await connect("alice", (*CAPS, CAP)), await connect("bob", CAPS)
    await join(alice, "#room")
    await join(bob, "#room")
    [said] = await say(bob, "#room", "hello")
    line = f"MARKREAD #room timestamp={said.tags['time']}"
    assert await ask(alice, line) == [line]
    await alice.send(f"@label=x {line}", "@label=y MARKREAD #room")
    assert (await alice.expect("MARKREAD")).tags["label"] == "x"
    assert (await alice.expect("MARKREAD")).tags["label"] == "y"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS :Missing parameters"),
        ("MARKREAD :", "NEED_MORE_PARAMS :Missing parameters"),
        ("MARKREAD #room *", "INVALID_PARAMS * :Invalid timestamp"),
        ("MARKREAD #room timestamp=", "INVALID_PARAMS timestamp= :Invalid timestamp"),
        ("MARKREAD #room timestamp=*", "INVALID_PARAMS timestamp=* :Invalid timestamp"),
        *(
            (f"MARKREAD #room {text}", f"INVALID_PARAMS {text} :Invalid timestamp")
            for text in (
                EARLIER, f"Timestamp={EARLIER}", "timestamp=2019-01-04T14:33:26Z",
                "timestamp=2019-02-30T14:33:26.123Z", "timestamp=2019-01-04T24:33:26.123Z",
                "timestamp=2019-01-04T14:33:26.123+01:00", "msgid=1-1-abc",
                "timestamp=\u0662019-01-04T14:33:26.123Z",
            )
        ),
        (
            f"MARKREAD #other timestamp={EARLIER}",
            "INVALID_PARAMS #other :You are not in such a room, and nobody has this name",
        ),
        (
            f"MARKREAD nobody timestamp={EARLIER}",
            "INVALID_PARAMS nobody :You are not in such a room, and nobody has this name",
        ),
        (
            f"MARKREAD \u2603 timestamp={EARLIER}",
            "INVALID_PARAMS \u2603 :There can be no such target",
        ),
    ],
)  # fmt: skip
async def test_what_is_refused(connect: Connect, line: str, answer: str) -> None:
    """ "NEED_MORE_PARAMS", "INVALID_PARAMS [invalid_parameters]"; "The timestamp MUST NOT be a
    literal *."
    """
    alice, bob = await connect("alice", (CAP,)), await connect("bob")
    await join(alice, "#room")
    await join(bob, "#other")
    await ask(bob, "MODE #other +s")
    assert await ask(alice, line) == [f"FAIL MARKREAD {answer}"]
    # "If there is no known last read timestamp, the timestamp parameter is a literal *"
    assert await ask(alice, "MARKREAD #other", "MARKREAD nobody", "MARKREAD #nowhere") == [
        "MARKREAD #other *", "MARKREAD nobody *", "MARKREAD #nowhere *"
    ]  # fmt: skip
