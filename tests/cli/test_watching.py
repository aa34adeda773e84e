"""``chat who --watch``, ``chat who '#room'`` and ``chat rooms``."""

from __future__ import annotations

import json

import pytest

from cli.watching import Change, Crowd
from cli.who import Online
from tests.cli.fake_server import FakeServer
from tests.cli.programs import Programs, keep_secret
from tests.support.irc import IrcClient
from tests.support.servers import Gateway


def someone(name: str, away: str | None = None, since: float = 1.0) -> Online:
    return Online(name, away, since)


def told(*looks: list[Online]) -> list[tuple[str, ...]]:
    """What is told after the first of some looks at who is there."""
    changes: list[Change] = []
    crowd = Crowd(changes.append)
    crowd.all_are(looks[0], 0.0)
    changes.clear()
    for people in looks[1:]:
        crowd.all_are(people, 0.0)
    return [(one.event, one.name, *([one.away] if one.away else [])) for one in changes]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([], [someone("bob")], [("came", "bob")]),
        ([someone("Bob")], [], [("left", "Bob")]),
        ([someone("bob")], [someone("Bob")], []),
        ([someone("bob")], [someone("bob", "lunch")], [("away", "bob", "lunch")]),
        ([someone("bob", "lunch")], [someone("bob")], [("back", "bob")]),
        ([someone("bob", "lunch")], [someone("bob", "tea")], [("away", "bob", "tea")]),
        ([someone("bob", "lunch")], [someone("bob", "")], []),
        ([someone("bob")], [someone("bob", since=2.0)], [("left", "bob"), ("came", "bob")]),
    ],
)
def test_the_difference_of_two_looks_is_told(
    before: list[Online], after: list[Online], changes: list[tuple[str, ...]]
) -> None:
    assert told(before, after, after) == changes


def test_what_happens_between_two_looks_is_told_once() -> None:
    changes: list[Change] = []
    crowd = Crowd(changes.append)
    crowd.one_is("early", 0.0)  # who is there is not known yet
    crowd.all_are([Online("bob", None, 0.0)], 0.0)
    crowd.one_is("carl", 1.0)
    crowd.one_is("carl", 1.0)
    crowd.one_is("carl", 2.0, "lunch")
    crowd.renamed("carl", "dora", 3.0)
    crowd.left("dora", 4.0)
    crowd.left("dora", 4.0)
    crowd.all_are([Online("bob", None, 0.0)], 5.0)
    lines = [one.as_line()[9:] for one in changes]
    assert lines == [
        "bob is here", "carl came", "carl is away: lunch", "carl is now called dora", "dora left"
    ]  # fmt: skip


@pytest.mark.slow
async def test_rooms_and_who_is_in_them(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = f"{first.host}:{first.port},{second.host}:{second.port}"
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #dev", "TOPIC #dev :The \x02plan", "JOIN #hidden", "MODE #hidden +s")
        await bob.send("AWAY :lunch")
        await bob.fence()
        rooms = json.loads((await chat.run("rooms", "--json", "--as", "anna")).out)
        assert rooms == [{"name": "#dev", "members": 1, "topic": "The \x02plan"}]
        assert (await chat.run("rooms", "--as", "anna")).out == "#dev\n"
        [row] = json.loads((await chat.run("who", "#dev", "--json", "--as", "anna")).out)
        assert (row["name"], row["away"], row["since"] > "2020") == ("bob", "lunch", True)
        for room, code in (("#nix", 3), ("#hidden", 5)):
            assert (await chat.run("who", room, "--as", "anna")).code == code


@pytest.mark.slow
async def test_changes_are_told_over_a_lost_connection(
    two_gateways: tuple[Gateway, Gateway], chat: Programs
) -> None:
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = f"{first.host}:{first.port},{second.host}:{second.port}"
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #dev")
        await bob.fence()
        async with (
            await chat.start("who", "--watch") as everybody,
            await chat.start("who", "#dev", "--watch", "--json", "--as", "anna") as room,
        ):
            await everybody.line("bob is here")
            for _ in "anna", "bob":
                assert json.loads(await room.line("here"))["event"] == "here"
            await bob.send("AWAY :lunch")
            assert json.loads(await room.line("away.*bob"))["away"] == "lunch"
            await everybody.line("bob is away: lunch")
            first.kill9()
            async with await IrcClient.connect(second.host, second.port) as carl:
                await carl.register("carl")
                await carl.send("JOIN #dev")
                await everybody.line("carl came")
                assert json.loads(await room.line("carl"))["event"] == "came"
                await bob.send("PART #dev", "QUIT")
                assert json.loads(await room.line("bob"))["event"] == "left"
                await everybody.line("bob left")


async def test_a_room_is_watched_on_when_another_command_leaves_it(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    async with await chat.start("who", "#ops", "--watch", "--as", "anna", "-s", server.address):
        peer = await server.accept()
        await peer.welcomes("anna", secret="kept", attached=("#ops",))
        await peer.expects("@label=<w> WHO #ops")
        await peer.sends(
            "@+chatd/passing=#ops;+typing=done :anna!u@h TAGMSG anna", ":anna!u@h PART #ops"
        )
        await peer.expects("JOIN #ops")
