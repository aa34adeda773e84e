"""One session: framing of commands, order, labels, limits, silence. On fakeredis, no sockets."""

from __future__ import annotations

import fakeredis
import pytest

from chatd.commands.context import Context
from chatd.session import keepalive
from tests.support.memory import MemoryGateway, World


async def test_before_registration_other_commands_get_451(gateway: MemoryGateway) -> None:
    """ "ERR_NOTREGISTERED (451): Returned when a client command cannot be parsed as they are not
    yet registered." https://modern.ircdocs.horse/#errnotregistered-451
    """
    assert await gateway.connect().says("JOIN #room") == [
        ":chat.internal 451 * :You have not registered"
    ]


async def test_too_few_parameters_get_461(gateway: MemoryGateway) -> None:
    """ "ERR_NEEDMOREPARAMS (461) "<client> <command> :Not enough parameters"." """
    alice = await gateway.login("alice")
    assert await alice.says("JOIN") == [":chat.internal 461 alice JOIN :Not enough parameters"]


async def test_a_line_that_is_too_long_gets_417_and_the_next_one_is_heard(
    gateway: MemoryGateway,
) -> None:
    """ "If a client exceeds it, servers MUST return ERR_INPUTTOOLONG (417)." """
    alice = await gateway.login("alice")
    lines = await alice.says("PRIVMSG #room :" + "a" * 600, "PING next")
    assert lines == [
        ":chat.internal 417 alice :Input line was too long",
        ":chat.internal PONG chat.internal next",
    ]


async def test_what_is_not_utf8_gets_the_standard_reply(gateway: MemoryGateway) -> None:
    """ "FAIL ... INVALID_UTF8", https://ircv3.net/specs/extensions/utf8-only"""
    alice = await gateway.login("alice", "standard-replies")
    alice.session.receive(b"PRIVMSG #room :\xff\xfe\r\n", gateway.now)
    (line,) = await alice.hears()
    assert line.startswith(":chat.internal FAIL PRIVMSG INVALID_UTF8 :")


async def test_an_answer_of_several_lines_to_a_labelled_command_is_one_batch(
    gateway: MemoryGateway,
) -> None:
    """ "When a message is expected to respond with multiple lines, the server MUST use a batch"
    https://ircv3.net/specs/extensions/labeled-response
    """
    alice = await gateway.login("alice", "batch labeled-response")
    lines = await alice.says("@label=xyz JOIN #room")
    start = lines[0].split()
    assert start[0] == "@label=xyz"
    assert (start[2], start[4]) == ("BATCH", "labeled-response")
    reference = start[3].removeprefix("+")
    assert lines[1] == f"@batch={reference} :alice!~alice@127.0.0.1 JOIN #room"
    assert all(line.startswith(f"@batch={reference} ") for line in lines[1:-1])
    assert lines[-1].split()[1:] == ["BATCH", f"-{reference}"]


async def test_a_labelled_command_without_an_answer_gets_ack(gateway: MemoryGateway) -> None:
    """ "Servers MUST respond with a labeled ACK message when a client sends a labeled command that
    normally produces no response."
    """
    alice = await gateway.login("alice", "batch labeled-response")
    assert await alice.says("@label=p PONG x") == ["@label=p :chat.internal ACK"]


async def test_who_does_not_read_is_closed(gateway: MemoryGateway) -> None:
    """ "its queue is bounded, it is closed with ERROR :SendQ exceeded" """
    alice = await gateway.login("alice")
    alice.pipe.blocked = gateway.config.sendq_bytes + 1
    lines = await alice.says("PING x")
    assert lines == ["ERROR :SendQ exceeded"]
    assert alice.pipe.closed


async def test_a_flood_is_slowed_down_not_lost(world: World) -> None:
    """ "a flood": beyond the burst the client's socket is not read until there is time again."""
    gateway = MemoryGateway(world, "g1", flood_lines_per_s=10.0, flood_burst=5)
    alice = gateway.connect()
    lines = await alice.says(*(f"PING {number}" for number in range(8)))
    assert [line.split()[-1] for line in lines] == ["0", "1", "2", "3", "4"]
    assert alice.pipe.paused
    (wait, session), *_ = alice.pipe.delayed
    assert wait == pytest.approx(0.1)
    session.pump(gateway.now + 0.31)
    assert [line.split()[-1] for line in await alice.hears()] == ["5", "6", "7"]
    assert not alice.pipe.paused


async def test_silence_is_answered_by_ping_and_then_by_a_timeout(gateway: MemoryGateway) -> None:
    """ "half-open sockets (PING, then timeout)" """
    alice = await gateway.login("alice")
    config, sessions = gateway.config, [alice.session]
    keepalive.sweep(sessions, config, gateway.now + config.ping_interval_s + 1)
    assert await alice.hears() == ["PING :chat.internal"]
    late = gateway.now + config.ping_interval_s + config.ping_timeout_s + 2
    keepalive.sweep(sessions, config, late)
    (line,) = await alice.hears()
    assert line.startswith("ERROR :Ping timeout: ")


async def test_who_never_registers_is_closed(gateway: MemoryGateway) -> None:
    """ "a client that never registers" """
    silent = gateway.connect()
    keepalive.sweep([silent.session], gateway.config, gateway.now + 31)
    assert await silent.hears() == ["ERROR :Registration timed out"]


