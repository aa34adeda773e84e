"""The walk: all acts on a real server, and a look at all keys after each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
from redis.asyncio import Redis

from chatd.store import scripts
from chatd.store.audit import Believed
from chatd.store.login import NEW, Login, Returning
from chatd.store.pending import settled
from chatd.store.roombans import Banned
from chatd.store.schema.keys import KEYS, Owner, find, of_kind
from chatd.store.store import Store
from tests.store.conftest import Gateway
from tests.store.walking import People, Walk, proofs
from tests.store.walking_chores import erasing
from tests.store.walking_in import logins
from tests.support.servers import RedisServer, on_every_engine
from tests.support.wait import wait_until


def test_a_key_is_of_one_kind() -> None:
    """A name cannot make a key look like another's."""
    for kind in KEYS:
        words = [kind.each[:1] if word == "LETTER" else "x" for word in kind.words]
        assert of_kind(kind.filled("chat", *words)) is kind
    assert of_kind("chat:room:{#a%7D:log}:members") is find(Owner.ROOM, "members")
    assert of_kind("chat:room:{#a}:new") is None
    assert of_kind("chat:room:{#a}:x") is None


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as made:
        yield made


@on_every_engine
async def test_the_walk(gateway: Gateway, client: Redis) -> None:
    g1, g2 = await gateway("g1"), await gateway("g2")
    walk = Walk(client, g1, g2)
    one, two = People(walk, g1), People(walk, g2)
    await _accounts_and_users(walk, one, two)
    await _sessions(walk, one.store, two.store)
    await logins(walk, one.store)
    await _a_room(walk, one, two)
    await _messages(walk, one)
    await _waiting(walk, one)
    await erasing(walk, one)
    await _other_names(walk, one)
    await _questions(walk, one)
    await _owned_rooms(walk, one, two)
    await _staff(walk, one, two)
    await _the_end(walk, one, two)
    assert walk.called == set(scripts.load().functions), "each act was carried out"
    for_good = [str(key) for key in await client.keys() if await client.ttl(key) == -1]
    left = {kind.name for key in for_good if (kind := of_kind(key, walk.keys.prefix)) is not None}
    assert left <= {
        "gateways",
        "peak",
        "plain",
        "started",
        "log",
        "bans",
        "epoch",
        "decoys",
        "room_count",
        "advertised",
        "kept",
    }


async def _accounts_and_users(walk: Walk, one: People, two: People) -> None:
    await walk(one.store.lease(60.0, take=False, addresses="a:1", active=["anna", 5]))
    for name in ("boss", "anna", "bob"):
        await walk(one.store.register("", name, name, "secret"))
    await walk(one.store.account_oper("boss", True))
    await one.come("boss", "boss")
    await one.come("anna", "anna")
    await two.come("anna", "anna", sid="anna2")  # she has two sessions, one without TLS
    await two.come("bob", "bob")
    await one.come("carl")
    await one.come("a{%}")
    await one.come("\u0435vil")  # it looks like another name
    await walk(one.store.umode("carl", "carl", "iRw", ""))
    await walk(one.store.away("carl", "carl", "out"))
    assert await walk(two.store.away("anna2", "anna", "out")) == ""
    assert await walk(one.store.away("anna", "anna", "*")) == "out"
    assert await walk(one.store.away("anna", "anna", "")) == ""
    await walk(one.store.realname("carl", "carl", "Carl"))
    await walk(one.store.accept("carl", "bob", on=True))
    await walk(one.store.accepted("carl"))
    await walk(one.store.set_metadata("c", "carl", "u", "carl", ("set", "k", "v"), 9))
    await walk(one.store.set_metadata("anna", "anna", "u", "anna", ("set", "k", "v"), 9))
    assert (await walk(one.store.counts())).users == 6


