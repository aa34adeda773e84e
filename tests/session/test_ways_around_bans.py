"""Issue 8: "Masks see what `docs/protocol.md` says they see, in CIDR too, in every script that
casemapping folds."
"""

from __future__ import annotations

import pytest

from chatd.commands.bans import _read
from chatd.state.bans import BanList, Subject
from chatd.store.staff import Ban
from tests.support.memory import MemoryGateway


def is_kept_out(kind: str, mask: str, nick: str, address: str) -> bool:
    """Whether a ban of the server is for a guest."""
    bans = BanList(lambda: 0.0)
    bans.add(Ban(kind, _read(kind, mask), "op", 0, 0, "no"), 0)
    return bans.on(Subject(nick, "~user", (address, "shown.example"), "")) is not None


@pytest.mark.parametrize("mask", ["ΟΔΟΣ*", "οδος*", "οδοσ*", "*ΔΟΣΑ", "*δοσ?"])
async def test_a_sigma_in_the_middle_and_at_the_end(gateway: MemoryGateway, mask: str) -> None:
    """In lower case the last letter of a Greek word is another one, but not before a star."""
    alice, eve = await gateway.login("alice"), await gateway.login("ΟΔΟΣΑ")
    await alice.says("JOIN #room", f"MODE #room +b {mask}!*@*")
    assert await eve.says("JOIN #room") == [
        ":chat.internal 474 ΟΔΟΣΑ #room :Cannot join channel (+b)"
    ]
    assert is_kept_out("K", f"{mask}!*@*", "ΟΔΟΣΑ", "192.0.2.1")


@pytest.mark.parametrize("mask", ["ΟΔΟΣ", "οδος", "οδοσ", "οδο?", "m:οδοσ"])
async def test_a_sigma_at_the_end_of_a_name(gateway: MemoryGateway, mask: str) -> None:
    """The same letter however it is written."""
    alice, eve = await gateway.login("alice"), await gateway.login("ΟΔΟΣ")
    await alice.says("JOIN #room", f"MODE #room +b {mask}!*@*")
    said = await eve.says("JOIN #room", "PRIVMSG #room :hello")
    assert "404" in said[-1], said


@pytest.mark.parametrize(
    ("kind", "mask", "address"),
    [
        ("D", "::ffff:192.0.2.1", "192.0.2.1"),
        ("D", "::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("D", "::ffff:192.0.2.0/120", "192.0.2.7"),
        ("D", "192.0.2.0/24", "::ffff:192.0.2.7"),
        ("K", "*@2001:DB8:0:0::1", "2001:db8::1"),
        ("K", "*@0::1", "0:0:0:0:0:0:0:1"),
    ],
)
def test_an_address_in_another_spelling(kind: str, mask: str, address: str) -> None:
    """A ban of the server is for the address, not for its text."""
    assert is_kept_out(kind, mask, "eve", address)


async def test_a_room_bans_an_address_in_any_spelling(gateway: MemoryGateway) -> None:
    """The fake client comes from 127.0.0.1."""
    alice, eve = await gateway.login("alice"), await gateway.login("eve")
    await alice.says("JOIN #room", "MODE #room +b eve!*@0:0:0:0:0:FFFF:127.0.0.1")
    assert "474" in (await eve.says("JOIN #room"))[0]


async def test_a_forward_to_a_hidden_room_does_not_exist(gateway: MemoryGateway) -> None:
    """Issue 8: "`MODE #secret` by an outsider tells [...] the forward's name"."""
    alice, eve = await gateway.login("alice"), await gateway.login("eve")
    await alice.says("JOIN #SeCret", "MODE #secret +s")
    await eve.says("JOIN #room")
    secret, nowhere = await eve.says("MODE #room +f #secret", "MODE #room +f #nowhere")
    assert secret == nowhere.replace("#nowhere", "#secret")
