"""Several sessions of one user: what one says the others see, and the user is away with all.

Sentences are of https://ircv3.net/specs/extensions/pre-away and of issue 10: "sent messages on all
sessions (echo-message, znc.in/self-message); away merged".
"""

from __future__ import annotations

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

BACK = "305 alice :You are no longer marked as being away"
AWAY = "306 alice :You have been marked as being away"
ELSEWHERE = "306 alice :This session is marked as being away; another one of yours is not"


async def device(connect: Connect, *caps: str, away: str = "") -> IrcClient:
    """One more session of alice; ``away``: it says so before it is registered."""
    if not away:
        return await connect("alice", (*caps, "sasl"), ("alice", PASSWORD))
    client = await connect.open()
    await client.send("CAP REQ :draft/pre-away sasl", away, "NICK alice", "USER a 0 * :A")
    await client._authenticate("alice", PASSWORD)
    await client.send("CAP END")
    await client.expect(" (422|376) ")
    await client.fence()
    return client


async def leave(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


# -- what one has said ---------------------------------------------------------------------------


@pytest.mark.parametrize("cap", ["znc.in/self-message", "echo-message", ""])
async def test_own_messages_of_another_session(connect: Connect, cap: str) -> None:
    """ ":yournick!youruser@yourhost PRIVMSG othernick :Message you sent" """
    phone = await registered(connect, "alice")
    laptop = await device(connect, *filter(None, [cap]))
    bob = await connect("bob")
    await join(phone, "#room")
    await heard(laptop)
    lines = [f"{command} {to} :hi" for command in ("PRIVMSG", "NOTICE") for to in ("bob", "#room")]
    await ask(phone, *lines, "PRIVMSG alice :to myself")
    assert await heard(laptop) == [f"alice {line}" for line in lines] + [
        "alice PRIVMSG alice :to myself"
    ]
    assert await heard(bob) == ["alice PRIVMSG bob :hi", "alice NOTICE bob :hi"]
    assert await ask(laptop, "PRIVMSG bob :back") == (
        ["alice PRIVMSG bob :back"] if cap == "echo-message" else []
    )
    assert await heard(phone) == ["alice PRIVMSG bob :back"]


# -- away ----------------------------------------------------------------------------------------


async def test_one_session_that_is_there_is_enough(connect: Connect) -> None:
    """ "away merged": others see a user who is there until all sessions are away; then the latest
    text.
    """
    phone, bob = await registered(connect, "alice"), await connect("bob", ("away-notify",))
    await join(bob, "#room")
    await join(phone, "#room")
    laptop = await device(connect)
    await heard(bob)
    assert await ask(phone, "AWAY :on the train") == [ELSEWHERE]
    assert await heard(bob) == []
    assert await ask(bob, "PRIVMSG alice :hi") == []
    await heard(phone), await heard(laptop)
    assert await ask(laptop, "AWAY :asleep") == [AWAY]
    assert await heard(bob) == ["alice AWAY :asleep"]
    assert await ask(bob, "PRIVMSG alice :hi") == ["301 bob alice :asleep"]
    await heard(phone), await heard(laptop)
    assert await ask(phone, "AWAY :in bed too") == [AWAY]
    assert await heard(bob) == ["alice AWAY :in bed too"]
    assert await ask(laptop, "AWAY") == [BACK]
    assert await heard(bob) == ["alice AWAY"]


async def test_a_session_comes_and_goes(connect: Connect) -> None:
    """Whoever logs in is there; when the last that was there quits, the others are away."""
    phone, bob = await registered(connect, "alice"), await connect("bob", ("away-notify",))
    await join(bob, "#room")
    await join(phone, "#room")
    await ask(phone, "AWAY :on the train")
    assert await heard(bob) == ["alice JOIN #room", "alice AWAY :on the train"]
    laptop = await device(connect)
    assert await heard(bob) == ["alice AWAY"]
    await leave(laptop)
    assert await heard(bob) == ["alice AWAY :on the train"]
    await leave(phone)
    assert [line.split(" ")[:2] for line in await heard(bob)] == [["alice", "QUIT"]]
    phone = await device(connect)
    [found, _] = await ask(bob, "WHO alice")
    assert found == "352 bob * ~alice 127.0.0.1 chat.internal alice H :0 alice"


async def test_a_session_that_nobody_looks_at(connect: Connect) -> None:
    """ "an away message of * should be treated as though the connection did not exist at all (for
    example, it should not supersede a human-readable AWAY message set by another connection, even
    if it is more recent)"
    """
    phone, bob = await registered(connect, "alice"), await connect("bob", ("away-notify",))
    await join(bob, "#room")
    await join(phone, "#room")
    await heard(bob)
    fetching = await device(connect, away="AWAY *")
    assert await ask(phone, "AWAY :at lunch") == [AWAY]
    assert await heard(bob) == ["alice AWAY :at lunch"]
    more = await device(connect, away="AWAY *")
    assert await ask(more, "AWAY *") == [AWAY]
    assert await heard(bob) == []
    await leave(more)
    await leave(phone)
    # "indicating that the user is not present for an unspecified reason"
    assert await heard(bob) == ["alice AWAY :*"]
    # "Similarly, AWAY with no parameters indicates that the user is present."
    assert await ask(fetching, "AWAY") == [BACK]
    assert await heard(bob) == ["alice AWAY"]


async def test_it_is_said_before_the_session_is_there(connect: Connect) -> None:
    """Nobody sees a user come back for a moment who logs in to be away."""
    phone, bob = await registered(connect, "alice"), await connect("bob", ("away-notify",))
    await join(bob, "#room")
    await join(phone, "#room")
    await ask(phone, "AWAY :at lunch")
    await heard(bob)
    await device(connect, away="AWAY :Gone to lunch.  Back in 5")
    assert await heard(bob) == ["alice AWAY :Gone to lunch.  Back in 5"]


async def test_who_comes_away_comes(connect: Connect) -> None:
    """ "AWAY pre-registration sets the away message but does not inhibit reporting of the change in
    nickname status, e.g. via monitor"
    """
    bob = await connect("bob", ("away-notify", "extended-monitor"))
    await ask(bob, "MONITOR + carol")
    carol = await connect.open()
    await carol.send("CAP REQ :draft/pre-away", "AWAY *", "NICK carol", "USER c 0 * :C", "CAP END")
    await carol.expect(" (422|376) ")
    await carol.fence()
    assert await heard(bob) == ["730 bob :carol!~c@127.0.0.1", "carol AWAY :*"]
    assert await ask(bob, "PRIVMSG carol :hi") == ["301 bob carol :*"]


async def test_the_nick_changes(connect: Connect) -> None:
    """It is the user's, whatever the nick."""
    phone, bob = await registered(connect, "alice"), await connect("bob")
    laptop = await device(connect)
    await ask(phone, "AWAY :on the train")
    await ask(laptop, "NICK alicia")
    await heard(phone)
    await leave(laptop)
    assert await ask(bob, "PRIVMSG alicia :hi") == ["301 bob alicia :on the train"]