async def _sessions(walk: Walk, g1: Store, g2: Store) -> None:
    """Another gateway goes on with a session: one without a connection, and one that has one."""

    async def come(store: Store, sid: str) -> Login:
        who = ("boss", "boss", "~u", "h", "r", ("boss", "boss"))
        return await walk(store.login(sid, *who, device="phone"))

    assert (await come(g2, "phone")).heard == NEW
    await walk(g2.note("phone", watched="Anna,bob", subscriptions="k"))
    await walk(g2.note_heard("1"))
    await walk(g2.logout("phone", "lost", heard="2 x 3", grace_s=60))
    found = await come(g1, "other")
    assert (found.resumed, found.sid, found.heard) == (True, "phone", "2 x 3")
    assert (found.watched, found.subscriptions) == (["Anna", "bob"], ["k"])
    found = await come(g2, "third")
    assert (found.sid, found.asked) == ("phone", 1)
    await walk(g1.left_off("phone", "3"))
    await walk(g2.logout("phone", "lost", heard="4", grace_s=0.001))

    async def over() -> bool:
        _, _, _, overdue, *_ = await settled(g1.lease(60.0, take=False, active=[]))
        return overdue == "1"

    await wait_until(over, "the grace of the session is over")
    assert await walk(g1.overdue("s")) == ["ok", "0"]
    found = await come(g1, "later")
    assert (found.resumed, found.sid, found.heard) == (False, "later", "4")
    await walk(g1.logout("later", "lost", grace_s=60))
    assert [one.sid for one in (await walk(g1.detached(""))).rows] == ["later"]
    await walk(g1.put_out(["later"], "banned"))
    assert (await walk(g1.detached(""))).rows == []
    await _ended(walk, g1, g2)
    assert await walk(g1.choose("boss", "boss", "replay", "5")) == ["ok", "5", ""]
    await walk(g1.choose("boss", "boss", "replay", ""))


async def _ended(walk: Walk, g1: Store, g2: Store) -> None:
    """Sessions are ended by who they belong to: with a connection and without one."""
    who = ("boss", "boss", "~u", "h", "r", ("boss", "boss"))
    await walk(g2.login("tablet", *who, device="tablet"))
    await walk(g2.login("watch", *who, device="watch"))
    await walk(g2.logout("watch", "lost", heard="7", grace_s=60))
    found = {one.sid: one for one in (await walk(g1.sessions_of("boss", ""))).rows}
    assert (found["tablet"].gateway, found["watch"].gateway) == ("g2", "")
    assert await walk(g1.how_many_of("boss")) == len(found)
    asked = ("boss", "boss", ["tablet", "watch", "nothing"])
    assert (await walk(g1.end_sessions(*asked, why="w", reason="r"))) == ["ok", "tablet", "watch"]
    assert await walk.refused(g1.end_sessions("bob", "boss", [], why="", reason="")) == ("notoper")
    await walk(g2.login("other", "boss2", "boss2", "~u", "h", "r", ("boss", "boss")))
    assert await walk(g1.recover("boss", "boss2", why="w", reason="r")) == 0
    assert await walk.refused(g1.recover("boss", "bob", why="w", reason="r")) == "taken"
    assert "watch" in [one.name for one in await walk(g1.devices_of("boss"))]
    await walk(g1.forget_device("boss", "boss", "watch"))
    assert await walk.refused(g1.forget_device("boss", "boss", "watch")) == "nodevice"


async def _a_room(walk: Walk, one: People, two: People) -> None:
    room = "#r{%}"
    for people, name in ((one, "anna"), (two, "bob"), (one, "carl"), (one, "a{%}")):
        await people.enter(name, room)
    await walk(one.store.topic("anna", "anna", room, "about"))
    for text, param in (("+b", "eve!*@*"), ("+e", "*!*@h"), ("+I", "*!*@x"), ("+k", "key"),
                        ("+l", "9"), ("+i", ""), ("+v", "bob"), ("+o", "carl")):  # fmt: skip
        assert await one.mode("anna", room, text, param) == []
    await walk(one.store.masks(room, "anna", "b", ""))
    await walk(one.store.invite("anna", "anna", room, "boss"))
    await walk(one.store.invites("boss"))
    assert await one.enter("\u0435vil", room) == "invite"
    assert await one.enter("boss", room) == ""
    await walk(one.store.set_metadata("anna", "anna", "r", room, ("set", "k", "v"), 9))
    await walk(one.store.kick("anna", "anna", room, "boss", "out"))
    await walk(one.store.part("a{%}", "a{%}", room, "bye"))


