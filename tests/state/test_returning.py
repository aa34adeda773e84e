"""Coming back is one procedure, and each of its states leads on: see `chatd.state.presence`."""

from __future__ import annotations

import pytest

from chatd.state.availability import State
from chatd.store.errors import StoreRejected
from chatd.store.login import Return, Returning
from chatd.store.pending import Pending, failed
from tests.support.memory import MemoryGateway, Slow, World


def forget_all(world: World) -> None:
    """Redis has lost its data."""
    world.client.delete(*world.client.keys())


def end_lease(world: World, gateway: str) -> None:
    """The lease of a gateway is over by Redis' clock."""
    world.client.delete(f"chat:{{chat:online}}:lease:{gateway}")
    world.client.zadd("chat:{chat:online}:gateways", {gateway: 1})


def reap(by: MemoryGateway, gateway: str) -> None:
    by.store.reap(gateway, "Connection lost", lost=True).result()


def state_of(gateway: MemoryGateway) -> State:
    return gateway.availability.state


def said(lines: list[str], word: str) -> list[str]:
    return [line for line in lines if f" {word} " in line]


async def test_lines_wait_until_redis_that_lost_all_knows_their_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ "then sessions log in and enter again": lines that waited come after that, also where Redis
    has told nobody that the user is gone."""
    world = World()
    one = MemoryGateway(world, "g1")
    one.presence._epoch = "epoch"
    alice = await one.login("alice")
    await alice.says("JOIN #room")
    forget_all(world)
    leases = Slow(monkeypatch, one.store, "lease")
    one.presence.check()
    leases.answer()  # it is over
    assert state_of(one) is State.FENCED
    assert await alice.says("TOPIC #room :on we go") == []
    leases.answer()  # it is taken again
    heard = await alice.hears()
    assert said(heard, "TOPIC") == [":alice!~alice@127.0.0.1 TOPIC #room :on we go"], heard
    assert not alice.pipe.closed
    assert state_of(one) is State.UP


async def test_who_is_found_lost_in_a_gap_holds_nobody_up() -> None:
    """The loss of a user is read in a gap, while the procedure is under way: it ends in UP."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    alice = await one.login("alice")
    await alice.says("JOIN #room")
    one.relay.cut = True
    one.on_link_down("cut")
    end_lease(world, "g1")
    reap(two, "g1")
    one.relay.cut = False
    one.on_link_up()
    await alice.hears()
    assert state_of(one) is State.UP
    assert said(await alice.says("PRIVMSG #room :x", "TOPIC #room :y"), "TOPIC")


async def test_who_is_lost_while_others_come_back_comes_back_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    alice, bob = await one.login("alice"), await one.login("bob")
    returns = Slow(monkeypatch, one.store, "come_back")
    assert alice.session.user is not None
    assert bob.session.user is not None
    one.presence.on_lost_user(alice.session.user)
    assert len(returns.calls) == 1
    one.presence.on_lost_user(bob.session.user)
    while returns.calls:
        returns.answer()
    assert state_of(one) is State.UP
    for client in (alice, bob):
        assert said(await client.says("JOIN #room"), "JOIN")


async def test_a_lease_that_ends_while_users_come_back_is_taken_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    await one.network.start()
    alice = await one.login("alice")
    returns = Slow(monkeypatch, one.store, "come_back")
    end_lease(world, "g1")
    reap(two, "g1")
    one.presence.check()
    assert state_of(one) is State.RETURNING
    end_lease(world, "g1")
    returns.answer()
    assert len(returns.calls) == 1
    returns.answer()
    assert state_of(one) is State.UP
    assert said(await alice.says("JOIN #room"), "JOIN")


async def test_two_names_of_one_account_each_have_their_own_back() -> None:
    """ "What sessions held when they were lost (rooms with prefix modes, ... away) ... are kept ...
    and given back whole": an account may be online under several names."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    one.store.register("", "anna", "anna", "secret").result()
    anna, phone = one.connect(), one.connect()
    for client, nick in ((anna, "anna"), (phone, "phone")):
        client.session.account = ("anna", "anna")
        await client.says(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        await client.says(f"JOIN #{nick}", f"AWAY :{nick}")
    end_lease(world, "g1")
    reap(two, "g1")
    one.presence.check()
    assert state_of(one) is State.UP
    for client, nick in ((anna, "anna"), (phone, "phone")):
        assert said(await client.hears(), "PART") == []
        heard = await client.says(f"NAMES #{nick}", f"WHOIS {nick}")
        assert said(heard, "353") == [f":chat.internal 353 {nick} = #{nick} :@{nick}"]
        assert said(heard, "301") == [f":chat.internal 301 {nick} {nick} :{nick}"]
        assert said(heard, "319") == [f":chat.internal 319 {nick} {nick} :@#{nick}"]
    kept = [*world.client.scan_iter("*:kept*"), *world.client.scan_iter("*:lost:*")]
    assert kept == []


async def test_who_cannot_be_taken_back_keeps_nobody_from_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """ "Nothing is dropped in silence": an act that fails for one session is a bug; the others are
    back all the same, and that one is told."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    await one.network.start()
    alice, bob = await one.login("alice"), await one.login("bob")
    come_back = one.store.come_back

    def fail_alice(who: Returning) -> Pending[Return]:
        return failed(StoreRejected("ERR a bug")) if who.name == "alice" else come_back(who)

    monkeypatch.setattr(one.store, "come_back", fail_alice)
    end_lease(world, "g1")
    reap(two, "g1")
    one.presence.check()
    assert state_of(one) is State.UP
    assert await alice.hears() == [
        "ERROR :You could not be taken back by the server; connect again"
    ]
    assert said(await bob.says("JOIN #room"), "JOIN")
    assert "alice could not be taken back: ERR a bug" in caplog.text


