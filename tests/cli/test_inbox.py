"""``chat inbox`` and ``chat keywords``, against a written server and a real one."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from pathlib import Path

import pytest

from tests.cli.fake_server import CAPS, FakeServer, Peer
from tests.cli.programs import Ended, Programs, keep_secret
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

BEGIN = "@time=2025-11-22T12:03:0%d.000Z;msgid=m%d;batch=1"


async def begun(
    server: FakeServer, chat: Programs, *words: str, caps: str = ""
) -> tuple[asyncio.Task[Ended], Peer]:
    keep_secret(chat, server, "anna")
    ended = asyncio.create_task(chat.run(*words, "--as", "anna", "-s", server.address))
    peer = await server.accept()
    await peer.lets_in("anna", secret="kept", caps=caps or CAPS)
    return ended, peer


async def done(peer: Peer) -> None:
    """Answer the PING that ends a question."""
    await peer.passes_the_fence()


async def test_lines_for_people(server: FakeServer, chat: Programs) -> None:
    """ "everything that concerns me since I read it", oldest first, and nothing of a terminal."""
    ended, peer = await begun(server, chat, "inbox")
    await peer.expects("INBOX 100")
    await peer.sends(
        ":server BATCH +1 chatd/inbox",
        f"{BEGIN % (1, 1)};account=bob :bob!u@h PRIVMSG #ops :anna: \x1b[31mred",
        f"{BEGIN % (2, 2)} :eve!u@h PRIVMSG anna :\x01ACTION waves\x01",
        ":eve!u@h PRIVMSG #ops :said just now, and in no batch",
        f"{BEGIN % (3, 3)} :eve!u@h NOTICE anna :note",
        ":server BATCH -1",
        ":server INBOX END 3",
    )
    await done(peer)
    await peer.expects("QUIT")
    await peer.closes()
    found = await ended
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == [
        "2025-11-22 12:03:01 #ops bob: anna: ^[[31mred",
        "2025-11-22 12:03:02 -> anna * eve waves",
        "2025-11-22 12:03:03 -> anna -eve- note",
    ]


async def test_json_and_read(server: FakeServer, chat: Programs) -> None:
    """ "with --json as JSON lines"; who has an account is called by it, whatever the nick."""
    ended, peer = await begun(server, chat, "inbox", "--json", "--mark-read", "-n", "3")
    await peer.expects("INBOX 3")
    await peer.sends(
        ":server BATCH +1 chatd/inbox",
        f"{BEGIN % (2, 2)};account=bob :bobby!u@h PRIVMSG anna :two",
        f"{BEGIN % (3, 3)} :eve!u@h PRIVMSG #ops :three",
        ":server BATCH -1",
        ":server INBOX MORE 2 m2",
    )
    await done(peer)
    await peer.expects("INBOX 1 msgid=m2")
    await peer.sends(
        ":server BATCH +1 chatd/inbox",
        f"{BEGIN % (1, 1)} :eve!u@h PRIVMSG #ops :one",
        ":server BATCH -1",
        ":server INBOX MORE 1 m1",
    )
    await done(peer)
    await peer.expects("MARKREAD #ops timestamp=2025-11-22T12:03:03.000Z")
    await peer.sends(":server MARKREAD #ops timestamp=2025-11-22T12:03:03.000Z")
    await done(peer)
    await peer.expects("MARKREAD bob timestamp=2025-11-22T12:03:02.000Z")
    await peer.sends(":server FAIL MARKREAD INVALID_PARAMS bob :nobody has this name")
    await done(peer)
    await peer.expects("QUIT")
    await peer.closes()
    found = await ended
    assert found.code == 0
    assert found.err == (
        "chat: there is more that is older: ask with -n for it\n"
        "chat: bob cannot be marked as read: nobody has this name\n"
    )
    rows = [json.loads(line) for line in found.out.splitlines()]
    assert [row["text"] for row in rows] == ["one", "two", "three"]
    assert rows[1] == {
        "time": "2025-11-22T12:03:02.000Z", "msgid": "m2", "room": None, "with": "bobby",
        "from": "bobby", "account": "bob", "kind": "text", "text": "two",
    }  # fmt: skip
    assert (rows[0]["room"], rows[0]["with"], rows[0]["account"]) == ("#ops", None, None)


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (":server 421 anna INBOX :Unknown command", 5, "the server has no inbox"),
        (":server FAIL INBOX ACCOUNT_REQUIRED :Log in", 5, "Log in"),
        (":server FAIL INBOX TEMPORARILY_UNAVAILABLE :try again", 4, "try again"),
        (":server NOTICE anna :hello", 5, "the server has no inbox"),
    ],
)
async def test_refusals(
    server: FakeServer, chat: Programs, answer: str, code: int, says: str
) -> None:
    ended, peer = await begun(server, chat, "inbox")
    await peer.expects("INBOX 100")
    await peer.sends(answer)
    await done(peer)
    await peer.expects("QUIT")
    await peer.closes()
    found = await ended
    assert (found.code, found.out, found.err) == (code, "", f"chat: {says}\n")


async def test_keywords(server: FakeServer, chat: Programs) -> None:
    ended, peer = await begun(server, chat, "keywords")
    await peer.expects("KEYWORDS LIST")
    await peer.sends(":server KEYWORDS LIST :deploy ops", ":server KEYWORDS END 2")
    await done(peer)
    await peer.closes()
    assert (await ended).out == "deploy\nops\n"
    ended, peer = await begun(server, chat, "keywords", "add", "a", "b")
    await peer.expects("KEYWORDS ADD :a b")
    await peer.sends(":server NOTE KEYWORDS ADDED a :It is a keyword of yours now")
    await peer.sends(":server FAIL KEYWORDS INVALID_KEYWORD b :A keyword is one word")
    await done(peer)
    await peer.closes()
    found = await ended
    assert (found.code, found.err) == (5, "chat: b: A keyword is one word\n")
    for words in (["keywords", "add"], ["keywords", "list", "x"], ["keywords", "clear"]):
        assert (await chat.run(*words, "--as", "anna", "-s", server.address)).code == 2


async def test_nobody_sees_it(server: FakeServer, chat: Programs) -> None:
    """ "flag their connections as automatically initiated", draft/pre-away"""
    keep_secret(chat, server, "anna")
    ended = asyncio.create_task(chat.run("inbox", "--as", "anna", "-s", server.address))
    peer = await server.accept()
    await peer.expects("CAP LS 302", "NICK anna", "USER anna 0 * anna")
    await peer.sends(":server CAP * LS :sasl draft/pre-away")
    await peer.expects("CAP REQ :sasl draft/pre-away")
    await peer.sends(":server CAP * ACK :sasl draft/pre-away")
    await peer.expects("AUTHENTICATE PLAIN")
    await peer.sends("AUTHENTICATE +")
    await peer.expects("AUTHENTICATE <plain>")
    login = b64decode(peer.words["plain"]).decode().split("\0")[1]
    assert re.fullmatch("anna@~inbox[0-9a-f]{8}", login), "a session of its own"
    await peer.sends(":server 903 anna :ok")
    await peer.expects("AWAY *", "CAP END")
    await peer.closes()
    assert (await ended).code == 4


@pytest.mark.slow
async def test_a_real_server(tmp_path: Path, chat: Programs) -> None:
    """Away for messages in rooms and conversations: all that concerns anna, and once it is read
    nothing of it.
    """
    async with Gateway("--data-dir", str(tmp_path / "data")) as gateway:
        at = ("-s", f"{gateway.host}:{gateway.port}")
        login = await chat.run("login", "anna", *at, stdin="/join #ops\n")
        assert login.code == 0
        assert (await chat.run("keywords", "add", "deploy", *at)).code == 0
        assert (await chat.run("keywords", *at)).out == "deploy\n"
        async with await IrcClient.connect(gateway.host, gateway.port) as bob:
            await bob.register("bob", ("draft/read-marker",))
            await bob.send("JOIN #ops,#other")
            await bob.fence()
            anna = await chat.start("login", "anna", *at)
            async with anna as program:
                await program.line("in #global")
                program.write("/join #ops\n")
                await bob.expect("anna!.* JOIN")
                await bob.send("PRIVMSG #ops :nothing", "PRIVMSG #ops :anna, the DEPLOY!")
                await bob.send("PRIVMSG #other :anna", "PRIVMSG anna :psst")
                await bob.fence()
                for _ in range(2):
                    found = await chat.run("inbox", "--as", "anna", "--json", *at)
                    rows = [json.loads(line) for line in found.out.splitlines()]
                    assert len(rows) == 2
                    assert {(row["room"], row["text"]) for row in rows} == {
                        ("#ops", "anna, the DEPLOY!"), (None, "psst")
                    }  # fmt: skip
                read = await chat.run("inbox", "--as", "anna", "--mark-read", *at)
                assert (read.code, read.err) == (0, "")
                again = await chat.run("inbox", "--as", "anna", *at)
                assert (again.code, again.out, again.err) == (0, "", "")
                program.write("/quit\n")
                await program.ended()
