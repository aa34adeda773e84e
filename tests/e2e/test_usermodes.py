"""User modes. Sentences are of https://modern.ircdocs.horse unless said."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.staff import ask


async def test_query_and_change(connect: Connect) -> None:
    """ "If <modestring> is not given, the RPL_UMODEIS numeric is sent back containing the current
    modes of the target user. If <modestring> is given, the supplied modes will be applied, and a
    MODE message will be sent to the user containing the changed modes."
    """
    alice = await connect("alice")
    assert await ask(alice, "MODE Alice") == [":chat.internal 221 alice +"]
    assert await ask(alice, "MODE alice +iw") == [":alice!~alice@127.0.0.1 MODE alice +iw"]
    assert await ask(alice, "MODE alice +i-w") == [":alice!~alice@127.0.0.1 MODE alice -w"]
    assert await ask(alice, "MODE alice +i") == []
    assert await ask(alice, "MODE alice") == [":chat.internal 221 alice +i"]


async def test_modes_of_others(connect: Connect) -> None:
    """ "If <target> is a nickname that does not exist on the network, the ERR_NOSUCHNICK numeric is
    returned. If <target> is a different nick than the user who sent the command, the
    ERR_USERSDONTMATCH numeric is returned."
    """
    alice, _ = await connect("alice"), await connect("bob")
    for line in ("MODE bob", "MODE bob +i"):
        assert await ask(alice, line) == [
            ":chat.internal 502 alice :Cant change mode for other users"
        ]
    assert await ask(alice, "MODE nobody +i") == [
        ":chat.internal 401 alice nobody :No such nick/channel"
    ]


async def test_unknown_mode(connect: Connect) -> None:
    """ "If one or more modes sent are not implemented on the server, the server MUST apply the
    modes that are implemented, and then send the ERR_UMODEUNKNOWNFLAG in reply along with the MODE
    message."
    """
    alice = await connect("alice")
    assert await ask(alice, "MODE alice +i?x") == [
        ":alice!~alice@127.0.0.1 MODE alice +i",
        ":chat.internal 501 alice :Unknown MODE flag",
    ]


@pytest.mark.parametrize("mode", ["+o", "+Z"])
async def test_nobody_makes_himself_an_operator(connect: Connect, mode: str) -> None:
    """ "If a user attempts to make themselves an operator using the "+o" flag, the attempt SHOULD
    be ignored", https://www.rfc-editor.org/rfc/rfc2812#section-3.1.5
    """
    alice = await connect("alice")
    assert await ask(alice, f"MODE alice {mode}") == []
    assert await ask(alice, "MODE alice") == [":chat.internal 221 alice +"]


async def test_modes_hold_after_a_rename_and_end_with_the_user(connect: Connect) -> None:
    alice, bob = await connect("alice"), await connect("bob")
    await ask(alice, "MODE alice +i")
    await ask(alice, "NICK carol")
    assert await ask(alice, "MODE carol") == [":chat.internal 221 carol +i"]
    assert (await ask(bob, "LUSERS"))[0].endswith(
        " :There are 1 users and 1 invisible on 1 servers"
    )
    await alice.send("QUIT")
    await alice.expect_closed()
    assert (await ask(bob, "LUSERS"))[0].endswith(
        " :There are 1 users and 0 invisible on 1 servers"
    )


# -- i -------------------------------------------------------------------------------------------


async def test_invisible(connect: Connect) -> None:
    """ "Visible users are users who either aren't invisible (user mode +i) or have a common channel
    with the requesting client."
    """
    alice, bob = await connect("alice"), await connect("bob")
    await ask(alice, "MODE alice +i", "JOIN #room")
    end = ":chat.internal 315 bob ali* :End of WHO list"
    row = ":chat.internal 352 bob * ~alice 127.0.0.1 chat.internal alice H :0 alice"
    assert await ask(bob, "WHO ali*") == [end]
    assert await ask(bob, "WHO #room") == [":chat.internal 315 bob #room :End of WHO list"]
    assert await ask(bob, "NAMES #room") == [":chat.internal 366 bob #room :End of /NAMES list"]
    assert not any(" 319 " in line for line in await ask(bob, "WHOIS alice"))
    # "An exact nickname, in which case a single user is returned."
    assert (await ask(bob, "WHO alice"))[0] == row
    await ask(bob, "JOIN #room")
    assert await ask(bob, "WHO ali*") == [row, end]
    assert ":chat.internal 319 bob alice :@#room" in await ask(bob, "WHOIS alice")


# -- B -------------------------------------------------------------------------------------------


async def test_bot_mode(connect: Connect) -> None:
    """ "When a client is marked as a bot, they are given a special numeric as part of their WHOIS
    response, it is indicated in their WHO flags, and servers may include the bot tag on that
    client's outgoing messages." https://ircv3.net/specs/extensions/bot-mode
    """
    robot, bob = await connect("robot"), await connect("bob", caps=("message-tags",))
    plain = await connect("plain")
    assert any(" BOT=B " in line.raw for line in bob.log if line.command == "005")
    # "Server: :robodan!~u@203.0.113.22 MODE robodan +b"
    assert await ask(robot, "MODE robot +B") == [":robot!~robot@127.0.0.1 MODE robot +B"]
    assert ":chat.internal 335 bob robot :is a bot on chatd" in await ask(bob, "WHOIS robot")
    assert (await ask(bob, "WHO robot"))[0].split()[-3] == "HB"
    for client in (bob, plain):
        await ask(client, "JOIN #room")
    # "This tag SHOULD be added by the server to all commands sent by a bot"
    await robot.send("JOIN #room", "PRIVMSG #room :beep", "PRIVMSG bob :boop", "TOPIC #room :b")
    await robot.send("NICK robot2", "AWAY :off", "PART #room")
    await robot.fence()
    for verb in ("JOIN", "PRIVMSG", "PRIVMSG", "NICK", "PART"):
        line = await bob.expect(rf":robot2?!\S+ {verb} ")
        assert line.tags["bot"] == ""
    # "This tag MUST only be sent to users who have requested the message-tags capability."
    assert not any(line.tags for line in await plain.fence())


async def test_a_bot_no_more(connect: Connect) -> None:
    robot, bob = await connect("robot"), await connect("bob", caps=("message-tags",))
    await ask(robot, "MODE robot +B", "MODE robot -B")
    await robot.send("PRIVMSG bob :hi")
    assert "bot" not in (await bob.expect("PRIVMSG")).tags


# -- R -------------------------------------------------------------------------------------------


async def test_only_registered_users_may_write(connect: Connect) -> None:
    """What other servers answer: 477 <client> <target> :text; a NOTICE is never answered."""
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    await carol.send("REGISTER * * :secret")
    await carol.expect(r"REGISTER SUCCESS")
    await carol.fence()  # it is logged in
    await ask(alice, "MODE alice +R")
    text = "Only who is logged in to an account may send to this user (+R)"
    assert await ask(bob, "PRIVMSG alice :hi", "NOTICE alice :hi") == [
        f":chat.internal 477 bob alice :{text}"
    ]
    assert await ask(carol, "PRIVMSG alice :from carol") == []
    heard = [line.raw for line in await alice.fence()]
    assert heard == [":carol!~carol@127.0.0.1 PRIVMSG alice :from carol"]


async def test_accepted_in_spite_of_it(connect: Connect) -> None:
    """ACCEPT, as other servers have it; and who is written to may answer."""
    alice, bob, carol = [await connect(name) for name in ("alice", "bob", "carol")]
    assert await ask(alice, "MODE alice +R", "ACCEPT Bob") == [
        ":alice!~alice@127.0.0.1 MODE alice +R"
    ]
    assert await ask(alice, "ACCEPT") == [
        ":chat.internal 281 alice bob",
        ":chat.internal 282 alice :End of /ACCEPT list",
    ]
    assert await ask(bob, "PRIVMSG alice :hi") == []
    assert (await ask(carol, "PRIVMSG alice :hi"))[0].split()[1] == "477"
    await ask(alice, "PRIVMSG carol :hello")
    assert (await ask(carol, "PRIVMSG alice :hello yourself")) == []
    assert await ask(alice, "ACCEPT -bob,-nobody") == [
        ":chat.internal 458 alice nobody :is not on your accept list"
    ]
    assert (await ask(bob, "PRIVMSG alice :hi"))[0].split()[1] == "477"