async def _messages(walk: Walk, one: People) -> None:
    room = "#r{%}"
    channel = walk.keys.room(room)
    said = await one.say("r\0once", channel, "anna")
    assert (await one.say("r\0once", channel, "anna"))[:2] == [b"dup", said]
    await one.say("rqao", channel, "anna")
    await one.say("rs", channel, "anna", "TAGMSG")
    told = await one.say("uk\0once", walk.keys.user("bob"), "anna")
    await one.say("ukR", walk.keys.user("bob"), "carl")
    await walk(one.store.redact("anna", "anna", "r", room, (said.decode(), "id"), "why"))
    await walk(one.store.redact("anna", "anna", "u", "bob", (told.decode(), "id"), ""))
    page = await walk(
        one.store.room_history(room, "anna", "0-0", "9999999999999-0", 9, forwards=False)
    )
    assert page.payloads == []
    await walk(one.store.gap(f"{channel}:log", b"0-0", 9))
    for name in ("anna", "carl"):  # an account and a guest
        for kind, target in (("r", room), ("u", "bob")):
            await walk(one.store.mark_read(name, name, kind, target, target, 5, "s"))
            assert (await walk(one.store.read_at(name, kind, target))).read_ms == 5
    await _inboxes(walk, one, channel)


async def _inboxes(walk: Walk, one: People, channel: str) -> None:
    assert await walk(one.store.change_keywords("bob", ["hello", "x{%}"], 9, add=True))
    assert await walk(one.store.keywords("bob")) == ["hello", "x{%}"]
    await one.say("r\0\0hello bob carl", channel, "anna")
    assert await walk(one.store.fill_inboxes()) == 0
    assert len((await walk(one.store.inbox("bob", "+", ""))).rows) == 1
    assert (await walk(one.store.mentions("bob", "+"))).rows == [("#r{%}", 1)]
    assert await walk(one.store.direct("bob", "+", 9))
    assert await walk(one.store.count_direct("bob", "+", ""))
    assert await walk(one.store.unread("bob", [("#r{%}", "", 0)], 9))
    assert b"x{%}" in (await walk(one.store.watched(""))).rows
    await walk(one.store.change_keywords("bob", ["x{%}"], 9, add=False))
    assert b"x{%}" not in (await walk(one.store.watched(""))).rows


async def _waiting(walk: Walk, one: People) -> None:
    to = walk.keys.user("frida")
    await walk(one.store.register("", "frida", "frida", "secret"))
    word, said = await one.say("uk\0once", to, "anna")
    assert word == b"waits"
    assert (await one.say("uk\0once", to, "anna"))[:2] == [b"dup", said]
    for how in ("u", "ukR"):
        assert (await one.say(how, to, "carl"))[0] == b"waits"
    await walk(one.store.redact("anna", "anna", "u", "frida", (said.decode(), "id"), ""))
    await one.come("away", "frida")  # under another nick
    await one.say("ukR", to, "carl")
    assert await walk(one.store.nicks("frida")) == ["away"]
    await walk(one.store.umode("away", "away", "R", ""))
    await walk(one.store.logout("away", "bye"))
    assert await one.say("u", to, "carl") == [b"guest", b"frida"]
    assert (await one.say("uk", to, "anna"))[0] == b"waits"
    assert await walk.refused(one.store.account_add("frida", "frida", {})) == "exists"
    await walk(one.store.account_add("gaby", "Gaby", {"password": "secret"}))
    await walk(one.store.account_password("gaby", {"password": "other"}))
    (row,) = one.store.account_rows(["gaby"])
    assert (await walk(row)).name == "Gaby"
    await walk(one.store.account_delete("gaby"))
    await walk(one.store.account_rename("frida", "f{%}", "F{%}"))
    await walk(one.store.account_rename("f{%}", "frida", "Frida"))
    await walk(one.store.account_delete("frida"))
    assert await walk.client.hgetall(walk.keys.of(Owner.SERVER, "renamed")) == {}
    assert not [key async for key in walk.client.scan_iter("*{frida}*")]


async def _other_names(walk: Walk, one: People) -> None:
    await one.say("ukR", walk.keys.user("carl"), "anna")
    await walk(one.store.nick("carl", "carl", "dora", "Dora"))
    await walk(one.store.nick("carl", "dora", "dora", "DORA"))
    await walk(one.store.nick("\u0435vil", "\u0435vil", "\u0430nn", "\u0430nn"))
    await walk(one.store.rename_room("anna", "anna", "#r{%}", "#new", "#New", ""))
    await walk(one.store.rename_room("anna", "anna", "#new", "#new", "#NEW", ""))
    await walk(one.store.host("boss", "boss", "dora", "u", "shown", "s"))


