"""PASSWD: "`chatd account delete anna` [...] He is a guest at once" (issue 8)."""

from __future__ import annotations

import asyncio

import pytest

from chatd.state.accounts import Secret
from tests.support.memory import MemoryGateway, World


async def test_the_password_of_the_next_owner_is_not_changed(
    gateway: MemoryGateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To hash it takes a while, and the account may be somebody else's when that is done."""
    gateway.store.register("", "anna", "anna", "first").result()
    alice = await gateway.login("alice", "standard-replies")
    gateway.store.set_account(alice.session.sid, "alice", ("anna", "anna")).result()
    await alice.hears()
    hashed: asyncio.Future[Secret] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(gateway.server.accounts, "hashed", lambda host, password: hashed)
    assert await alice.says("PASSWD :mine") == []
    gateway.store.account_delete("anna").result()
    gateway.store.register("", "anna", "anna", "of the next owner").result()
    hashed.set_result(Secret("of the old owner", "scram"))
    assert (await alice.hears())[-1] == (
        ":chat.internal FAIL PASSWD ACCOUNT_REQUIRED :Your account does not exist any more"
    )
    assert world.client.hget("chat:account:{anna}", "password") == "of the next owner"
