"""Which session of its account a login goes on with, and how far its device has heard."""

from __future__ import annotations

from chatd.store.login import NEW, Login
from chatd.store.pending import settled
from chatd.store.store import Store
from tests.store.conftest import Gateway

GRACE_S = 30
LONG_AGO, LATER = "1000", "2000"


async def comes(store: Store, sid: str, device: str = "") -> Login:
    return await settled(
        store.login(sid, "anna", "anna", "~u", "h", "r", ("anna", "anna"), device=device)
    )


async def now(store: Store) -> str:
    """This moment, in the words of `chatd.state.heard`."""
    time: list[bytes] = await settled(store.relay.call("TIME"))
    return str(int(time[0]) * 1000 + int(time[1]) // 1000)


async def loses(store: Store, sid: str, heard: str) -> None:
    """Its connection ends."""
    await settled(store.logout(sid, "Connection closed", heard=heard, grace_s=GRACE_S))


async def test_another_session_may_be_dead_and_nobody_knows(gateway: Gateway) -> None:
    """Its gateway was killed and has its lease still: what that has told is what was heard."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    await settled(g1.register("", "anna", "anna", "secret"))
    assert (await comes(g1, "s1")).heard == NEW
    await settled(g1.note("s1", heard=""))
    await settled(g1.note_heard(LONG_AGO))
    found = await comes(g2, "s2")
    assert (found.sid, found.heard, found.resumed) == ("s2", LONG_AGO, True)
    # of two it may be either
    await settled(g2.note("s2", heard=""))
    await settled(g2.note_heard(LATER))
    assert (await comes(g2, "s3")).heard == LONG_AGO


async def test_a_session_that_was_left_for_another_is_not_gone_on_with(gateway: Gateway) -> None:
    """What the other has heard since is not told again."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    await settled(g1.register("", "anna", "anna", "secret"))
    await comes(g1, "s1")
    died = await now(g1)
    while await now(g1) == died:
        pass
    await comes(g2, "s2")
    await loses(g1, "s1", died)
    later = await now(g1)
    await loses(g2, "s2", later)
    found = await comes(g2, "s3")
    assert (found.sid, found.heard) == ("s2", later)
    assert (await comes(g2, "s4")).sid == "s1", "it may be another program's all the same"


async def test_of_two_programs_none_misses_anything(gateway: Gateway) -> None:
    """Which is which nobody knows: who comes first gets what both may have missed."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    await settled(g1.register("", "anna", "anna", "secret"))
    await comes(g1, "s1")
    await comes(g1, "s2")
    one, two = await now(g1), str(int(await now(g1)) + 1)
    await loses(g1, "s2", one)
    await loses(g1, "s1", two)
    assert [((found := await comes(g2, sid)).sid, found.heard) for sid in ("s3", "s4")] == [
        ("s2", one), ("s1", two)
    ]  # fmt: skip


async def test_what_a_device_has_heard_stays_heard(gateway: Gateway) -> None:
    """The session that was left behind ends after the one that its program had since."""
    g1 = await gateway("g1")
    await settled(g1.register("", "anna", "anna", "secret"))
    for sid in ("s1", "s2"):
        await comes(g1, sid)
    await settled(g1.logout("s2", "Quit", heard=LATER))
    await settled(g1.logout("s1", "Connection lost", heard=LONG_AGO))
    assert (await comes(g1, "s3")).heard == LATER


async def test_the_end_of_a_connection_whose_client_has_come_again_ends_nothing(
    gateway: Gateway,
) -> None:
    """Through the same gateway, which hears of the end before it knows of the login."""
    g1, g2 = await gateway("g1"), await gateway("g2")
    await settled(g1.register("", "anna", "anna", "secret"))
    await comes(g1, "s1", "phone")
    assert (await comes(g1, "s2", "phone")).sid == "s1"
    for grace_s in (GRACE_S, 0):
        await settled(g1.logout("s1", "Quit: ", by="s1", grace_s=grace_s))
    assert (await settled(g1.held(""))).rows == [("s1", "anna", await uid_of(g1))]
    await settled(g1.logout("s1", "Connection closed", by="s2", grace_s=GRACE_S))
    assert (await settled(g1.held(""))).rows == []
    assert (await comes(g2, "s3", "phone")).sid == "s1"


async def uid_of(store: Store) -> str:
    found: bytes = await settled(store.relay.call("HGET", "chat:{chat:online}:user:anna", "uid"))
    return found.decode()
