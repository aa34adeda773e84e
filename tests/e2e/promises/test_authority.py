"""Issue 8, "Identity and authority": an account that is deleted, and what masks see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.promises.absence import chatd, do, settle
from tests.e2e.promises.support import heard, numbers, say, texts
from tests.e2e.staff import operator
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer
from tests.support.wait import wait_until

CAPS = (
    "message-tags", "server-time", "batch", "echo-message", "labeled-response",
    "standard-replies", "account-notify", "account-tag", "extended-join", "draft/chathistory",
)  # fmt: skip
PASSWORD = "sesame"
Shared = tuple[RedisServer, list[Gateway]]


async def manage(url: str, *arguments: str) -> None:
    """A command of ``chatd account``."""
    code, _, err = await chatd("account", "--redis", url, *arguments)
    assert code == 0, err


async def is_operator(client: IrcClient) -> bool:
    """Whether MODE says so."""
    (line,) = [line for line in await do(client, f"MODE {client.nick}") if " 221 " in line]
    return "o" in line.split(" 221 ")[1].split()[1]


# -- accounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("nick", ["same", "other"])
async def test_whose_account_is_deleted_is_a_guest_at_once(
    connect: Connect, shared_gateways: Shared, nick: str
) -> None:
    """ "Logged in to account anna, an operator's; `chatd account delete anna`: keeps account and
    +o, and reads the next owner's private messages. He is a guest at once, on all gateways." """
    redis, _ = shared_gateways
    anna = f"anna{next(numbers)}"
    shown = anna if nick == "same" else f"{anna}-work"
    maker = await connect(anna, CAPS)
    await do(maker, f"REGISTER * * :{PASSWORD}")
    await maker.send("QUIT")
    await maker.expect_closed()
    await manage(redis.url, "oper", anna)
    # two sessions of one user, on both gateways when the test is spread over two
    sessions = [await connect(shown, CAPS, (anna, PASSWORD)) for _ in range(2)]
    observer = await connect("observer", CAPS)
    for client in (sessions[0], observer):
        await do(client, "JOIN #room")
    assert [await is_operator(client) for client in sessions] == [True, True]
    await settle(observer, *sessions)
    await manage(redis.url, "delete", anna, "--yes")

    async def told() -> bool:
        await settle(observer, *sessions)
        return "*" in [line.params[0] for line in heard(observer, "ACCOUNT")]

    await wait_until(told, "the observer is told that the account is gone", 5)
    for client in sessions:
        assert [line.params for line in heard(client, "MODE", shown)][-1] == [shown, "-o"]
        assert heard(client, "ACCOUNT")[-1].params == ["*"]
        assert not await is_operator(client)
        answers = await do(client, "KILL observer :no")
        assert any(" 481 " in line for line in answers), answers
    whois = await do(observer, f"WHOIS {shown}")
    assert not [line for line in whois if " 330 " in line or " 313 " in line]
    assert "account" not in (await say(sessions[0], "#room", "as a guest")).tags
    await check_next_owner(connect, anna, shown, sessions)


async def check_next_owner(
    connect: Connect, anna: str, shown: str, sessions: list[IrcClient]
) -> None:
    """The next owner of the name and account is somebody else."""
    bob = await connect("bob", CAPS)
    if shown == anna:
        await do(sessions[0], f"NICK {anna}-was")
    owner = await connect(anna, CAPS)
    await do(owner, f"REGISTER * * :{PASSWORD}2")
    assert heard(owner, "REGISTER"), "the account is free"
    marks = [len(client.log) for client in sessions]
    await say(bob, anna, "for the new anna")
    await settle(owner, *sessions)
    assert texts(heard(owner, "PRIVMSG", anna)) == ["for the new anna"]
    for client, mark in zip(sessions, marks, strict=True):
        assert [line.raw for line in client.log[mark:] if "for the new anna" in line.raw] == []
        lines = await do(client, "CHATHISTORY LATEST bob * 10", "CHATHISTORY LATEST * * 10")
        assert not [line for line in lines if "for the new anna" in line]


# -- what masks see ------------------------------------------------------------------------------


async def may_enter(client: IrcClient, room: str) -> bool:
    """Whether JOIN lets in; who is in leaves again."""
    answers = await do(client, f"JOIN {room}")
    entered = any(" JOIN " in line for line in answers)
    assert entered or any(" 474 " in line for line in answers), answers
    if entered:
        await do(client, f"PART {room}")
    return entered


async def test_a_mask_sees_the_host_behind_what_is_shown(connect: Connect) -> None:
    """ "`CHGHOST v shown.example`, then `+b *!*@127.0.0.1`: v enters and speaks", but "Bans see
    where a session comes from, whatever is shown." """
    boss = await operator(connect, "boss", CAPS)
    inside, outside = await connect("inside", CAPS), await connect("outside", CAPS)
    for client in (boss, inside):
        await do(client, "JOIN #room")
    await do(boss, "CHGHOST inside shown.example", "CHGHOST outside shown.example")
    await do(boss, "MODE #room +e boss!*@*", "MODE #room +b *!*@127.0.0.1")
    answers = await do(inside, "PRIVMSG #room :heard?")
    assert any(" 404 " in line for line in answers), answers
    assert not await may_enter(outside, "#room")
    await do(boss, "MODE #room -b *!*@127.0.0.1")
    assert await may_enter(outside, "#room")
    await do(boss, "MODE #room +b *!*@shown.example")
    answers = await do(inside, "PRIVMSG #room :heard?")
    assert any(" 404 " in line for line in answers), "what is shown is seen too"
    assert not await may_enter(outside, "#room")


