"""Accounts that are deleted while somebody is logged in to them, on a real server."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from chatd.store.errors import Refused
from chatd.store.login import Return, Returning
from chatd.store.pending import settled
from chatd.store.rooms import Entrant
from chatd.store.store import Store
from tests.store.conftest import Gateway
from tests.support.servers import RedisServer


async def made(store: Store, name: str, *, operator: bool = False) -> str:
    """An account of that name; the uid of who is logged in to it."""
    await settled(store.register("", name, name, "secret"))
    _, created, _ = await settled(store.account_facts(name))
    await settled(store.account_oper(name, operator))
    return f"={name}@{created}"


async def come(store: Store, sid: str, name: str, account: str) -> str:
    """Log in; the uid."""
    login = store.login(sid, name, name, "~u", "h", "r", (account, account))
    return (await settled(login)).uid


async def come_back(store: Store, sid: str, name: str, account: str, uid: str) -> Return:
    """What a gateway says of a session that it still has, an operator's."""
    who = Returning(
        sid, name, name, "~u", "h", "r", account, account, "-h", "", uid, "iow", "", "", "", "s", []
    )
    return await settled(store.come_back(who))


async def lose(store: Store, redis: RedisServer, gateway: str) -> None:
    """The lease of a gateway is over, and another cleans up."""
    async with Redis.from_url(redis.direct_url) as client:
        await client.zadd(redis.keys.leases, {gateway: 1})
        await client.delete(redis.keys.lease(gateway))
    await settled(store.reap(gateway, "lost"))


@pytest.mark.parametrize("again", ["", "somebody else's", "another operator's"])
async def test_deleted_while_its_owner_is_lost(
    gateway: Gateway, redis_server: RedisServer, again: str
) -> None:
    """ "He is a guest at once, on all gateways": on one that comes back, when it does. What was
    kept under the account is nobody's."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    uid = await made(g1, "anna", operator=True)
    assert await come(g2, "s1", "anna-work", "anna") == uid
    await lose(g1, redis_server, "g2")
    await settled(g1.account_delete("anna"))
    if again:
        await made(g1, "anna", operator="operator" in again)
    await settled(g2.lease(60.0, take=True, active=[]))
    login = (await come_back(g2, "s1", "anna-work", "anna", uid)).login
    assert (login.account, login.uid, login.modes) == ("", "s1", "iw")
    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:
        assert await client.keys(redis_server.key("chat:*kept*")) == []
        assert await client.exists(redis_server.key("chat:account:{anna}:online")) == 0


async def test_no_operator_any_more_while_its_owner_is_lost(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    g1, g2 = await gateway("g1"), await gateway("g2")
    uid = await made(g1, "anna", operator=True)
    await come(g2, "s1", "anna", "anna")
    await lose(g1, redis_server, "g2")
    await settled(g1.account_oper("anna", False))
    await settled(g2.lease(60.0, take=True, active=[]))
    login = (await come_back(g2, "s1", "anna", "anna", uid)).login
    assert (login.account, login.uid, login.modes) == ("anna", uid, "")


async def test_deleted_after_the_login_and_before_the_arrival(gateway: Gateway) -> None:
    """Who has given the password of an account that is not there any more has none."""
    g1 = await gateway("g1")
    await made(g1, "anna")
    await settled(g1.account_delete("anna"))
    with pytest.raises(Refused, match="noaccount"):
        await come(g1, "s1", "anna", "anna")
    assert await come(g1, "s1", "anna", "") == "s1"
    with pytest.raises(Refused, match="noaccount"):
        await settled(g1.set_account("s1", "anna", ("anna", "anna")))


async def test_the_index_follows_whoever_is_logged_in(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """ "An index account -> names online", through login, NICK, another login and the end."""
    g1 = await gateway("g1")
    await made(g1, "anna")
    await made(g1, "bea")

    async with Redis.from_url(redis_server.direct_url, decode_responses=True) as client:

        async def online(account: str) -> set[str]:
            key = redis_server.key(f"chat:account:{{{account}}}:online")
            return {str(name) for name in await client.smembers(key)}

        await come(g1, "s1", "one", "anna")
        await come(g1, "s2", "two", "")
        await settled(g1.set_account("s2", "two", ("anna", "anna")))
        assert await online("anna") == {"one", "two"}
        await settled(g1.nick("s1", "one", "uno", "uno"))
        assert await online("anna") == {"uno", "two"}
        await settled(g1.set_account("s1", "uno", ("bea", "bea")))
        assert (await online("anna"), await online("bea")) == ({"two"}, {"uno"})
        await settled(g1.logout("s2", "bye"))
        assert await online("anna") == set()


async def test_names_that_look_like_a_deleted_account_are_free(gateway: Gateway) -> None:
    """The look is the account's; it ends with it."""
    g1 = await gateway("g1")
    await settled(g1.register("", "аnna", "аnna", "secret"))
    with pytest.raises(Refused, match="confusable"):
        await come(g1, "s1", "anna", "")
    await settled(g1.account_delete("аnna"))
    await come(g1, "s1", "anna", "")


async def test_an_account_under_two_nicks_is_lost(
    gateway: Gateway, redis_server: RedisServer
) -> None:
    """ "What sessions held when they were lost [...] given back whole": each has its own rooms
    back, and not those of the other nick."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    uid = await made(g1, "anna")
    await settled(g1.login("s9", "bob", "bob", "~u", "h", "r", ("", "")))
    nicks = ("anna1", "anna2")
    for nick in nicks:
        assert await come(g2, f"s-{nick}", nick, "anna") == uid
        await enter(g2, f"s-{nick}", nick, f"#{nick}")
        await enter(g1, "s9", "bob", f"#{nick}")
    await lose(g1, redis_server, "g2")
    await settled(g2.lease(60.0, take=True, active=[]))
    for nick in nicks:
        back = await come_back(g2, f"s-{nick}", nick, "anna", uid)
        assert back.rooms == {f"#{nick}": "in"}
        found = await settled(g2.snapshot(f"#{nick}", ""))
        assert {name: prefix for name, prefix, _ in found.members} == {nick: "o", "bob": ""}


async def enter(store: Store, sid: str, name: str, room: str) -> None:
    """Enter a room, or make it."""
    entrant = Entrant(sid, name, room, "")
    assert await settled(store.join(room, [entrant], most=9, new=("nt", "o"), server="s")) == [None]
