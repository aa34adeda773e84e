"""Issue 10: "Always on, opt-in per account or by policy: present while no session is there, away,
in its rooms, messages kept".
"""

from __future__ import annotations

from tests.e2e.promises.absence import chatd
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, ask, heard, join, numbers, say, wait_for_roster
from tests.e2e.promises.test_grace import PLAIN, again, is_detached, moves, names, own, sessions
from tests.e2e.promises.test_replay import TIMED, back, quits, said
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until


async def stays(client: IrcClient) -> None:
    """The account chooses to be always on."""
    await client.send("ACCOUNT SET ALWAYS-ON ON")
    await client.expect("ALWAYS-ON is ON")


async def test_who_is_always_on_stays(shared: Chat, people: People) -> None:
    nick = f"anna{next(numbers)}"
    room, bob = f"#{nick}", await people(shared.g2, f"bob{next(numbers)}", caps=PLAIN)
    anna = await own(people, shared.g1, nick)
    await join(anna, room)
    await join(bob, room)
    await stays(anna)
    await quits(anna)
    await bob.expect(f":{nick}!.* AWAY :Not connected")
    await bob.send(f"NAMES {room}", f"WHOIS {nick}", "WHO *")
    shown = await bob.fence()
    assert names(shown) == {f"@{nick}", bob.nick}
    assert [line.text for line in shown if line.command == "301"] == ["Not connected"]
    assert any(line.command == "352" and nick in line.params for line in shown)
    await bob.send(f"PRIVMSG {nick} :hello", f"PRIVMSG {room} :all")
    await bob.expect(" 301 ")

    anna = await back(people, shared.g2, nick)
    assert said(anna) == ["hello", "all"]
    await bob.expect(f":{nick}!.* AWAY$")
    await anna.send(f"MODE {room} +v {bob.nick}")
    await bob.expect(f"MODE {room} \\+v")
    assert [line for line in moves(bob, nick) if "AWAY" not in line and "MODE" not in line] == []
    assert len(await sessions(shared, nick)) == 1, "nobody stands for who is there"
    await anna.send("ACCOUNT SET ALWAYS-ON OFF")
    await quits(anna)
    await bob.expect(f":{nick}!.* QUIT ")
    assert await sessions(shared, nick) == {}


async def test_who_is_idle_logs_nothing(shared: Chat, people: People) -> None:
    """A stream with one entry takes 4 KB of Redis: twice what else is kept of such an account."""
    nick = f"anna{next(numbers)}"
    anna = await own(people, shared.g1, nick)
    await stays(anna)
    await quits(anna)
    await wait_until(lambda: is_detached(shared, nick), "anna has no connection")
    entries = await ask(shared.redis, "XRANGE", f"chat:user:{{{nick}}}:log", "-", "+")
    assert [fields["e"][0] for _, fields in entries] == ["U"], "its REGISTER, and no AWAY"
    anna = await back(people, shared.g2, nick)
    await say(await people(shared.g1, f"bob{next(numbers)}"), nick, "hello")
    await anna.expect(f"PRIVMSG {nick} :hello")


async def test_its_own_away_text_stays(shared: Chat, people: People) -> None:
    nick = f"anna{next(numbers)}"
    anna = await own(people, shared.g1, nick)
    await stays(anna)
    await anna.send("AWAY :on holiday")
    await quits(anna)
    bob = await people(shared.g2, f"bob{next(numbers)}")
    await bob.send(f"WHOIS {nick}")
    assert (await bob.expect(" 301 ")).text == "on holiday"


async def test_other_sessions_and_devices(shared: Chat, people: People) -> None:
    """Nobody stands for it while a session is left; any device may come, under any nick."""
    nick = f"anna{next(numbers)}"
    phone = await own(people, shared.g1, nick, "phone")
    await stays(phone)
    laptop = await again(people, shared.g2, nick, "laptop")
    await quits(phone)
    assert list((await sessions(shared, nick)).values()) == [shared.g2.id]
    await laptop.close()
    await wait_until(lambda: is_detached(shared, nick), "the laptop has no connection")
    laptop = await again(people, shared.g1, nick, "laptop")
    await laptop.send(f"NICK {nick}-away")
    await laptop.fence()
    await quits(laptop)
    assert await is_detached(shared, f"{nick}-away")
    await quits(await again(people, shared.g1, nick, "tablet"))
    online = await ask(shared.redis, "SMEMBERS", f"chat:account:{{{nick}}}:online")
    assert online == {nick, f"{nick}-away"}, "another nick is another user, and both stay"


