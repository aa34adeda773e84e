"""MODE of rooms: flags, parameters, who may. Sentences are of https://modern.ircdocs.horse."""

from __future__ import annotations

import pytest

from tests.e2e.asking import ask, heard, join, registered
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient


async def room_of_two(connect: Connect, name: str = "#room") -> tuple[IrcClient, IrcClient]:
    """An operator and a member."""
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, name)
    await join(bob, name)
    await alice.fence()
    return alice, bob


async def test_the_tokens(connect: Connect) -> None:
    alice = await connect("alice")
    tokens = {word for line in alice.log if line.command == "005" for word in line.params[1:-1]}
    assert tokens >= {
        "CHANMODES=beI,k,fl,CMRUimnpst",
        "PREFIX=(qaohv)~&@%+",
        "STATUSMSG=~&@%+",
        "MODES=12",
        "MAXLIST=beI:100",
        "EXCEPTS=e",
        "INVEX=I",
        "EXTBAN=,Uam",
        "ACCOUNTEXTBAN=a,account",
        "KEYLEN=32",
    }
    [about] = [line for line in alice.log if line.command == "004"]
    assert about.params[4:] == ["CIMRUabefhiklmnopqstv", "Iabefhkloqv"]


async def test_the_modes_of_a_new_room(connect: Connect) -> None:
    """ "newly-created channels have then protected topic and no external messages modes" """
    alice, bob = await room_of_two(connect)
    for client in (alice, bob):
        name = client.nick
        shown, created = await ask(client, "MODE #Room")
        assert shown == f"324 {name} #room +nt"
        # "Servers SHOULD also return the RPL_CREATIONTIME numeric following RPL_CHANNELMODEIS."
        assert created.startswith(f"329 {name} #room 1")


async def test_flags(connect: Connect) -> None:
    """ "a MODE command is sent to all members of the channel containing the mode changes" """
    alice, bob = await room_of_two(connect)
    assert await ask(alice, "MODE #room +imps-t") == ["alice MODE #room +imps-t"]
    assert await heard(bob) == ["alice MODE #room +imps-t"]
    # what is so already is no change
    assert await ask(alice, "MODE #room +i-t+C") == ["alice MODE #room +C"]
    assert (await ask(alice, "MODE #room"))[0] == "324 alice #room +Cimnps"
    assert await ask(alice, "MODE #room -Cimnps") == ["alice MODE #room -Cimnps"]
    assert (await ask(alice, "MODE #room"))[0] == "324 alice #room +"


async def test_many_changes_at_once(connect: Connect) -> None:
    """Flags, lists, parameters and members, each with its argument in turn."""
    alice, bob = await room_of_two(connect)
    line = "MODE #room +mlk-t+bv-o 10 secret x!y@z bob alice"
    change = "alice MODE #room +mlk-t+bv-o 10 secret x!y@z bob alice"
    assert await ask(alice, line) == [change]
    assert await heard(bob) == [change]
    assert (await ask(bob, "MODE #room"))[0] == "324 bob #room +klmn secret 10"


async def test_changes_are_split_to_the_length_of_a_line(connect: Connect) -> None:
    alice, bob = await room_of_two(connect)
    masks = [f"{letter * 60}!*@*" for letter in "abcdefghijklmn"]
    await ask(alice, f"MODE #room +bbbbbbb {' '.join(masks[:7])}")
    await ask(alice, f"MODE #room +bbbbbbb {' '.join(masks[7:])}")
    await bob.fence()
    # 7 masks of 64 bytes and 14 letters: with the source more than 512 bytes in one line
    lines = await ask(alice, f"MODE #room -{'b' * 7} {' '.join(masks[:7])}")
    assert len(lines) == 1
    await ask(alice, f"MODE #room +{'b' * 7} {' '.join(mask for mask in masks[:7])}")
    await ask(alice, "MODE #room +" + "b" * 20 + " " + " ".join(f"n{i}" for i in range(20)))
    changes = [line for line in await bob.fence() if line.command == "MODE"]
    assert all(len(f"{line.raw}\r\n".encode()) <= 512 for line in changes)
    # "A server MAY however issue more": no line of ours has more than MODES= says
    assert [len(line.params) - 2 for line in changes] == [7, 7, 12, 8]


async def test_a_letter_that_is_no_mode(connect: Connect) -> None:
    """ "Indicates that a mode character used by a client is not recognized by the server." """
    alice, bob = await room_of_two(connect)
    assert await ask(alice, "MODE #room +mZY-Z") == [
        "alice MODE #room +m",
        "472 alice Z :is unknown mode char to me",
        "472 alice Y :is unknown mode char to me",
    ]
    assert await heard(bob) == ["alice MODE #room +m"]