async def test_redis_away_is_an_answer(gateway: MemoryGateway) -> None:
    """Promise 6: "commands that need it get a clear error at once"."""
    alice = await gateway.login("alice", "standard-replies")
    await alice.says("JOIN #room")
    gateway.relay.cut = True
    for command in ("PRIVMSG #room :lost?", "TOPIC #room :x", "JOIN #other"):
        (line,) = await alice.says(command)
        assert line.startswith(f":chat.internal FAIL {command.split()[0]} TEMPORARILY_UNAVAILABLE")
    (line,) = await alice.says("PING now")
    assert line.startswith(":chat.internal FAIL PING TEMPORARILY_UNAVAILABLE")
    gateway.relay.cut = False
    gateway.on_link_up()
    assert await alice.hears() == [":chat.internal PONG chat.internal now"]


async def test_many_commands_while_redis_is_away_are_answered_one_by_one(
    world: World,
) -> None:
    """A long paste must not be carried out twice or exhaust the stack when each fails at once."""
    gateway = MemoryGateway(world, "g1", flood_burst=0)
    alice = await gateway.login("alice")
    gateway.relay.cut = True
    lines = await alice.says(*(f"PRIVMSG #room :{number}" for number in range(3000)))
    assert len(lines) == 3000


@pytest.mark.parametrize("what", ["answer", "waiting behind it"])
async def test_a_labelled_answer_has_a_bound(world: World, what: str) -> None:
    """ "Every buffer is bounded in bytes": what is collected for a labelled answer that may be one
    batch, and what waits behind it, too."""
    gateway = MemoryGateway(world, "g1", sendq_bytes=16_384)
    alice = await gateway.login("alice", "batch labeled-response")
    context = Context(alice.session, gateway.server, "CHATHISTORY", "label")
    with context.batch("chathistory", "#room"):
        for _ in range(100):
            line = b":x NOTICE alice :" + b"y" * 400 + b"\r\n"
            if what == "answer":
                context.write(line)
            else:
                alice.session.write(line)
    assert alice.session._answers is not None
    assert alice.session._answers.size <= 16_384 + 450
    assert await alice.hears() == ["ERROR :SendQ exceeded"]
    assert alice.pipe.closed


async def test_targets_that_no_reply_can_carry(gateway: MemoryGateway) -> None:
    """A parameter in the middle of a reply cannot begin with ":" (RFC 1459, 2.3.1)."""
    alice = await gateway.login("alice")
    gone = ":chat.internal 401 alice"
    assert await alice.says("PRIVMSG x,:b hi") == [
        f"{gone} x :No such nick/channel",
        f"{gone} * :No such nick/channel",
    ]
    # one that Redis need not be asked about; the others are not forgotten over it
    assert await alice.says("PRIVMSG x,:é\u200b,y hi") == [
        f"{gone} x :No such nick/channel",
        f"{gone} * :No such nick/channel",
        f"{gone} y :No such nick/channel",
    ]
    (*_, many) = await alice.says("PRIVMSG a,b,c,d,:e hi")
    assert many == ":chat.internal 407 alice * :At most 4 targets"


async def test_targets_that_fail_at_once_share_one_label(gateway: MemoryGateway) -> None:
    """ "servers MUST use a batch of type labeled-response when a response has several messages"."""
    alice = await gateway.login("alice", "labeled-response batch standard-replies")
    gateway.relay.cut = True
    begin, *fails, end = await alice.says("@label=x PRIVMSG #a,#b :hi")
    assert begin.startswith("@label=x ")
    assert len(fails) == 2
    assert all(" FAIL PRIVMSG TEMPORARILY_UNAVAILABLE " in line for line in fails)
    assert " BATCH -" in end


async def test_what_was_said_before_cap_ack_is_in_the_old_form(gateway: MemoryGateway) -> None:
    """A client may take tags for granted from the ACK on, not before."""
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await bob.hears()
    alice.sends("PRIVMSG #room :hello")
    bob.sends("CAP REQ :server-time")
    hello, ack = (line for line in await bob.hears() if " JOIN " not in line)
    assert hello == ":alice!~alice@127.0.0.1 PRIVMSG #room :hello"
    assert " CAP bob ACK " in ack


async def test_whom_no_ban_is_for_is_remembered_for_an_hour_at_most(
    world: World, gateway: MemoryGateway
) -> None:
    """ "lists are looked at once more, so that no set grows for good" (post.lua)."""
    alice, bob = await gateway.login("alice"), await gateway.login("bob")
    await alice.says("JOIN #room", "MODE #room +b zz!*@*")
    await bob.says("JOIN #room", "PRIVMSG #room :one")
    redis, key = fakeredis.FakeStrictRedis(server=world.redis), "chat:room:{#room}:clean"
    assert redis.scard(key) == 1
    redis.expire(key, 10)
    await bob.says("NICK bobby", "PRIVMSG #room :two")
    assert redis.scard(key) == 2
    assert redis.ttl(key) <= 10


async def test_a_lost_session_writes_nowhere_whatever_goes_wrong(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "first: the next client may get the descriptor"."""
    alice = await gateway.login("alice")

    def broken(_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(gateway.hub, "detach", broken)
    with pytest.raises(KeyError):
        alice.session.lost("Connection closed")
    assert (alice.session.closed, alice.session.outlet.owner) == (True, None)
    alice.session.write(b":somebody PRIVMSG alice :for the one before\r\n")
    assert await alice.hears() == []


async def test_what_was_handed_over_in_this_turn_closes_nobody(world: World) -> None:
    """SendQ counts what waits for who does not read, not what was just written."""
    gateway = MemoryGateway(world, "g1", sendq_bytes=4096)
    alice = await gateway.login("alice")
    alice.session.queue(b"x" * 3000)
    alice.session.taken()
    alice.pipe.blocked = 8192  # all of it is on its way
    alice.session.queue(b"")
    await alice.hears()
    assert not alice.session.closed
    alice.session.queue(b"more")
    await alice.hears()
    assert alice.session.closed