async def _questions(walk: Walk, one: People) -> None:
    await walk(one.store.named("anna", "nobody"))
    await walk(one.store.who("#new", "anna", ""))
    await walk(one.store.whois("dora", "anna"))
    await walk(one.store.whowas("carl", 0))
    await walk(one.store.snapshot("#new", "anna"))
    await walk(one.store.list_rooms("anna", [], ""))
    await walk(one.store.metadata("anna", "s", "#new", []))
    await walk(one.store.own_history("anna", "bob", "0-0", "9999999999999-0", 9, forwards=True))
    await walk(one.store.shown(f"{walk.keys.user('anna')}:log", "", "anna", "bob", [b"1-1"]))
    await walk(one.store.last_said("anna", "0-0", ""))
    await walk(one.store.talked("anna", "0-0", "9999999999999-0", []))
    await walk(one.store.clear("anna", 2, ["#r{%}", "bob"]))
    assert await walk.refused(one.store.clear("anna", 2, ["carl"])) == "toomany"
    assert await walk.refused(one.store.clear("carl", 2, ["*"])) == "guest"
    cleared: dict[str, int] = await walk(one.store.cleared("anna"))
    assert cleared.keys() == {"#r{%}", "bob"}


async def _owned_rooms(walk: Walk, one: People, two: People) -> None:
    await one.enter("anna", "#own")
    await walk(one.store.register_room("anna", "#own", 9, "s"))
    await walk(one.store.room_info("#own", "anna"))
    await walk(one.store.room_retention("anna", "#own", "9 1"))
    await walk(one.store.part("anna", "anna", "#own", ""))  # it stays
    await one.enter("anna", "#own")
    await walk(one.store.rename_room("anna", "anna", "#own", "#his", "#his", ""))
    for account, level in (("bob", "op"), ("boss", "banned"), ("boss", "allowed"), ("bob", "")):
        told = await walk(one.store.set_access("anna", "#his", account, level, 2))
        assert told == ["ok", "#his", account, "1"]
    assert [entry.level for entry in (await walk(one.store.access("#his", "anna")))[1]] == [
        "allowed"
    ]
    await _bans_of_a_room(walk, one)
    await walk(one.store.transfer_room("anna", "#his", "bob", 9, "s"))
    await walk(one.store.part("anna", "anna", "#his", ""))
    await two.enter("bob", "#his")
    await walk(two.store.part("bob", "bob", "#his", ""))
    await walk(two.store.transfer_room("bob", "#his", "", 9, "s"))  # now it ends
    await one.enter("anna", "#last")
    await walk(one.store.register_room("anna", "#last", 9, "s"))
    await walk(one.store.part("anna", "anna", "#last", ""))


async def _bans_of_a_room(walk: Walk, one: People) -> None:
    """Bans that end, one before its room does and one with it."""
    ban, unban = partial(one.store.room_ban, "anna", "anna"), one.store.room_unban
    mute = Banned(True, mask="m:x!*@*", written="m:x!*@*")
    for who, seconds in ((Banned(False, "bob"), 60), (mute, 0), (mute, 60)):
        told = await walk(ban("#his", who, seconds=seconds, reason="", masks=9))
        assert (told[3] == "0") is (seconds == 0)
    (_, listed) = await walk(one.store.room_bans("#his", "anna"))
    assert sorted((ban.mask, ban.ends > 0) for ban in listed) == [
        ("a:bob", True),
        (mute.mask, True),
    ]
    assert (await walk(unban("anna", "anna", "#his", Banned(False, "bob"))))[2:] == ["a:bob"]
    assert await walk.refused(unban("anna", "anna", "#his", Banned(False, "bob"))) == "noban"
    await one.enter("anna", "#short")
    await walk(ban("#short", mute, seconds=60, reason="", masks=9))
    await walk(one.store.part("anna", "anna", "#short", ""))
    timed = f"{walk.keys.presence}:timed"
    (room,) = await walk.client.zrange(timed, 0, -1)
    await walk.client.zadd(timed, {room: 1, "9.9": 1})
    await walk.client.zadd(f"{walk.keys.room('#his')}:ends", {"m:x!*@*": 1})
    assert await walk(one.store.overdue("s")) == ["ok", "0"]
    assert (await walk(one.store.masks("#his", "anna", "b", "")))[1] == []
    assert not await walk.client.exists(timed)


