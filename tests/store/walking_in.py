"""A part of the walk: how accounts are made, and tries to log in to them."""

from __future__ import annotations

from chatd.store.admission import Admission
from chatd.store.store import Store
from tests.store.walking import Walk


async def logins(walk: Walk, store: Store) -> None:
    """There is an account bob."""
    assert await walk(store.note_connections([("192.0.2.1", 3), ("192.0.2.2", 1)])) == [3, 1]
    assert await walk(store.note_connections([("192.0.2.1", 2), ("192.0.2.2", 0)])) == [2, 0]
    assert await walk(store.note_connections([("192.0.2.1", 0)])) == [0]
    ground, invited = Admission("192.0.2.1", 1), Admission("192.0.2.1", 0, "digest")
    await walk(store.may_register("new", ground))
    await walk(store.make_invitation("digest", 2, 60_000))
    await walk(store.register("", "new", "new", "secret", admission=ground))
    await walk(store.register("", "other", "other", "secret", admission=invited))
    assert [one.left for one in await walk(store.invitations())] == [1]
    await walk(store.end_invitation("digest"))
    for name, word in (("new", "exists"), ("third", "wait")):
        assert await walk.refused(store.may_register(name, ground)) == word
    assert await walk.refused(store.may_register("third", invited)) == "uninvited"
    for name in ("new", "other"):
        await walk(store.account_delete(name))
    where, many = ("192.0.2.1", "bob"), ("2001:db8::/64", "no{%}body")
    for _ in range(6):
        await walk(store.try_password(*where, trusted=False))
        await walk(store.tried(*where, trusted=False, right=False))
    assert await walk.refused(store.try_password(*where, trusted=False)) == "wait"
    assert [network for network, _ in await walk(store.guessers())] == ["192.0.2.1"]
    await walk(store.tried(*many, trusted=False, right=False))
    await walk(store.tried(*where, trusted=False, right=True))
    assert (await walk(store.told_wrong("bob"))).count == 6
    assert (await walk(store.told_wrong("bob"))).count == 0
