"""What a client may ask of the server: by how many lines, how dear they are, how much may wait."""

from __future__ import annotations

import pytest

from chatd.commands.costs import EVERYBODY, HISTORY, RENAME, STATUS, extra_cost
from tests.support.memory import MemoryGateway, World


@pytest.mark.parametrize(
    ("command", "params", "lines"),
    [
        ("PING", ["a,b"], 1),
        ("JOIN", ["#a"], 1),
        ("JOIN", ["#a,#b,#c"], 3),
        ("NAMES", ["#a,#a"], 2),
        ("WHO", ["#a"], 1),
        ("WHO", ["alice"], 1),
        ("WHO", ["al*"], EVERYBODY),
        ("WHO", [], EVERYBODY),
        ("LIST", [], EVERYBODY),
        ("LIST", ["#a"], 1),
        ("LIST", [">3"], EVERYBODY),
        ("ROSTER", [], EVERYBODY),
        ("RENAME", ["#a", "#b"], RENAME),
        ("CHATHISTORY", ["LATEST", "#a", "*", "1000"], HISTORY),
        ("CHATHISTORY", ["LATEST", "#a", "*", "100"], HISTORY - 1),
        ("CHATHISTORY", ["LATEST", "#a", "*", "x"], HISTORY),
        ("CHATHISTORY", ["TARGETS", "timestamp=a", "timestamp=b", "1"], HISTORY),
    ],
)
def test_what_costs_more_counts_for_more_lines(command: str, params: list[str], lines: int) -> None:
    """ "A slow or hostile client hurts only itself": a line may not cost the others much more."""
    assert 1 + extra_cost(command, params) == lines


@pytest.mark.parametrize(
    ("command", "params", "lines"),
    [
        ("NICK", ["a"], 5),
        ("AWAY", [], 5),
        ("JOIN", ["0"], 46),
        ("TOPIC", ["#a", "x"], 1),
        ("METADATA", ["*", "clear"], 5),
        ("METADATA", ["*", "SET", "a", "b"], 5),
        ("METADATA", ["#a", "SET", "a", "b"], 1),
        ("METADATA", ["*", "LIST"], 1),
    ],
)
def test_what_happens_in_many_rooms_counts_for_more(
    command: str, params: list[str], lines: int
) -> None:
    """ "what a line costs is what it touches" """
    assert 1 + extra_cost(command, params, rooms=45) == lines


async def test_questions_about_everybody_use_the_burst_up_sooner() -> None:
    gateway = MemoryGateway(World(), "g1", flood_lines_per_s=10.0, flood_burst=50)
    alice = await gateway.login("alice")
    lines = await alice.says(*["WHO *"] * 20)
    assert sum(" 315 " in line for line in lines) == 5
    assert alice.pipe.paused


async def test_what_is_said_to_the_holders_of_a_prefix_counts_for_more() -> None:
    """Each target of this kind, wherever it stands among others."""
    gateway = MemoryGateway(World(), "g1", flood_lines_per_s=1.0, flood_burst=3 + 1 + 10 * STATUS)
    alice = await gateway.login("alice", "echo-message")
    await alice.says("JOIN #room")
    lines = await alice.says(*["PRIVMSG #room,@#room,+#room :x"] * 20)
    assert sum(" PRIVMSG @#room " in line for line in lines) == 6
    assert alice.pipe.paused


async def test_lines_that_wait_are_kept_as_they_came() -> None:
    """ "Every buffer is bounded in bytes": as objects they would take 20 times as many."""
    gateway = MemoryGateway(World(), "g1", flood_lines_per_s=10.0, flood_burst=10)
    alice = await gateway.login("alice")
    alice.session.receive(b"PING x\r\n" * 20_000, gateway.now)
    assert len(alice.session.lines._lines) * 8 + len(alice.session.lines._unread) <= 160_000
    assert len(alice.session.lines._lines) <= 8192 // 8
    assert alice.pipe.paused


async def test_nothing_is_lost_or_changes_its_place_when_much_comes_at_once() -> None:
    gateway = MemoryGateway(World(), "g1", flood_lines_per_s=0)
    alice = await gateway.login("alice")
    tokens = [str(number) for number in range(5_000)]
    alice.session.receive("".join(f"PING {token}\r\n" for token in tokens).encode(), gateway.now)
    alice.session.finish()
    lines = await alice.hears()
    assert [line.rpartition(" ")[2] for line in lines[:-1]] == tokens
    assert lines[-1].startswith("ERROR :")


async def test_who_floods_before_being_registered_is_closed() -> None:
    gateway = MemoryGateway(World(), "g1", flood_burst=10, recvq_bytes=16_384)
    stranger = gateway.connect()
    stranger.session.receive(b"CAP LS\r\n" * 5_000, gateway.now)
    assert (await stranger.hears())[-1] == "ERROR :RecvQ exceeded"
    assert stranger.pipe.closed


async def test_passwords_of_accounts_cannot_be_guessed_by_pass_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As by AUTHENTICATE: five wrong ones in one connection."""
    gateway = MemoryGateway(World(), "g1")
    await gateway.login("taken")

    async def wrong(host: str, name: str, password: str) -> None:
        return None

    monkeypatch.setattr(gateway.server.accounts, "verify", wrong)
    stranger = gateway.connect()
    await stranger.says("USER x 0 * :x")
    for number in range(4):
        lines = await stranger.says(f"PASS alice:{number}", "NICK taken")
        assert [line.split(" ")[1] for line in lines] == ["NOTICE", "433"]
    lines = await stranger.says("PASS alice:5", "NICK taken")
    assert lines[-1] == "ERROR :Too many failed logins"
