"""Parameters that are empty, begin with a colon or hold spaces get the answer of their kind."""

from __future__ import annotations

from base64 import b64encode

import pytest

from chatd.store.accounts import Identity
from tests.support.memory import MemoryGateway


async def test_a_tagmsg_to_nobody(gateway: MemoryGateway) -> None:
    """Issue 8: "`@+x=1 TAGMSG :` [...] "Internal error"". 411: ":No recipient given"."""
    alice = await gateway.login("alice", "message-tags")
    assert (
        await alice.says("@+x=1 TAGMSG :", "TAGMSG :")
        == [":chat.internal 411 alice :No recipient given (TAGMSG)"] * 2
    )


async def test_only_what_can_be_a_nick_is_accepted(gateway: MemoryGateway) -> None:
    """Issue 8: "`ACCEPT ::x,zz` then `ACCEPT`: "Internal error"". 401: "No such nick/channel"."""
    alice = await gateway.login("alice")
    assert await alice.says("ACCEPT ::x,zz,#r") == [
        ":chat.internal 401 alice * :No such nick/channel",
        ":chat.internal 401 alice zz :No such nick/channel",
        ":chat.internal 401 alice #r :No such nick/channel",
    ]
    await gateway.login("zz")
    assert await alice.says("ACCEPT zz") == []
    assert await alice.says("ACCEPT") == [
        ":chat.internal 281 alice zz",
        ":chat.internal 282 alice :End of /ACCEPT list",
    ]


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        (":x y", ["*"]),
        ("::x", ["*"]),
        (":", ["*"]),
        (",", ["*"]),
        ("", ["*"]),
        ("#nowhere", ["#nowhere"]),
        ("#room,nick,#room", ["#room", "nick", "#room"]),
        (":#room,#x y,::", ["#room", "*", "*"]),
        ("#" + "x" * 400, ["#" + "x" * 249]),
    ],
)
async def test_each_name_that_names_is_asked_for_gets_one_366(
    gateway: MemoryGateway, asked: str, ends: list[str]
) -> None:
    """Issue 8: "`NAMES :x y` gets no 366". "If the channel name is invalid or the channel does not
    exist, one RPL_ENDOFNAMES numeric containing the given channel name should be returned."
    """
    alice = await gateway.login("alice")
    await alice.says("JOIN #room")
    lines = await alice.says(f"NAMES {asked}")
    assert [line.split(" ")[3] for line in lines if " 366 " in line] == ends


async def test_a_login_says_the_mask_that_is_known(gateway: MemoryGateway) -> None:
    """900 "<client> <nick>!<user>@<host> <account> :You are now logged in as <username>"; issue 8:
    "900 says `nick!*@host` when USER is known".
    """
    alice = await gateway.login("alice")
    hashed = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$mTVMtOvTTgyuHLEMyEwBwg"
    gateway.store.register(alice.session.sid, "alice", "alice", hashed).result()
    await alice.says("QUIT")

    async def verify(host: str, name: str, password: str) -> Identity:
        return Identity("alice", "alice", "")

    gateway.server.accounts.verify = verify  # type: ignore[method-assign]
    answer = b64encode(b"\0alice\0sesame").decode()
    for said, mask in (
        (("NICK alice", "USER ann 0 * :A"), "alice!~ann@127.0.0.1"),
        (("NICK alice",), "alice!*@127.0.0.1"),
        ((), "*!*@127.0.0.1"),
    ):
        client = gateway.connect()
        await client.says("CAP REQ :sasl", *said, "AUTHENTICATE PLAIN")
        lines = await client.says(f"AUTHENTICATE {answer}")
        assert lines[0].split(" ")[3] == mask


@pytest.mark.parametrize("msgid", ["99999999999999999999-1-x", "1-99999999999999999999-x", "١-١-x"])
async def test_a_msgid_that_no_message_can_have(gateway: MemoryGateway, msgid: str) -> None:
    """ "UNKNOWN_MSGID: <target-msgid> [...] The message does not exist or is too old"; nothing is
    logged, and nobody is told to try again.
    """
    alice = await gateway.login("alice", "draft/message-redaction standard-replies")
    await alice.says("JOIN #room")
    (line,) = await alice.says(f"REDACT #room :{msgid}")
    assert line.startswith(":chat.internal FAIL REDACT UNKNOWN_MSGID #room ")


async def test_bans_with_colons_can_be_listed(gateway: MemoryGateway) -> None:
    """A parameter in the middle cannot begin with a colon: 225 writes ::1 as a host is written."""
    boss = await gateway.login("boss", "standard-replies")
    gateway.store.umode(boss.session.sid, "boss", "o", "").result()
    gateway.hub.follow(gateway.network)  # STATS shows the bans that the gateway has heard of
    await boss.hears()
    for line in ("KLINE ::x!u@h", "KLINE x@:h", "KLINE \x02@h", "ABAN :a b", "ABAN ::x"):
        (answer,) = await boss.says(line)
        assert f" FAIL {line[:5].split(' ')[0]} INVALID_MASK " in answer
    await boss.says("DLINE :::2", "DLINE :::3/128")
    lines = await boss.says("STATS d", "STATS k", "STATS a")
    assert [line.split(" ")[3:5] for line in lines if " 225 " in line] == [
        ["D", "0::2"],
        ["D", "0::3"],
    ]
    assert "INVALID" not in " ".join(await boss.says("UNDLINE 0::2", "UNDLINE :::3"))
