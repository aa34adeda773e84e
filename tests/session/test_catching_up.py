"""What a device has missed and could not be shown is shown at its next login."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.session.pipe import Progress
from chatd.store.errors import StoreUnavailable
from chatd.store.pending import failed
from tests.support.memory import Client, MemoryGateway, World


async def anna(
    gateway: MemoryGateway, progress: Progress | None = None
) -> tuple[Client, list[str]]:
    """A login of the account, and what it was shown. ``progress``: what its kernel says."""
    client = gateway.connect()
    if progress is not None:
        client.pipe.progress = lambda: progress  # type: ignore[method-assign]
    client.session.session.account = ("anna", "anna")
    client.session.session.device = "laptop"
    await client.says("CAP REQ server-time")
    lines = await client.says("NICK anna", "USER anna 0 * :anna", "CAP END")
    return client, [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]


@pytest.mark.parametrize("target", ["anna", "#room"])
async def test_redis_goes_away_while_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    """ "Gaps are healed or admitted": better twice than not."""
    gateway = MemoryGateway(World(), "g1")
    gateway.store.register("", "anna", "anna", "secret").result()
    client, _ = await anna(gateway)
    bob = await gateway.login("bob")
    await bob.says("JOIN #room")
    await client.says("JOIN #room")
    client.session.lost("Connection lost")
    await bob.says(f"PRIVMSG {target} :hello")
    with monkeypatch.context() as away:
        for question in ("of_user", "of_room"):
            away.setattr(gateway.server.history, question,
                         lambda *_, **__: failed(StoreUnavailable("Redis is away")))  # fmt: skip
        client, shown = await anna(gateway)
        assert shown == []
        client.session.lost("Connection lost")
    client, shown = await anna(gateway)
    assert shown == ["hello"]


async def test_a_room_where_nothing_has_happened_is_not_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who comes back to 200 rooms does so for what was said in some of them."""
    gateway = MemoryGateway(World(), "g1")
    gateway.store.register("", "anna", "anna", "secret").result()
    client, _ = await anna(gateway)
    bob = await gateway.login("bob")
    for room in ("#quiet", "#room"):
        await bob.says(f"JOIN {room}")
        await client.says(f"JOIN {room}")
    await bob.says("PRIVMSG #quiet :heard", "PRIVMSG #room :heard")
    client.session.let_go("Gateway restarts")
    await bob.says("PRIVMSG #room :hello")
    asked, of_room = list[str](), gateway.server.history.of_room

    def noted(session: Any, room: str, *args: Any, **how: Any) -> Any:
        asked.append(room)
        return of_room(session, room, *args, **how)

    monkeypatch.setattr(gateway.server.history, "of_room", noted)
    client, shown = await anna(gateway)
    assert (shown, asked) == (["hello"], ["#room"])


async def test_who_goes_again_before_it_is_shown_has_heard_no_more_than_before() -> None:
    """How far the earlier connection was is known to the session from then on, not only to the
    connection that asked."""
    gateway = MemoryGateway(World(), "g1")
    await gateway.network.start()
    gateway.store.register("", "anna", "anna", "secret").result()
    first, _ = await anna(gateway)
    bob = await gateway.login("bob")
    first.pipe.progress = lambda: Progress(0, 1, float("inf"))  # type: ignore[method-assign]
    before = first.session.session.heard = gateway.hub.heard.text()
    await bob.says("PRIVMSG anna :into a dead wire")
    _, shown = await anna(gateway, Progress(0, 9999, float("inf")))
    assert shown == ["into a dead wire"]
    second, shown = await anna(gateway)
    assert shown == ["into a dead wire"], "the kernel of the second one had not taken it either"
    assert second.session.caught is not None
    assert second.session.caught[1] == before