async def test_without_right(connect: Connect) -> None:
    """ "the server MUST NOT process the message, and ERR_CHANOPRIVSNEEDED numeric is returned" """
    alice, bob = await room_of_two(connect)
    carol = await connect("carol")
    refused = "#room :You're not channel operator"
    assert await ask(bob, "MODE #room +m-t+bo x alice") == [f"482 bob {refused}"]
    assert await ask(carol, "MODE #room +m") == [f"482 carol {refused}"]
    assert await heard(alice) == []
    # "If <target> is a channel that does not exist on the network, ERR_NOSUCHCHANNEL"
    assert await ask(bob, "MODE #none +m") == ["403 bob #none :No such channel"]
    assert await ask(bob, "MODE #none") == ["403 bob #none :No such channel"]


# -- members -------------------------------------------------------------------------------------


async def test_member_modes(connect: Connect) -> None:
    alice, bob = await room_of_two(connect)
    assert await ask(alice, "MODE #room +v BOB") == ["alice MODE #room +v bob"]
    assert (await ask(bob, "NAMES #room"))[0] in (
        "353 bob = #room :@alice +bob",
        "353 bob = #room :+bob @alice",
    )
    # "Returned when a client tries to perform a channel+nick affecting command, when the nick
    # isn't joined to the channel (for example, MODE #channel +o nick)."
    await connect("carol")
    assert await ask(alice, "MODE #room +o carol") == [
        "441 alice carol #room :They aren't on that channel"
    ]
    assert await ask(alice, "MODE #room +o nobody") == ["401 alice nobody :No such nick/channel"]
    assert await ask(alice, "MODE #room +o bob") == ["alice MODE #room +o bob"]
    assert await ask(bob, "MODE #room -o alice") == ["bob MODE #room -o alice"]
    assert await ask(alice, "MODE #room +m") == ["482 alice #room :You're not channel operator"]


@pytest.mark.parametrize(
    ("rank", "may", "may_not"),
    [
        ("h", ("+v carol", "-v carol", "+b x", "+im"), ("+h carol", "+o carol", "+k x", "+s")),
        ("o", ("+h carol", "-h carol", "+o carol", "+k x"), ("+a carol", "+q carol")),
        ("v", ("-v bob",), ("+v carol", "+m")),
    ],
)
async def test_who_may_do_what(
    connect: Connect, rank: str, may: tuple[str, ...], may_not: tuple[str, ...]
) -> None:
    alice, bob = await room_of_two(connect)
    carol = await connect("carol")
    await join(carol, "#room")
    await ask(alice, f"MODE #room +{rank} bob")
    for change in may_not:
        [line] = await ask(bob, f"MODE #room {change}")
        assert line == "482 bob #room :You're not channel operator", change
    for change in may:
        [line] = await ask(bob, f"MODE #room {change}")
        assert line.startswith("bob MODE #room "), change


async def test_a_half_operator_does_not_depose_an_operator(connect: Connect) -> None:
    """Nobody takes anything from who is above."""
    alice, bob = await room_of_two(connect)
    await ask(alice, "MODE #room +v alice", "MODE #room +h bob")
    assert await ask(bob, "MODE #room -v alice") == ["482 bob #room :You're not channel operator"]


async def test_everybody_may_step_down(connect: Connect) -> None:
    alice, bob = await room_of_two(connect)
    await ask(alice, "MODE #room +h bob")
    assert await ask(bob, "MODE #room -h bob") == ["bob MODE #room -h bob"]


# -- parameters ----------------------------------------------------------------------------------


async def test_a_parameter_that_is_missing(connect: Connect) -> None:
    """ "If a type B or C mode does not have a parameter when being set, the server MUST ignore
    that mode." """
    alice, _ = await room_of_two(connect)
    missing = "* :A parameter is missing"
    assert await ask(alice, "MODE #room +kmlo") == [
        "alice MODE #room +m",
        f"696 alice #room k {missing}",
        f"696 alice #room l {missing}",
        f"696 alice #room o {missing}",
    ]


async def test_the_key_is_for_members(connect: Connect) -> None:
    """ "Servers MAY choose to hide sensitive information such as channel keys" """
    alice, bob = await room_of_two(connect)
    carol = await connect("carol")
    assert await ask(alice, "MODE #room +kl sesame 7") == ["alice MODE #room +kl sesame 7"]
    assert (await ask(bob, "MODE #room"))[0] == "324 bob #room +klnt sesame 7"
    assert (await ask(carol, "MODE #room"))[0] == "324 carol #room +klnt * 7"
    # "These modes MUST always have a parameter."
    assert await ask(alice, "MODE #room -k whatever") == ["alice MODE #room -k sesame"]
    # "MUST NOT have a parameter when being unset"
    assert await ask(alice, "MODE #room -l") == ["alice MODE #room -l"]