@pytest.mark.parametrize(
    "mask", ["*!*@127.0.0.0/8", "*!*@127.0.0.1/32", "*!*@127.*", "m:*!*@127.0.0.0/8"]
)
async def test_masks_in_cidr(connect: Connect, mask: str) -> None:
    """ "Masks see what `docs/protocol.md` says they see, in CIDR too"; exceptions as well."""
    boss, guest = await connect("boss", CAPS), await connect("guest", CAPS)
    await do(boss, "JOIN #room", "MODE #room +e boss!*@*")
    await do(guest, "JOIN #room")
    await do(boss, f"MODE #room +b {mask}")
    answers = await do(guest, "PRIVMSG #room :heard?")
    assert any(" 404 " in line for line in answers), answers
    await do(guest, "PART #room")
    assert await may_enter(guest, "#room") == mask.startswith("m:")
    await do(boss, f"MODE #room +e {mask.removeprefix('m:')}")
    assert await may_enter(guest, "#room")


@pytest.mark.parametrize("mask", ["*!*@10.0.0.0/8", "*!*@128.0.0.0/1", "*!*@2001:db8::/32"])
async def test_masks_in_cidr_of_other_networks(connect: Connect, mask: str) -> None:
    """Who comes from elsewhere is not meant."""
    boss, guest = await connect("boss", CAPS), await connect("guest", CAPS)
    await do(boss, "JOIN #room", f"MODE #room +b {mask}")
    assert await may_enter(guest, "#room")


@pytest.mark.parametrize(
    ("address", "mask", "meant"),
    [
        ("2001:db8::1", "*!*@2001:db8::/32", True),
        ("2001:db8::1", "*!*@2001:0DB8:0:0::/64", True),
        ("2001:db9::1", "*!*@2001:db8::/32", False),
        ("2001:db8::1", "*!*@2001:db8::1", True),
        ("192.0.2.77", "*!*@192.0.2.64/26", True),
        ("192.0.2.77", "*!*@192.0.2.0/26", False),
    ],
)
async def test_masks_in_cidr_by_address(
    connect: Connect, shared_gateways: Shared, tmp_path: Path, address: str, mask: str, meant: bool
) -> None:
    """People from many addresses, as WEBIRC brings them."""
    redis, _ = shared_gateways
    file = tmp_path / "webirc"
    file.write_text("secret 127.0.0.1\n", encoding="utf-8")
    async with Gateway("--redis", redis.url, "--webirc-file", str(file)) as bridge:
        boss = await connect("boss", CAPS)
        await do(boss, "JOIN #room", f"MODE #room +b {mask}")
        async with await IrcClient.connect(bridge.host, bridge.port) as guest:
            await guest.send(f"WEBIRC secret gateway {address} :{address}")
            await guest.register("guest", CAPS)
            assert await may_enter(guest, "#room") != meant
            await guest.send("QUIT")
            await guest.expect_closed()


@pytest.mark.parametrize(
    ("nick", "mask"),
    [
        ("Юлия", "юлия!*@*"),
        ("юлия", "ЮЛИЯ!*@*"),
        ("Élodie", "éLODIE!*@*"),
        ("Ωmega", "ωMEGA!*@*"),
        ("straße", "STRAßE!*@*"),
    ],
)
async def test_masks_of_names_in_other_scripts(connect: Connect, nick: str, mask: str) -> None:
    """ "in every script that casemapping folds" """
    await check_banned(connect, nick, mask)


@pytest.mark.parametrize("mask", ["*!~Юлия@*", "*!~ЮЛИЯ@*", "*!~юлия@*", "*!*Ю?ИЯ@*"])
async def test_masks_of_usernames_in_other_scripts(connect: Connect, mask: str) -> None:
    """Usernames and hosts are compared as names are."""
    await check_banned(connect, "Юлия", mask)


@pytest.mark.parametrize("mask", ["a:ЮЛИЯ", "a:юлия", "a:Ю*"])
async def test_masks_of_accounts_in_other_scripts(connect: Connect, mask: str) -> None:
    """So are accounts."""
    await check_banned(connect, "Юлия", mask, account=True)


async def check_banned(connect: Connect, nick: str, mask: str, account: bool = False) -> None:
    """Who matches a mask can neither enter nor speak."""
    boss, guest = await connect("boss", CAPS), await connect(nick, CAPS)
    if account:
        await do(guest, f"REGISTER * * :{PASSWORD}")
    await do(boss, "JOIN #room")
    await do(guest, "JOIN #room")
    await do(boss, f"MODE #room +b {mask}")
    answers = await do(guest, "PRIVMSG #room :heard?")
    assert any(" 404 " in line for line in answers), answers
    await do(guest, "PART #room")
    assert not await may_enter(guest, "#room")