@pytest.mark.parametrize("how", ["reaped", "emptied", "in doubt", "also elsewhere"])
async def test_who_leaves_while_lost_has_left_in_the_eyes_of_all(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Those of the same gateway were not told that Redis had lost bob: when his client goes before
    he is back, they are told once, and if he is there no more."""
    world = World()
    one, two = [MemoryGateway(world, name, grace_s=0.0) for name in ("g1", "g2")]
    for gateway in (one, two):
        await gateway.network.start()
    one.presence._epoch = "epoch"
    two.store.register("", "bob", "bob", "secret").result()
    alice, bob = await one.login("alice"), one.connect()
    bobs = [bob, two.connect()] if how == "also elsewhere" else [bob]
    for each in bobs:
        each.session.account = ("bob", "bob")
        await each.says("NICK bob", "USER bob 0 * :bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.hears()
    leases = Slow(monkeypatch, one.store, "lease")
    if how == "emptied":
        forget_all(world)
    else:
        end_lease(world, "g1")
    if how in ("reaped", "also elsewhere"):
        reap(two, "g1")
    one.presence.check()
    while leases.calls:
        leases.answer()
        if state_of(one) is State.FENCED and not bob.session.closed:
            bob.session.lost("Connection closed")
    assert state_of(one) is State.UP
    heard = said(await alice.hears(), "QUIT")
    heard += said(await alice.says("NAMES #room"), "QUIT")
    assert len(heard) == (how != "also elsewhere"), heard


async def test_the_lease_is_renewed_while_many_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A return that takes longer than a lease would never end: all who are back by then would be
    lost once more."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    await one.network.start()
    await one.login("alice")
    returns = Slow(monkeypatch, one.store, "come_back")
    end_lease(world, "g1")
    reap(two, "g1")
    one.presence.check()
    world.client.pexpire("chat:{chat:online}:lease:g1", 50)
    one.availability.lease_ends = 0.0
    one.presence.check()  # it is time to renew it
    assert state_of(one) is State.RETURNING
    assert world.client.pttl("chat:{chat:online}:lease:g1") > 50
    assert one.availability.lease_ends > 0.0
    returns.answer()
    assert state_of(one) is State.UP


async def test_the_name_of_an_account_that_was_made_anew_is_for_its_new_owner() -> None:
    """ "`chatd account delete anna`: keeps account ..., and reads the next owner's private
    messages. He is a guest at once": and no guest has the name of an account."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    one.store.register("", "anna", "anna", "secret").result()
    anna = one.connect()
    anna.session.account = ("anna", "anna")
    await anna.says("NICK anna", "USER anna 0 * :anna")
    one.relay.cut = True
    one.on_link_down("cut")
    end_lease(world, "g1")
    reap(two, "g1")
    two.store.account_delete("anna").result()
    two.store.register("", "anna", "anna", "other").result()
    one.relay.cut = False
    one.on_link_up()
    assert anna.pipe.closed
    assert world.client.smembers("chat:online") == set()


async def test_a_room_that_all_have_left_after_they_were_back_is_gone() -> None:
    """ "rooms whose last member was *lost* rather than left ... are kept": this one has left."""
    world = World()
    one, two = MemoryGateway(world, "g1"), MemoryGateway(world, "g2")
    for gateway in (one, two):
        await gateway.network.start()
    alice, bob = await one.login("alice"), await one.login("bob")
    for client in (alice, bob):
        await client.says("JOIN #room")
    await alice.says("MODE #room +k secret")
    end_lease(world, "g1")
    reap(two, "g1")
    await alice.hears()
    await bob.says("PART #room")
    assert world.client.exists("chat:room:{#room}") == 1
    await alice.says("PART #room")
    heard = await alice.says("JOIN #room")
    assert said(heard, "353") == [":chat.internal 353 alice = #room :@alice"], heard


async def test_a_name_that_another_session_changes_during_the_return(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ "NICK sent during the return": by the same person elsewhere. One person is one user, and
    what it says elsewhere is heard."""
    world = World()
    one, two = [MemoryGateway(world, name, grace_s=0.0) for name in ("g1", "g2")]
    for gateway in (one, two):
        await gateway.network.start()
    one.store.register("", "anna", "anna", "secret").result()
    here, there = one.connect(), two.connect()
    for each in (here, there):
        each.session.account = ("anna", "anna")
        await each.says("NICK anna", "USER anna 0 * :anna")
    await here.says("JOIN #room")
    returns = Slow(monkeypatch, one.store, "come_back")
    assert here.session.user is not None
    one.presence.on_lost_user(here.session.user)
    await there.says("PRIVMSG #room :one", "NICK other", "PRIVMSG #room :two")
    returns.answer()
    assert await here.hears() == [
        ":anna!~anna@127.0.0.1 PRIVMSG #room :one",
        ":anna!~anna@127.0.0.1 NICK other",
        ":other!~anna@127.0.0.1 PRIVMSG #room :two",
    ]
    assert world.client.smembers("chat:online") == {"other"}
    assert list(one.hub.users) == ["other"]
    for each in (here, there):
        each.session.lost("gone")
    assert world.client.smembers("chat:online") == set()


async def test_whom_nobody_has_removed_is_not_asked_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lease that was over for a moment: Redis knows all, and that is all that is asked."""
    world = World()
    one = MemoryGateway(world, "g1")
    await one.network.start()
    alice = await one.login("alice")
    await alice.says("JOIN #room")
    returns = Slow(monkeypatch, one.store, "come_back")
    end_lease(world, "g1")
    one.presence.check()
    assert state_of(one) is State.UP
    assert returns.calls == []
    assert said(await alice.says("TOPIC #room :on"), "TOPIC")
