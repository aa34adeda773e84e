"""What a client's kernel has taken when its wire breaks: that was heard, and nothing else."""

from __future__ import annotations

import pytest

from chatd.session.pipe import Progress
from tests.support.memory import Client, MemoryGateway


async def logged_in(gateway: MemoryGateway) -> Client:
    """Somebody with an account."""
    client = await gateway.login("anna")
    client.session.account = ("anna", "anna")
    return client


def reports(client: Client, monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    """What the kernel says from now on."""
    monkeypatch.setattr(client.pipe, "progress", lambda: progress)


async def test_what_the_transport_has_dropped_was_not_taken(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes to a socket that is broken: the kernel has none of it, so nothing is on its way."""
    anna = await logged_in(gateway)
    reports(anna, monkeypatch, Progress(1000, 0, 0.5))
    assert anna.session.untaken_since_s() == 0.0
    await anna.says("PING one")
    assert anna.session.untaken_since_s() == 0.5
    reports(anna, monkeypatch, Progress(2000, 0, 0.5))
    assert anna.session.untaken_since_s() == 0.0


async def test_where_the_kernel_counts_nothing_what_waits_counts(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await logged_in(gateway)
    reports(anna, monkeypatch, Progress(0, 0, float("inf")))
    await anna.says("PING one")
    assert anna.session.untaken_since_s() == 0.0
    reports(anna, monkeypatch, Progress(0, 1, float("inf")))
    assert anna.session.untaken_since_s() == float("inf")
