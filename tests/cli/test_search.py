"""``chat search``, against a written server and real ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from cli.client import events as ev
from cli.client.handshake import SEARCH
from cli.render import Renderer
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer, Peer
from tests.cli.programs import Ended, Programs, keep_secret
from tests.cli.talks import talk_of
from tests.cli.test_real import at
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

BEGIN = "@time=2025-11-22T12:03:0%d.000Z;msgid=m%d;batch=1"


async def begun(
    server: FakeServer, chat: Programs, *words: str, more: str = SEARCH
) -> tuple[asyncio.Task[Ended], Peer]:
    """Logged in, and asked in which rooms it is."""
    keep_secret(chat, server, "anna")
    running = chat.run("search", *words, "--as", "anna", "-s", server.address)
    ended = asyncio.create_task(running)
    peer = await server.accept()
    await peer.lets_in("anna", secret="kept", more=more)
    return ended, peer


async def enters(peer: Peer, room: str) -> None:
    """It is in no room, and enters one."""
    await peer.passes_the_fence()
    await peer.expects(f"JOIN {room}")
    await peer.sends(f":anna!u@h JOIN {room}")
    await peer.passes_the_fence()


async def left(peer: Peer, ended: asyncio.Task[Ended], room: str = "#global") -> Ended:
    if room:
        passing = f"@+chatd/passing={room};+typing=done TAGMSG anna"
        await peer.expects(passing, f"PART {room}")
    await peer.expects("QUIT")
    await peer.closes()
    return await ended


async def test_lines_for_people(server: FakeServer, chat: Programs) -> None:
    """Oldest first, where and who, and nothing that would steer a terminal."""
    ended, peer = await begun(server, chat, "red", "wine; please")
    await enters(peer, "#global")
    await peer.expects(r"SEARCH text=red\swine\:\splease;limit=100")
    await peer.sends(
        f":server BATCH +1 {SEARCH}",
        f"{BEGIN % (1, 1)} :bob!u@h PRIVMSG #ops :\x1b[31mred wine; please",
        ":eve!u@h PRIVMSG #ops :said just now, and in no batch",
        f"{BEGIN % (2, 2)} :anna!u@h PRIVMSG bob :\x01ACTION pours red\x01",
        ":server BATCH -1",
    )
    await peer.passes_the_fence()
    found = await left(peer, ended)
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == [
        "2025-11-22 12:03:01 #ops bob: ^[[31mred wine; please",
        "2025-11-22 12:03:02 -> bob * anna pours red",
    ]


async def test_all_options(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(
        server, chat, "x", "--in", "bob", "--from", "eve", "--after", "2025-01-02T03:04:05Z",
        "--before", "2025-02-02T03:04:05.678Z", "--limit", "7", "--json",
    )  # fmt: skip
    await peer.expects(
        "SEARCH text=x;in=bob;from=eve;after=2025-01-02T03:04:05.000Z;"
        "before=2025-02-02T03:04:05.678Z;limit=7"
    )
    await peer.sends(
        f":server BATCH +1 {SEARCH}",
        f"{BEGIN % (1, 1)};account=anna :anna!u@h PRIVMSG bob :x",
        ":server BATCH -1",
        ":server NOTE SEARCH INCOMPLETE 2025-01-01T00:00:00.000Z :It took too long",
    )
    await peer.passes_the_fence()
    found = await left(peer, ended, "")
    assert found.err == "chat: 2025-01-01T00:00:00.000Z: It took too long\n"
    assert json.loads(found.out) == {
        "time": "2025-11-22T12:03:01.000Z", "msgid": "m1", "room": None, "with": "bob",
        "from": "anna", "account": "anna", "kind": "text", "text": "x",
    }  # fmt: skip


async def test_nothing_is_found(server: FakeServer, chat: Programs) -> None:
    """A script can tell it from an error; a room in which the user is, is not left."""
    ended, peer = await begun(server, chat, "x", "--in", "#Ops")
    await peer.sends(":anna!u@h JOIN #ops")
    await peer.passes_the_fence()
    await peer.expects("SEARCH text=x;in=#Ops;limit=100")
    await peer.sends(f":server BATCH +1 {SEARCH}", ":server BATCH -1")
    await peer.passes_the_fence()
    found = await left(peer, ended, "")
    assert (found.code, found.out, found.err) == (8, "", "chat: nothing is found\n")


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (":server 421 anna SEARCH :Unknown command", 5, "Unknown command"),
        (":server FAIL SEARCH INVALID_PARAMS text :At most 10 words", 5, "At most 10 words"),
        (":server FAIL SEARCH INTERNAL_ERROR :It could not be run", 5, "It could not be run"),
        (":server FAIL SEARCH TEMPORARILY_UNAVAILABLE :try again", 4, "try again"),
    ],
)
async def test_refusals(
    server: FakeServer, chat: Programs, answer: str, code: int, says: str
) -> None:
    ended, peer = await begun(server, chat, "x")
    await enters(peer, "#global")
    await peer.expects("SEARCH text=x;limit=100")
    await peer.sends(answer)
    found = await left(peer, ended)
    expected = (code, "", f"chat: the server cannot search: {says}\n")
    assert (found.code, found.out, found.err) == expected


async def test_a_server_that_does_not_know_it(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(server, chat, "x", more="")
    found = await left(peer, ended, "")
    assert (found.code, found.err) == (5, "chat: the server cannot search\n")


async def test_a_room_that_cannot_be_entered(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(server, chat, "x", "--in", "#ops")
    await peer.sends(":anna!u@h JOIN", "FAIL")  # with too few words: they say nothing
    await peer.passes_the_fence()
    await peer.expects("MODE #ops")
    await peer.sends(":server 442 anna #ops :You're not on that channel")
    await peer.passes_the_fence()
    await peer.expects("JOIN #ops")
    await peer.sends(":server 473 anna #ops :Cannot join room (+i)")
    await peer.passes_the_fence()
    found = await left(peer, ended, "")
    assert (found.code, found.err) == (
        5, "chat: #ops cannot be entered: Cannot join room (+i)\n",
    )  # fmt: skip


async def test_a_server_that_never_answers(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(server, chat, "x", "--in", "bob", "--timeout", "0.5")
    await peer.expects("SEARCH text=x;in=bob;limit=100")
    assert (await ended).code == 6
    await peer.closes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2), (["x", "--since", "yesterday"], 2), (["x", "-n", "0"], 2),
        (["x", "-n", "1001"], 2),
        (["x", "--in", "#a b"], 2), (["x", "--from", "a b"], 2), (["x" * 600], 5),
    ],
)  # fmt: skip
async def test_wrong_use(server: FakeServer, chat: Programs, words: list[str], code: int) -> None:
    keep_secret(chat, server, "anna")
    running = asyncio.create_task(chat.run("search", *words, "--as", "anna", "-s", server.address))
    if words and len(words[0]) > 100:  # what is too long shows when it is written
        peer = await server.accept()
        await peer.lets_in("anna", secret="kept", more=SEARCH)
        await peer.expects("QUIT")
        await peer.closes()
    ended = await running
    assert ended.code == code
    assert ended.err
    assert not ended.out


async def test_while_one_talks(server: FakeServer, client: Callable[..., Client]) -> None:
    """``/search`` shows what is found, wherever it was said; what is said meanwhile is no part."""
    anna = client()
    talk = talk_of(anna.session, anna.events.put_nowait)
    talk.type("/search red")
    assert (await anna.next(ev.Answer)).text.startswith("not connected")
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global", more=SEARCH)
    await anna.session.ready.wait()
    talk.type("/search red wine")
    talk.type("/search nothing")
    talk.type("/search bad")
    talk.type("/history 1")
    await peer.expects(
        r"SEARCH text=red\swine;limit=50", "SEARCH text=nothing;limit=50",
        "SEARCH text=bad;limit=50", "CHATHISTORY LATEST #global * 1",
    )  # fmt: skip
    await peer.sends(
        ":server BATCH +c chathistory #global", ":server BATCH -c",  # a search is answered later
        f":server BATCH +1 {SEARCH}", ":bob!u@h PRIVMSG #global :live",
        f"{BEGIN % (1, 1)} :bob!u@h PRIVMSG #ops :red wine", ":server BATCH -1",
        f":server BATCH +2 {SEARCH}", ":server BATCH -2",
        ":server FAIL SEARCH INVALID_PARAMS text :no",
    )  # fmt: skip
    view = Renderer("#global")
    assert str(view.lines(await anna.next(ev.PastIs))[0]).endswith("nothing was said in #global")
    assert (await anna.next(ev.Said)).text == "live"
    assert [str(line) for line in view.lines(await anna.next(ev.FoundIs))] == [
        "----- -- what was said with red wine:", "----- -- Saturday, 22 November 2025",
        "12:03 #ops bob: red wine", "----- -- this was found",
    ]  # fmt: skip
    assert str(view.lines(await anna.next(ev.FoundIs))[0]).endswith("nothing is found: nothing")
    assert (await anna.next(ev.Problem)).text == "the server cannot search: no"


@pytest.mark.slow
async def test_real_servers(two_gateways: tuple[Gateway, Gateway], chat: Programs) -> None:
    """What was said on one gateway is found through the other, as before and after it entered."""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = at(first, second)
    async with await IrcClient.connect(second.host, second.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #global,#ops")
        await bob.send("PRIVMSG #global :Der Größte", "PRIVMSG #ops :große Dinge")
        await bob.fence()
        everywhere = await chat.run("search", "GROSSE", "--as", "anna")
        assert (everywhere.code, everywhere.out, everywhere.err) == (
            8, "", "chat: nothing is found\n",
        )  # fmt: skip
        there = await chat.run("search", "GROSSE", "--in", "#ops", "--as", "anna")
        assert (there.code, there.err) == (0, "")
        assert there.out.endswith(" #ops bob: große Dinge\n")
        found = await chat.run("search", "größte", "--json", "--from", "BOB", "--as", "anna")
        assert json.loads(found.out)["text"] == "Der Größte"
        await bob.send("PRIVMSG anna :große Pause")
        await bob.fence()
        pause = await chat.run("search", '"GROSSE PAUSE"', "--in", "bob", "--as", "anna")
        assert pause.out.endswith(" -> anna bob: große Pause\n")