async def test_by_policy_and_over_restarts(redis_server: RedisServer, people: People) -> None:
    """`--always-on on`: who has not chosen stays, who does not want to leaves; all gateways may
    be down meanwhile."""
    flags = ("--redis", redis_server.url, "--flood-rate", "0", "--always-on", "on")
    async with Gateway(*flags) as gateway:
        anna, boris = [await own(people, gateway, nick) for nick in ("anna", "boris")]
        guest = await people(gateway, "guest")
        await join(anna, "#room")
        await boris.send("ACCOUNT SET ALWAYS-ON OFF")
        for client in (boris, guest, anna):
            await quits(client)
        await wait_for_roster(redis_server, {"anna"})
    async with Gateway(*flags) as gateway:
        bob = await people(gateway, "bob", caps=PLAIN)
        await join(bob, "#room")
        await bob.send("PRIVMSG #room :hello")
        await bob.fence()
        anna = await people(gateway, "anna", caps=TIMED, sasl=("anna", "open sesame"))
        await anna.fence()
        assert said(anna) == ["hello"]
        await say(await people(gateway, "carl", "#room"), "#room", "there")
        await anna.expect("there")
        assert heard(bob, "QUIT") == []
        await anna.send("ACCOUNT SET ALWAYS-ON OFF")
        await quits(anna)


async def test_kill_and_deletion_end_it(shared: Chat, people: People) -> None:
    nick = f"anna{next(numbers)}"
    anna = await own(people, shared.g1, nick)
    await stays(anna)
    await quits(anna)
    assert await is_detached(shared, nick)
    code, _, err = await chatd("account", "--redis", shared.redis.url, "delete", nick, "--yes")
    assert code == 0, err
    assert await sessions(shared, nick) == {}


async def test_a_ban_ends_what_has_no_connection(shared: Chat, people: People) -> None:
    """docs/protocol.md: "QUIT, KILL and bans end a session at once". A ban of a mask ends the
    session that waits for its client; who is always on ends with a ban of the account."""
    nick, other, boss = (f"{name}{next(numbers)}" for name in ("anna", "carl", "boss"))
    waiting, always = await own(people, shared.g1, nick), await own(people, shared.g2, other)
    await quits(await own(people, shared.g1, boss))
    await chatd("account", "--redis", shared.redis.url, "oper", boss)
    await stays(always)
    for client in (waiting, always):
        await join(client, f"#{nick}")
    operator = await again(people, shared.g1, boss)
    await join(operator, f"#{nick}")
    await waiting.close()
    await quits(always)
    await wait_until(lambda: is_detached(shared, nick), "it has no connection")
    await operator.send(f"KLINE {nick}!*@* :enough", f"KLINE {other}!*@* :enough")
    assert (await operator.expect(f":{nick}!.* QUIT ")).text == "K-lined: enough"
    await operator.fence()
    assert await is_detached(shared, other), "it has no host from which it comes"
    await operator.send(f"ABAN {other} :enough")
    assert (await operator.expect(f":{other}!.* QUIT ")).text == "Account banned: enough"
    assert await sessions(shared, nick) == await sessions(shared, other) == {}
    for line in (f"UNKLINE {nick}!*@*", f"UNKLINE {other}!*@*", f"UNABAN {other}"):
        await operator.send(line)
    await operator.fence()


async def test_a_banned_account_leaves_with_its_connection(shared: Chat, people: People) -> None:
    nick, boss = (f"{name}{next(numbers)}" for name in ("anna", "boss"))
    anna = await own(people, shared.g1, nick)
    await stays(anna)
    await quits(await own(people, shared.g2, boss))
    await chatd("account", "--redis", shared.redis.url, "oper", boss)
    operator = await again(people, shared.g2, boss)
    for client in (anna, operator):
        await join(client, f"#{nick}")
    await operator.send(f"ABAN {nick} :enough")
    await operator.expect(f":{nick}!.* QUIT ")
    assert await sessions(shared, nick) == {}
    await operator.send(f"UNABAN {nick}")
    await operator.fence()