@pytest.mark.parametrize("key", ["two words", "a,b", "x" * 33, ":colon", "", "\x02bold"])
async def test_a_key_that_cannot_be(connect: Connect, key: str) -> None:
    """ "If the value is invalid, they SHOULD return ERR_INVALIDMODEPARAM" """
    alice, _ = await room_of_two(connect)
    [line] = await ask(alice, f"MODE #room +k :{key}")
    assert line.startswith("696 alice #room k * :A key has 1 to 32 bytes")


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "1.5", "9" * 30, "²"])
async def test_a_limit_that_cannot_be(connect: Connect, limit: str) -> None:
    """ "its value is an integer and defines the limit of how many clients may be joined" """
    alice, _ = await room_of_two(connect)
    assert await ask(alice, f"MODE #room +l {limit}") == [
        f"696 alice #room l {limit} :A limit is a number from 1 to 1000000"
    ]


# -- speaking ------------------------------------------------------------------------------------


async def test_moderated(connect: Connect) -> None:
    """ "only users who have channel privileges may send messages to that channel" """
    alice, bob = await room_of_two(connect)
    await ask(alice, "MODE #room +m")
    await bob.fence()
    text = "Cannot send to channel (+m): only members with a prefix speak"
    assert await ask(bob, "PRIVMSG #room :hi") == [f"404 bob #room :{text}"]
    # "they must not send any error back to the client" (NOTICE)
    assert await ask(bob, "NOTICE #room :hi") == []
    assert await heard(alice) == []
    await ask(alice, "MODE #room +v bob")
    assert await ask(bob, "PRIVMSG #room :hi") == []
    assert await heard(alice) == ["bob PRIVMSG #room :hi"]


async def test_no_messages_from_outside(connect: Connect) -> None:
    """ "users MUST be joined to the channel in order to send private messages and notices" """
    alice, _ = await room_of_two(connect)
    carol = await connect("carol")
    text = "Cannot send to channel (+n): only members speak"
    assert await ask(carol, "PRIVMSG #room :hi") == [f"404 carol #room :{text}"]
    await ask(alice, "MODE #room -n")
    assert await ask(carol, "PRIVMSG #room :hi") == []
    assert await heard(alice) == ["carol PRIVMSG #room :hi"]


async def test_no_ctcp(connect: Connect) -> None:
    """CTCP is refused, "except CTCP Action (also known as /me)"."""
    alice, bob = await room_of_two(connect)
    await ask(alice, "MODE #room +C")
    await bob.fence()
    assert await ask(bob, "PRIVMSG #room :\x01ACTION waves\x01") == []
    text = "Cannot send to channel (+C): no CTCP but ACTION"
    assert await ask(bob, "PRIVMSG #room :\x01PING 1\x01") == [f"404 bob #room :{text}"]
    assert await heard(alice) == ["bob PRIVMSG #room :\x01ACTION waves\x01"]


async def test_moderated_for_the_unregistered(connect: Connect) -> None:
    """+M: who has no account needs a prefix."""
    alice, bob = await room_of_two(connect)
    carol = await registered(connect, "carol")
    await join(carol, "#room")
    await ask(alice, "MODE #room +M")
    await bob.fence()
    assert (await ask(bob, "PRIVMSG #room :hi"))[0].startswith("404 bob #room :Cannot send")
    await alice.fence()
    assert await ask(carol, "PRIVMSG #room :hello") == []
    assert await heard(alice) == ["carol PRIVMSG #room :hello"]
    assert (await ask(alice, "MODE #room +v bob")) == ["alice MODE #room +v bob"]
    assert await ask(bob, "PRIVMSG #room :hi again") == []
    assert await heard(alice) == ["bob PRIVMSG #room :hi again"]


async def test_operator_moderated(connect: Connect) -> None:
    """+U: what members without a prefix say is heard by the operators only."""
    alice, bob = await room_of_two(connect)
    carol, dora = await connect("carol", caps=("echo-message",)), await connect("dora")
    await join(carol, "#room")
    await join(dora, "#room")
    await ask(alice, "MODE #room +Um", "MODE #room +h dora")
    for client in (bob, carol, dora):
        await client.fence()
    assert await ask(carol, "PRIVMSG #room :psst") == ["carol PRIVMSG #room :psst"]
    assert await heard(alice) == ["carol PRIVMSG #room :psst"]
    assert await heard(dora) == ["carol PRIVMSG #room :psst"]
    assert await heard(bob) == []
    await ask(alice, "MODE #room +v carol")
    await ask(carol, "PRIVMSG #room :aloud")
    assert "carol PRIVMSG #room :aloud" in await heard(bob)


