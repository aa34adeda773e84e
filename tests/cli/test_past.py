"""What was said before, when it is asked for: page by page, forwards or backwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from cli.client import events as ev
from cli.client.errors import NoSuchTarget, Refused
from cli.client.past import Past
from cli.reading import pages
from cli.render import Renderer
from tests.cli.conftest import Client
from tests.cli.fake_server import FakeServer, Peer
from tests.cli.programs import Programs, keep_secret
from tests.cli.talks import talk_of

Make = Callable[..., Client]


def line(number: int, target: str = "#global", nick: str = "bob") -> str:
    tags = f"@batch=b;msgid=m{number};time=2025-11-22T12:{number:02}:00.000Z;account=bobby"
    return f"{tags} :{nick}!u@h PRIVMSG {target} :line {number}"


async def answers(peer: Peer, *numbers: int) -> None:
    lines = [line(number) for number in numbers]
    await peer.sends(":server BATCH +b chathistory #global", *lines, ":server BATCH -b")


async def started(server: FakeServer, anna: Client) -> Peer:
    anna.run()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    await peer.sends(":server 005 anna CHATHISTORY=3 :are supported by this server")
    await anna.session.ready.wait()
    await peer.sends("PING :there")
    await peer.expects("PONG there")
    return peer


async def said(session: Client, past: Past) -> list[str]:
    return [one.text async for page in pages(session.session, past) for one in page]


async def test_the_last_ones_are_asked_for_backwards(server: FakeServer, client: Make) -> None:
    """ "up to limit number of messages before and excluding the given timestamp or msgid" """
    anna = client()
    peer = await started(server, anna)
    asking = asyncio.create_task(said(anna, Past("#global", 5)))
    await peer.expects("CHATHISTORY LATEST #global * 3")
    await peer.sends("@msgid=m9 :bob!u@h PRIVMSG #global :live")
    await answers(peer, 6, 7, 8)
    assert (await anna.next(ev.Said)).text == "live"
    await peer.expects("CHATHISTORY BEFORE #global msgid=m6 2")
    await answers(peer, 4, 5)
    assert await asking == [f"line {number}" for number in range(4, 9)]


async def test_a_page_that_is_short_is_not_the_end(server: FakeServer, client: Make) -> None:
    anna = client()
    peer = await started(server, anna)
    asking = asyncio.create_task(said(anna, Past("#global", since=60.0)))
    await peer.expects("CHATHISTORY AFTER #global timestamp=1970-01-01T00:00:59.999Z 3")
    await answers(peer, 1, 2)
    await peer.expects("CHATHISTORY AFTER #global msgid=m2 3")
    await answers(peer, 3)
    await peer.expects("CHATHISTORY AFTER #global msgid=m3 3")
    await answers(peer)
    assert await asking == ["line 1", "line 2", "line 3"]


async def test_a_server_that_repeats_itself_is_asked_no_more(
    server: FakeServer, client: Make
) -> None:
    anna = client()
    peer = await started(server, anna)
    asking = asyncio.create_task(said(anna, Past("#global", 9, before="m7")))
    await peer.expects("CHATHISTORY BEFORE #global msgid=m7 3")
    await answers(peer, 5, 6)
    await peer.expects("CHATHISTORY BEFORE #global msgid=m5 3")
    await answers(peer, 5, 6)
    assert (await asking)[-2:] == ["line 5", "line 6"]


async def test_an_answer_to_somebody_else_is_no_page(server: FakeServer, client: Make) -> None:
    """Of `/raw CHATHISTORY`: its label says whose it is, also of a JOIN that is played back."""
    anna = client()
    peer = await started(server, anna)
    typed: list[object] = []
    anna.session.request(typed.append, "CHATHISTORY", "LATEST", "#dev", "*", "2")
    asking = asyncio.create_task(said(anna, Past("#global", 4)))
    await peer.expects("@label=<l> CHATHISTORY LATEST #dev * 2")
    await peer.expects("CHATHISTORY LATEST #global * 3")
    await peer.sends(
        "@label=<l> :server BATCH +b chathistory #dev",
        "@batch=b;msgid=j1 :anna!u@h JOIN #dev",
        line(1, "#dev"),
        "@batch=b;msgid=p1 :anna!u@h PART #dev",
        ":server BATCH -b",
    )
    await answers(peer, 6, 7, 8)
    await peer.expects("CHATHISTORY BEFORE #global msgid=m6 1")
    await answers(peer, 5)
    assert await asking == [f"line {number}" for number in range(5, 9)]
    assert len(typed) == 1
    assert not [one for one in anna.told() if isinstance(one, ev.Left)]


async def test_it_goes_on_after_a_lost_link(server: FakeServer, client: Make) -> None:
    anna = client()
    peer = await started(server, anna)
    asking = asyncio.create_task(said(anna, Past("#global")))
    await peer.expects("CHATHISTORY AFTER #global timestamp=1970-01-01T00:00:00.000Z 3")
    await answers(peer, 1, 2, 3)
    await peer.expects("CHATHISTORY AFTER #global msgid=m3 3")
    await peer.closes()
    peer = await server.accept()
    await peer.welcomes("anna", "#global")
    for target in ("* timestamp=<a>", "#global timestamp=<b>"):
        await peer.expects(f"CHATHISTORY AFTER {target} 3")
        await answers(peer)
    await peer.expects("CHATHISTORY AFTER #global msgid=m3 3")
    await peer.sends("FAIL CHATHISTORY TEMPORARILY_UNAVAILABLE :Redis is away")
    await peer.expects("CHATHISTORY AFTER #global msgid=m3 3")
    await answers(peer, 4)
    await peer.expects("CHATHISTORY AFTER #global msgid=m4 3")
    await answers(peer)
    assert await asking == ["line 1", "line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("code", "error"), [("INVALID_TARGET", NoSuchTarget), ("MESSAGE_ERROR", Refused)]
)
async def test_a_refusal_is_an_error(
    server: FakeServer, client: Make, code: str, error: type[Exception]
) -> None:
    anna = client()
    peer = await started(server, anna)
    asking = asyncio.create_task(said(anna, Past("#global")))
    await peer.expects("CHATHISTORY AFTER #global timestamp=1970-01-01T00:00:00.000Z 3")
    await peer.sends(f"FAIL CHATHISTORY {code} AFTER #global :Messages could not be retrieved")
    with pytest.raises(error):
        await asking


async def test_slash_history_shows_it_between_two_lines(server: FakeServer, client: Make) -> None:
    anna = client()
    peer = await started(server, anna)
    talk = talk_of(anna.session, anna.events.put_nowait)
    talk.type("/history 2")
    await peer.expects("CHATHISTORY LATEST #global * 2")
    await answers(peer, 1, 2)
    lines = [str(line) for line in Renderer("#global").lines(await anna.next(ev.PastIs))]
    assert lines[0] == "----- -- what was said in #global:"
    assert lines[1].startswith("----- -- Saturday, 22 November 2025")
    assert [line[6:] for line in lines[2:4]] == ["bob: line 1", "bob: line 2"]
    assert lines[4:] == ["----- -- this was in #global before"]
    for wrong in ("0", "x", "99999999"):
        talk.type(f"/history {wrong}")
        assert "usage" in (await anna.next(ev.Answer)).text


async def test_history_prints_lines_of_json(server: FakeServer, chat: Programs) -> None:
    keep_secret(chat, server, "anna")
    asking = asyncio.create_task(
        chat.run("history", "--as", "anna", "-s", server.address, "--with", "bob", "--json")
    )
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("CHATHISTORY LATEST bob * 50")
    await peer.sends(":server BATCH +b chathistory bob", line(1, "anna"), ":server BATCH -b")
    await peer.expects("CHATHISTORY BEFORE bob msgid=m1 49")
    await peer.sends(":server BATCH +b chathistory bob", ":server BATCH -b")
    await peer.expects("QUIT")
    await peer.closes()
    ended = await asking
    assert (ended.code, ended.err) == (0, "")
    assert [json.loads(row) for row in ended.out.splitlines()] == [
        {
            "time": "2025-11-22T12:01:00.000Z",
            "msgid": "m1",
            "room": None,
            "with": "bob",
            "from": "bob",
            "account": "bobby",
            "kind": "text",
            "text": "line 1",
        }
    ]


async def test_history_enters_a_room_and_leaves_it_again(
    server: FakeServer, chat: Programs
) -> None:
    keep_secret(chat, server, "anna")
    asking = asyncio.create_task(
        chat.run("history", "--as", "anna", "-s", server.address, "-n", "1")
    )
    peer = await server.accept()
    await peer.welcomes("anna", secret="kept")
    await peer.expects("JOIN #global")
    await peer.sends(":anna!u@h JOIN #global")
    await peer.passes_the_fence()
    await peer.expects("CHATHISTORY LATEST #global * 1")
    await answers(peer, 1)
    await peer.expects("@+chatd/passing=#global;+typing=done TAGMSG anna", "PART #global", "QUIT")
    await peer.closes()
    ended = await asking
    assert (ended.code, ended.out) == (0, "2025-11-22 12:01:00 bob: line 1\n")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--since", "yesterday"),
        ("--since", "99999999999d"),
        ("--room", "bob"),
        ("--room", "#a", "--with", "bob"),
        ("-n", "0"),
        ("-n", "1", "--all"),
    ],
)
async def test_wrong_use_is_exit_code_2(chat: Programs, wrong: tuple[str, ...]) -> None:
    assert (await chat.run("history", "--as", "anna", *wrong)).code == 2
