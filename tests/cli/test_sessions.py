"""``chat sessions``, against a written server and a real one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli import sessions
from tests.cli.fake_server import CAPS, FakeServer, Peer
from tests.cli.programs import Ended, Programs, keep_secret
from tests.support.servers import Gateway

ROW = ":server NOTE SESSIONS SESSION"
LIST = (
    f"{ROW} k7 phone CONNECTED anna g1 1763812800 1763812860 192.0.2.1 * :k7: device phone",
    f"{ROW} k8 * WAITING anna * 1763812800 0 * * :k8: a device \x1b without a name",
    f"{ROW} k9 ~sessions1 CONNECTED anna g1 1763812800 0 192.0.2.1 THIS :k9: this",
    ":server NOTE SESSIONS DEVICE tablet 1763812800 :it has no session",
    ":server NOTE SESSIONS LISTED 3 1 :Sessions: 3; other devices that are remembered: 1",
)


async def begun(
    server: FakeServer, chat: Programs, *words: str
) -> tuple[asyncio.Task[Ended], Peer]:
    keep_secret(chat, server, "anna")
    ended = asyncio.create_task(chat.run(*words, "--as", "anna", "-s", server.address))
    peer = await server.accept()
    await peer.lets_in("anna", secret="kept", caps=CAPS)
    return ended, peer


async def test_a_table(server: FakeServer, chat: Programs) -> None:
    """The short login that asks is not among them."""
    ended, peer = await begun(server, chat, "sessions")
    await peer.expects("SESSIONS LIST")
    await peer.sends(*LIST)
    await peer.passes_the_fence()
    await peer.closes()
    found = await ended
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == [
        "ID  DEVICE  STATE       NICK  FROM       SINCE             ACTIVE",
        "k7  phone   connected   anna  192.0.2.1  2025-11-22 12:00  2025-11-22 12:01",
        "k8  -       waiting     anna             2025-11-22 12:00",
        "    tablet  remembered                                     2025-11-22 12:00",
        "2 sessions",
    ]


async def test_json(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(server, chat, "sessions", "list", "--json")
    await peer.expects("SESSIONS LIST")
    await peer.sends(*LIST)
    await peer.passes_the_fence()
    await peer.closes()
    phone, nameless, tablet = json.loads((await ended).out)
    assert phone == {
        "id": "k7", "device": "phone", "state": "connected", "nick": "anna", "gateway": "g1",
        "address": "192.0.2.1", "since": "2025-11-22T12:00:00.000Z",
        "active": "2025-11-22T12:01:00.000Z",
    }  # fmt: skip
    assert [nameless[key] for key in ("device", "gateway", "active")] == [None, None, None]
    assert (tablet["id"], tablet["state"]) == (None, "remembered")


async def test_what_is_refused(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(server, chat, "sessions", "end", "watch")
    await peer.expects("SESSIONS END watch")
    await peer.sends(
        ":server FAIL SESSIONS NO_SUCH_SESSION END watch :There is no such session or device"
    )
    await peer.passes_the_fence()
    await peer.closes()
    found = await ended
    assert (found.code, found.err) == (5, "chat: watch: There is no such session or device\n")
    for words in (["end"], ["list", "x"], ["end", "x", "--others"], ["forget"], ["kill"]):
        assert (await chat.run("sessions", *words, "--as", "anna")).code == 2


@pytest.mark.slow
async def test_a_real_server(tmp_path: Path, chat: Programs) -> None:
    """Whoever is ended is not there any more, and does not come again by itself."""
    async with Gateway("--data-dir", str(tmp_path / "data")) as gateway:
        at = ("-s", f"{gateway.host}:{gateway.port}")
        async with await chat.start("login", "anna", *at) as one:
            await one.line("in #global")
            async with await chat.start("login", "anna", *at) as two:
                await two.line("in #global")
                rows = json.loads((await chat.run("sessions", "--json", *at)).out)
                assert [row["state"] for row in rows] == ["connected", "connected"]
                found = await chat.run("sessions", "end", rows[0]["id"], *at)
                assert (found.code, found.err) == (0, "1 session has ended.\n")
                ended = await one.ended()
                assert ended.code == 7
                assert ended.err.splitlines()[-1] == (
                    "chat: This session was ended by another session of your account"
                )
                found = await chat.run("sessions", "end", "--others", *at)
                assert found.err == "1 session has ended.\n"
                assert (await two.ended()).code == 7
        left = (await chat.run("sessions", *at)).out.splitlines()
        assert (left[1].split()[:2], left[-1]) == (["-", "remembered"], "0 sessions")


def test_a_time_that_no_calendar_has_is_none() -> None:
    times = ["0", "", "x", "1763812800", "999999999999999"]
    assert [sessions._time(text) for text in times] == [None, None, None, 1763812800, None]