async def test_topic_by_operators(connect: Connect) -> None:
    """ "users must have channel privileges such as halfop or operator status in order to change
    the topic" """
    alice, bob = await room_of_two(connect)
    assert await ask(bob, "TOPIC #room :mine") == ["482 bob #room :You're not channel operator"]
    await ask(alice, "MODE #room +v bob")
    await bob.fence()
    assert await ask(bob, "TOPIC #room :mine") == ["482 bob #room :You're not channel operator"]
    await ask(alice, "MODE #room +h bob")
    assert "bob TOPIC #room mine" in [
        line.replace(" :", " ") for line in await ask(bob, "TOPIC #room :mine")
    ]


# -- secrecy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "symbol"), [("s", "@"), ("p", "*")])
async def test_hidden_rooms(connect: Connect, mode: str, symbol: str) -> None:
    """ "A channel that is set to secret will not show up in responses to the LIST or NAMES command
    unless the client sending the command is joined to the channel." """
    alice, bob = await room_of_two(connect)
    carol = await connect("carol")
    await ask(alice, f"MODE #room +{mode}", "TOPIC #room :ours")
    await bob.fence()
    # "("@", 0x40) - Secret channel", "("*", 0x2A) - Private channel"
    assert (await ask(bob, "NAMES #room"))[0].startswith(f"353 bob {symbol} #room :")
    assert await ask(carol, "NAMES #room") == ["366 carol #room :End of /NAMES list"]
    assert [line for line in await ask(bob, "LIST") if line.startswith("322")] == [
        "322 bob #room 2 :ours"
    ]
    assert [line for line in await ask(carol, "LIST") if line.startswith("322")] == []
    assert [line for line in await ask(carol, "LIST #room") if line.startswith("322")] == []
    # "If the client sending this command is not joined to the given channel, and tries to view
    # its' topic, the server MAY return the ERR_NOTONCHANNEL numeric"
    assert await ask(carol, "TOPIC #room") == ["442 carol #room :You're not on that channel"]
    assert [line for line in await ask(carol, "WHOIS alice") if line.startswith("319")] == []
    assert [line for line in await ask(bob, "WHOIS alice") if line.startswith("319")] == [
        "319 bob alice :@#room"
    ]
    assert [line for line in await ask(carol, "WHO #room") if line.startswith("352")] == []


# -- status messages -----------------------------------------------------------------------------


async def test_status_messages(connect: Connect) -> None:
    """STATUSMSG: "the message should only be sent to users with the given channel status prefix
    or higher" """
    alice, bob = await room_of_two(connect)
    carol, dora = await connect("carol", caps=("echo-message",)), await connect("dora")
    await join(carol, "#room")
    await join(dora, "#room")
    await ask(alice, "MODE #room +v bob")
    for client in (alice, bob, carol, dora):
        await client.fence()
    assert await ask(carol, "PRIVMSG @#Room :help") == ["carol PRIVMSG @#Room :help"]
    assert await heard(alice) == ["carol PRIVMSG @#Room :help"]
    assert await heard(bob) == []
    await ask(carol, "NOTICE +#room :hear")
    assert await heard(alice) == ["carol NOTICE +#room :hear"]
    assert await heard(bob) == ["carol NOTICE +#room :hear"]
    assert await heard(dora) == []
    # who has a prefix only since a moment ago, through the other gateway, hears it as well
    await ask(alice, "MODE #room +o-v dora bob")
    await ask(carol, "PRIVMSG +#room :now")
    assert "carol PRIVMSG +#room :now" in await heard(dora)
    assert "carol PRIVMSG +#room :now" not in await heard(bob)


async def test_a_status_message_is_not_in_the_history(connect: Connect) -> None:
    alice, _ = await room_of_two(connect)
    dora = await connect("dora", caps=("draft/chathistory", "batch"))
    await ask(alice, "PRIVMSG @#room :for operators", "PRIVMSG #room :for all")
    await join(dora, "#room")
    lines = await ask(dora, "CHATHISTORY LATEST #room * 10")
    assert [line for line in lines if "operators" in line] == []
    assert [line for line in lines if "for all" in line] != []


# -- forwarding ----------------------------------------------------------------------------------


async def test_forward(connect: Connect) -> None:
    """Who cannot enter is sent on, and told so (470)."""
    alice, bob = await connect("alice"), await connect("bob")
    await join(alice, "#room", "#lobby")
    await join(bob, "#other")
    other = "696 alice #room f #none :Name another room, which exists"
    assert await ask(alice, "MODE #room +f #none") == [other]
    assert await ask(alice, "MODE #room +f #other") == [
        "482 alice #other :You're not channel operator"
    ]
    assert await ask(alice, "MODE #room +if #Lobby") == ["alice MODE #room +if #lobby"]
    first, second, *_ = await ask(bob, "JOIN #room")
    assert first == "470 bob #room #lobby :Forwarding to another channel"
    assert second == "bob JOIN #lobby"
    assert await ask(alice, "MODE #room -f") == ["alice MODE #room -f"]
    assert await ask(bob, "JOIN #room") == ["473 bob #room :Cannot join channel (+i)"]