async def _staff(walk: Walk, one: People, two: People) -> None:
    await walk(one.store.wallops("boss", "boss", "hear"))
    await walk(one.store.drain("g2"))
    assert await walk.refused(one.store.drain("g3")) == "nogateway"
    await walk(one.store.rehash("boss", "boss"))
    await walk(one.store.ban("boss", "boss", "K", "*!*@bad", 60, "why"))
    await walk(one.store.ban("boss", "boss", "A", "eve", 0, "why"))
    assert len((await walk(one.store.bans())).bans) == 2
    await walk(one.store.unban("boss", "boss", "A", "eve"))
    assert await walk.refused(one.store.unban("boss", "boss", "A", "eve")) == "noban"
    await walk(one.store.kill("boss", "boss", "dora", "go"))
    await walk(one.store.change_password("anna", "anna", "other", "scram"))
    await proofs(walk, one.store, "anna")
    await walk(one.store.account_rename("anna", "ada", "Ada"))  # she is online
    owner = await walk(one.store.cert_owner("ab"))
    assert owner is not None
    assert owner[:2] == ("ada", "Ada")
    await walk(one.store.account_tell("ada", [("anna", "1-1")]))
    assert await walk(one.store.account_masks("anna", "ada", "Ada", "chat.internal")) == ""
    await walk(one.store.account_rename("ada", "anna", "anna"))
    await walk(one.store.account_delete("anna"))  # she is online, her rooms are nobody's
    assert await walk.refused(one.store.change_password("anna", "anna", "x", "y")) == "noaccount"
    await walk(one.store.mark_read("a{%}", "a{%}", "u", "anna", "anna", 5, "s"))
    await walk(one.store.set_account("a{%}", "a{%}", ("bob", "bob")))
    await two.enter("bob", "#lost")
    assert await two.mode("bob", "#lost", "+i") == []
    await two.say("r", walk.keys.room("#lost"), "bob")


async def _after_a_rollback(walk: Walk, two: People) -> None:
    held = await walk(two.store.held(""))
    assert (held.following, held.rows) == ("", [("dora", "dora", "dora")])
    dora = Believed("dora", "dora", "dora", "dora", [("#r{%}", "o")])
    (found,) = await walk(two.store.audit([dora]))
    assert (found.what, found.first) == ("missing", "#r{%}")
    room = ("#r{%}", "#R{%}", "ntk", "o", "topic", "dora!u@h", 1, "key", "", "", "")
    await walk(two.store.repair("dora", "dora", "s", [("in", room)]))
    assert await walk(two.store.audit([dora])) == []
    await walk(two.store.repair("dora", "dora", "s", [("modes", (*room[:3], "v", *room[4:]))]))
    (found,) = await walk(two.store.audit([dora]))
    assert (found.what, found.first, found.second) == ("prefix", "#r{%}", "v")
    await walk(two.store.topic_again("#r{%}", ("newer", "dora!u@h", 2)))
    assert (await walk(two.store.snapshot("#r{%}", "dora"))).topic == "newer"
    await walk(two.store.repair("dora", "dora", "s", [("out", room)]))
    (found,) = await walk(two.store.audit([dora]))
    assert found.what == "missing"
    left = [("#r{%}", "#R{%}", "9-9")]
    await walk(two.store.gone("dora", "dora", "dora!u@h", "", "bye", left))


async def _the_end(walk: Walk, one: People, two: People) -> None:
    await walk.client.zadd(walk.keys.leases, {"g2": 1})
    await walk.client.delete(walk.keys.lease("g2"))
    await walk(one.store.reap("g2", "lost"))
    await walk(two.store.lease(60.0, take=True, active=[]))
    back = Returning(
        "dora", "dora", "dora", "~u", "h", "r", "", "", "-h", "", "dora", "", "", "", "", "s", []
    )
    await walk(two.store.come_back(back))
    await _after_a_rollback(walk, two)
    await walk(two.store.logout("dora", "bye"))
    for name in ("anna", "a{%}", "\u0435vil", "boss", "carl"):
        await walk(one.store.logout(name, "bye"))
    for name in ("boss", "bob"):
        await walk(one.store.account_delete(name))
    assert (await walk(one.store.counts())).users == 0
