"""The steps of the walk in which somebody's words are erased."""

from __future__ import annotations

from chatd.store.schema.keys import Owner
from tests.store.walking import People, Walk


async def erasing(walk: Walk, one: People) -> None:
    """What anna has said, then what was said in a room."""
    job = await walk(one.store.erase("anna", "anna", "erase", "", 0))
    assert (await walk(one.store.erasing(job, ""))).goes_on
    assert (await walk(one.store.chore("me"))).id == job
    cursor = ""
    while cursor != "0":
        cursor, logs = await walk(one.store.chore_logs("me", job, cursor or "0", "p"))
        for log in logs:
            while not await walk(one.store.chore_page("me", job, log)):
                pass
    await walk(one.store.chore_trim("me", [f"{walk.keys.room('#r{%}')}:log"]))
    while cursor:
        cursor, logs = await walk(one.store.logs(cursor))
        for log in logs:
            await walk(one.store.exported(log, "-", 0, "anna"))
        cursor = "" if cursor == "0" else cursor
    start = "0"
    while start != "-1":
        start, _ = await walk(one.store.chore_end("me", job, int(start)))
    assert not (await walk(one.store.erasing(job, ""))).goes_on
    job = await walk(one.store.erase("", "", "erase", "#r{%}", 0))
    chore = await walk(one.store.chore("me"))
    while not await walk(one.store.chore_page("me", job, chore.log)):
        pass
    assert await walk(one.store.chore_end("me", job, 0)) == ("-1", [])
    assert (await walk(one.store.erasing(job, ""))).changed > 0
    assert await walk.client.hgetall(walk.keys.of(Owner.SERVER, "erasures")) == {}
