"""SCRAM between whose steps something happens, and how the verifiers come to be."""

from __future__ import annotations

import asyncio
import threading
from base64 import b64encode

import pytest

from chatd.state import verifiers
from chatd.state.attempts import MOST_OPEN, TooBusy
from chatd.state.passwords import bound, check_password, hash_password
from chatd.store.errors import StoreError
from chatd.wire import scram as wire
from tests.support.memory import Client, MemoryGateway, Slow, World
from tests.support.scram import Scram, words
from tests.support.wait import wait_until

FACTS = "chat:account:{anna}"
CHEAP = 4096


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer rounds: how many is not what is tested here."""
    monkeypatch.setattr(verifiers, "ITERATIONS", CHEAP)
    monkeypatch.setattr(verifiers, "make_verifier", made)


def made(password: str) -> wire.Verifier:
    return wire.make_verifier(password, iterations=CHEAP)


def keep(gateway: MemoryGateway, password: str = "sesame", *, scram: bool = True) -> str:
    """Make anna's account; its hash."""
    hashed = hash_password(password)
    verifier = bound(str(made(password)), hashed) if scram else ""
    gateway.store.register("", "anna", "Anna", hashed, verifier).result()
    return hashed


async def begun(gateway: MemoryGateway, scram: Scram) -> tuple[Client, str]:
    """A client that has said its first message, and the challenge."""
    client = gateway.connect()
    await client.says("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
    (line,) = await client.says(f"AUTHENTICATE {scram.first()}")
    return client, line.removeprefix("AUTHENTICATE ")


async def test_the_account_is_deleted_between_the_steps(gateway: MemoryGateway) -> None:
    keep(gateway)
    scram = Scram("anna", "sesame")
    client, said = await begun(gateway, scram)
    gateway.store.account_delete("anna").result()
    assert await client.says(f"AUTHENTICATE {scram.final(said)}") == [
        ":chat.internal 904 * :SASL authentication failed"
    ]


async def test_the_next_owner_of_the_name_is_not_who_logs_in(gateway: MemoryGateway) -> None:
    keep(gateway)
    scram = Scram("anna", "sesame")
    client, said = await begun(gateway, scram)
    gateway.store.account_delete("anna").result()
    keep(gateway)
    (line,) = await client.says(f"AUTHENTICATE {scram.final(said)}")
    assert " 904 " in line


async def test_the_password_is_changed_between_the_steps(gateway: MemoryGateway) -> None:
    keep(gateway)
    scram = Scram("anna", "sesame")
    client, said = await begun(gateway, scram)
    hashed = hash_password("new")
    secret = {"password": hashed, "scram": bound(str(made("new")), hashed)}
    gateway.store.account_password("anna", secret).result()
    (line,) = await client.says(f"AUTHENTICATE {scram.final(said)}")
    assert " 904 " in line


async def test_the_account_is_deleted_before_the_last_response(gateway: MemoryGateway) -> None:
    """It was proved, and then there is no account: who connects is a guest."""
    keep(gateway)
    scram = Scram("anna", "sesame")
    client, said = await begun(gateway, scram)
    await client.says(f"AUTHENTICATE {scram.final(said)}")
    gateway.store.account_delete("anna").result()
    await client.says("AUTHENTICATE +", "NICK anna", "USER a 0 * :A")
    lines = await client.says("CAP END")
    assert lines[0] == ":chat.internal 904 anna :Your account does not exist any more"
    assert " 001 anna " in lines[1]


@pytest.mark.parametrize("step", [0, 1])
async def test_redis_is_away_between_the_steps(gateway: MemoryGateway, step: int) -> None:
    """ "the authentication layer is unavailable": said, and the client may try again."""
    keep(gateway)
    scram = Scram("anna", "sesame")
    client = gateway.connect()
    await client.says("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
    first, answer = f"AUTHENTICATE {scram.first()}", ""
    if step:
        (line,) = await client.says(first)
        answer = f"AUTHENTICATE {scram.final(line.removeprefix('AUTHENTICATE '))}"
    gateway.relay.cut = True
    (line,) = await client.says(answer or first)
    assert line == (
        ":chat.internal 904 * :The server cannot reach its store right now; try again in a moment"
    )
    gateway.relay.cut = False
    assert await client.says("AUTHENTICATE SCRAM-SHA-256") == ["AUTHENTICATE +"]


async def test_connecting_aborts_it(gateway: MemoryGateway) -> None:
    """ "the server SHOULD abort it and send a 906 numeric, then register the client" """
    keep(gateway)
    client, _ = await begun(gateway, Scram("anna", "sesame"))
    lines = await client.says("NICK bob", "USER b 0 * :B", "CAP END")
    assert [line.split(" ")[1] for line in lines[:2]] == ["906", "001"]


@pytest.mark.parametrize("then", ["AUTHENTICATE *", "QUIT", "AUTHENTICATE AAAA", ""])
async def test_who_only_begins_keeps_the_owner_from_nothing(
    gateway: MemoryGateway, then: str
) -> None:
    """Of the same network, as behind a NAT: as many as may be under way, and none of them ends."""
    keep(gateway)
    for _ in range(MOST_OPEN):
        client, _ = await begun(gateway, Scram("anna", "guess"))
        if then:
            await client.says(then)
    scram = Scram("anna", "sesame")
    client, said = await begun(gateway, scram)
    await client.says(f"AUTHENTICATE {scram.final(said)}")
    lines = await client.says("AUTHENTICATE +")
    assert [line.split(" ")[1] for line in lines] == ["900", "903"]


@pytest.mark.slow
async def test_many_passwords_of_one_network_keep_nobody_else_waiting(
    gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REGISTER and PASSWD again and again, from many connections of one address."""
    go_on = threading.Event()

    def slow(password: str) -> wire.Verifier:
        go_on.wait(30)
        return made(password)

    monkeypatch.setattr(verifiers, "make_verifier", slow)
    hashed = gateway.server.accounts.hashed
    many = [asyncio.create_task(hashed("192.0.2.1", "guess")) for _ in range(40)]
    await wait_until(lambda: sum(task.done() for task in many) >= 36, "most of them are refused")
    honest = asyncio.create_task(hashed("192.0.2.2", "sesame"))
    made_here = gateway.server.accounts.verifiers
    await wait_until(lambda: honest.done() or made_here._computing > 4, "it waits, too")
    go_on.set()
    assert check_password((await honest).password, "sesame")
    found = await asyncio.gather(*many, return_exceptions=True)
    assert sum(isinstance(one, TooBusy) for one in found) == 36


async def test_tries_that_redis_did_not_see_end(gateway: MemoryGateway) -> None:
    """It was away: the owner comes again as often as it takes."""
    keep(gateway)
    gateway.relay.cut = True
    for _ in range(MOST_OPEN + 1):
        with pytest.raises(StoreError):
            await gateway.server.accounts.verify("h", "anna", "sesame")
    gateway.relay.cut = False
    assert await gateway.server.accounts.verify("h", "anna", "sesame") is not None


async def test_steps_out_of_order(gateway: MemoryGateway) -> None:
    """A final message first, the first one twice."""
    keep(gateway)
    client = gateway.connect()
    await client.says("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
    final = b64encode(b"c=biws,r=abc,p=AAAA").decode()
    (line,) = await client.says(f"AUTHENTICATE {final}")
    assert " 904 " in line
    scram = Scram("anna", "sesame")
    again, _ = await begun(gateway, scram)
    (line,) = await again.says(f"AUTHENTICATE {Scram('anna', 'sesame').first()}")
    assert " 904 " in line


async def test_the_secret_of_the_decoys_is_kept_once(world: World) -> None:
    """Two gateways that need it at the same time have the same."""
    one, two = MemoryGateway(world, "one"), MemoryGateway(world, "two")
    salts = set()
    for gateway in (one, two):
        gateway.store.make_decoys(gateway.config.gateway_id.encode()).result()
        _, said = await begun(gateway, Scram("nobody", "x"))
        salts.add(words(said)["s"])
    assert len(salts) == 1
    assert world.client.get("chat:{chat:online}:decoys") == "one"


async def test_a_login_with_the_password_makes_the_verifier(
    gateway: MemoryGateway, world: World
) -> None:
    """ "At PLAIN / PASS logins that were right and where there is none yet"."""
    hashed = keep(gateway, scram=False)
    assert await gateway.server.accounts.verify("h", "anna", "wrong") is None
    found = await gateway.server.accounts.verify("h", "anna", "sesame")
    assert found is not None
    assert found[:2] == ("anna", "Anna")
    await wait_until(lambda: world.client.hget(FACTS, "scram"), "the verifier is kept")
    assert world.client.hget(FACTS, "password") == hashed, "that was made as today"
    scram = Scram("anna", "sesame")
    client, said = await begun(gateway, scram)
    (line,) = await client.says(f"AUTHENTICATE {scram.final(said)}")
    scram.check(line.removeprefix("AUTHENTICATE "))


async def test_a_hash_made_with_other_parameters_is_renewed(
    gateway: MemoryGateway, world: World
) -> None:
    """Hashes of earlier versions take eight times as long to check."""
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("sesame")
    gateway.store.register("", "anna", "Anna", old, bound(str(made("sesame")), old)).result()
    await gateway.server.accounts.verify("h", "anna", "sesame")
    await wait_until(lambda: world.client.hget(FACTS, "password") != old, "it is another hash")
    assert check_password(str(world.client.hget(FACTS, "password")), "sesame")


async def test_who_changes_the_password_meanwhile_wins(
    gateway: MemoryGateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "Only if the stored hash is still the one that was checked"."""
    keep(gateway, scram=False)
    renew = Slow(monkeypatch, gateway.store, "renew")
    await gateway.server.accounts.verify("h", "anna", "sesame")
    await wait_until(lambda: bool(renew.calls), "the verifier is made")
    secret = {"password": "changed", "scram": "verifier of that"}
    gateway.store.account_password("anna", secret).result()
    renew.answer()
    assert world.client.hmget(FACTS, "password", "scram") == ["changed", "verifier of that"]


async def test_a_password_that_only_the_hash_knows(gateway: MemoryGateway, world: World) -> None:
    """A gateway of an earlier version has changed it: the old one is not good for SCRAM, and the
    next login with the new one makes its verifier.
    """
    keep(gateway)
    world.client.hset(FACTS, "password", hash_password("new"))
    for password, numeric in (("sesame", "904"), ("new", "904")):
        scram = Scram("anna", password)
        client, said = await begun(gateway, scram)
        (line,) = await client.says(f"AUTHENTICATE {scram.final(said)}")
        assert f" {numeric} " in line
    before = world.client.hget(FACTS, "scram")
    await gateway.server.accounts.verify("h", "anna", "new")
    await wait_until(lambda: world.client.hget(FACTS, "scram") != before, "there is a new one")
    scram = Scram("anna", "new")
    client, said = await begun(gateway, scram)
    (line,) = await client.says(f"AUTHENTICATE {scram.final(said)}")
    scram.check(line.removeprefix("AUTHENTICATE "))


async def test_a_deleted_account_is_not_made_again(
    gateway: MemoryGateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(gateway, scram=False)
    renew = Slow(monkeypatch, gateway.store, "renew")
    await gateway.server.accounts.verify("h", "anna", "sesame")
    await wait_until(lambda: bool(renew.calls), "the verifier is made")
    gateway.store.account_delete("anna").result()
    renew.answer()
    assert not world.client.exists(FACTS)
