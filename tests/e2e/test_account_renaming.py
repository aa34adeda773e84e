"""`chatd account rename`: the person stays who it is. See docs/operations.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from chatd.account import with_store
from chatd.config import Config
from chatd.renaming import rename_account
from chatd.store.errors import Refused
from chatd.store.staff import Renamed
from chatd.store.store import Store
from tests.e2e.asking import PASSWORD, ask, heard, join, registered
from tests.e2e.conftest import Connect, spread
from tests.support.irc import IrcClient, Line
from tests.support.servers import Gateway, RedisServer

CAPS = ("message-tags", "server-time", "batch", "account-notify", "account-tag", "standard-replies",
        "echo-message", "draft/chathistory", "draft/message-redaction", "draft/read-marker",
        "labeled-response", "chatd/id")  # fmt: skip

Rename = Callable[[str, str], Awaitable[Renamed]]


@pytest.fixture
def rename(shared_gateways: tuple[RedisServer, list[Gateway]]) -> Rename:
    redis, _ = shared_gateways

    async def renamed(old: str, new: str) -> Renamed:
        async def work(store: Store) -> Renamed:
            return await rename_account(store, old.lower(), new.lower(), new, "chat.internal")

        config = Config(redis_url=redis.url)
        return await with_store(config, work)

    return renamed


async def account(connect: Connect, name: str) -> IrcClient:
    """Make an account and log in to it with all capabilities."""
    await quits(await registered(connect, name))
    return await connect(name, CAPS, (name, PASSWORD))


async def quits(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


async def texts(client: IrcClient, target: str) -> list[str]:
    """What CHATHISTORY has of a conversation."""
    await client.fence()
    await client.send(f"CHATHISTORY LATEST {target} * 50")
    return [line.text for line in await client.fence() if line.command == "PRIVMSG"]


async def test_who_is_logged_in_is_told_and_stays(connect: Connect, rename: Rename) -> None:
    """ "`900` aka `RPL_LOGGEDIN` is sent when the user's account name is set (whether by SASL or
    otherwise)"; account-notify: "This message informs the client about account changes"."""
    alice, bob = await account(connect, "alice"), await connect("bob", CAPS)
    await join(alice, "#r")
    await join(bob, "#r")
    await heard(alice)
    assert (await rename("alice", "Alicia")).before == "alice"
    told = [line.raw for line in await alice.fence()]
    assert told[0].endswith(
        "900 alice alice!~alice@127.0.0.1 Alicia :You are now logged in as Alicia"
    )
    assert told[1].endswith(":alice!~alice@127.0.0.1 ACCOUNT Alicia")
    assert len(told) == 2
    assert any(line.raw.endswith("alice!~alice@127.0.0.1 ACCOUNT Alicia")
               for line in await bob.fence())  # fmt: skip
    assert "330 bob alice Alicia :is logged in as" in await ask(bob, "WHOIS alice")
    await alice.send("PRIVMSG #r :hi")
    assert "account=Alicia" in (await bob.expect("PRIVMSG #r :hi")).raw
    # its nick is its own as long as it has it, and then it is anybody's
    assert (await ask(bob, "NICK alice"))[0].startswith("433 ")
    assert "NOTE PASSWD CHANGED Alicia :The password is changed" in await ask(alice, "PASSWD :new")
    await alice.send("NICK alicia")
    await bob.expect("NICK :?alicia")
    assert any(one.endswith("NICK alice") for one in await ask(bob, "NICK alice"))


async def test_the_old_name_is_unknown_and_free(connect: Connect, rename: Rename) -> None:
    await quits(await registered(connect, "alice"))
    await rename("alice", "alicia")
    with pytest.raises(AssertionError, match="904"):
        await connect("other", (), ("alice", PASSWORD))
    await connect("here", (), ("alicia", PASSWORD))
    await registered(connect, "alice")  # somebody else
    for taken in ("alice", "ALICE"):
        with pytest.raises(Refused, match="exists"):
            await rename("alicia", taken)
    with pytest.raises(Refused, match="noaccount"):
        await rename("nobody", "any")
    await connect("guest")
    with pytest.raises(Refused, match="taken"):
        await rename("alicia", "guest")
    with pytest.raises(Refused, match="confusable"):
        await rename("alicia", "аlice")
    assert (await rename("alicia", "ALICIA")).before == "alicia"
    with pytest.raises(Refused, match="same"):
        await rename("alicia", "ALICIA")


async def test_what_was_said_is_still_its_own(connect: Connect, rename: Rename) -> None:
    """History, REDACT and conversations go by the person, whatever the account is called."""
    alice, bob = await account(connect, "alice"), await account(connect, "bob")
    await alice.send("PRIVMSG bob :first")
    first = await bob.expect("PRIVMSG bob :first")
    await bob.send("PRIVMSG alice :second")
    await alice.expect("PRIVMSG alice :second")
    await quits(alice)
    await rename("alice", "alicia")
    assert await texts(bob, "alicia") == ["first", "second"]
    stranger = await registered(connect, "alice")
    await stranger.send("PRIVMSG bob :third")
    await bob.expect("PRIVMSG bob :third")
    assert await texts(bob, "alice") == ["third"]
    assert await texts(bob, "alicia") == ["first", "second"]
    assert await _targets(bob) == ["alice", "alicia"]
    again = await connect("elsewhere", CAPS, ("alicia", PASSWORD))
    await again.send(f"REDACT bob {first.tags['msgid']} :mine")
    await bob.expect("REDACT")
    assert await texts(bob, "elsewhere") == ["second"]


@pytest.mark.parametrize(
    "names", [["alicia"], ["alicia", "alice", "alicia"], ["ann", "alicia"]], ids=" ".join
)
async def test_who_was_online_meanwhile_keeps_what_was_said(
    connect: Connect, rename: Rename, names: list[str]
) -> None:
    """Conversations are its own under the new name, and the next owner of the old one has none."""
    alice, bob = await account(connect, "alice"), await account(connect, "bob")
    await alice.send("PRIVMSG bob :first")
    await bob.expect("PRIVMSG bob :first")
    for before, after in pairwise(["alice", *names]):
        await rename(before, after)
    await bob.send("PRIVMSG alice :second")
    await alice.expect("PRIVMSG alice :second")
    await quits(alice)
    stranger = await account(connect, "alice")
    assert await texts(stranger, "bob") == []
    await bob.send("PRIVMSG alicia :third")
    await bob.expect("NOTE PRIVMSG MESSAGE_KEPT alicia ")
    again = await connect("alicia", CAPS, ("alicia", PASSWORD))
    assert await texts(again, "bob") == ["first", "second", "third"]


async def test_under_a_nick_of_its_own_the_log_stays(connect: Connect, rename: Rename) -> None:
    """One that was no name of the account is found there again."""
    await quits(await account(connect, "alice"))
    bob = await account(connect, "bob")
    other = await connect("other", CAPS, ("alice", PASSWORD))
    await other.send("PRIVMSG bob :first")
    await bob.expect("PRIVMSG bob :first")
    await rename("alice", "alicia")
    await quits(other)
    other = await connect("other", CAPS, ("alicia", PASSWORD))
    assert await texts(other, "bob") == ["first"]


async def _targets(client: IrcClient) -> list[str]:
    await client.fence()
    ends = ("timestamp=2020-01-01T00:00:00.000Z", "timestamp=2100-01-01T00:00:00.000Z")
    await client.send(f"CHATHISTORY TARGETS {' '.join(ends)} 10")
    lines = [line for line in await client.fence() if line.command == "CHATHISTORY"]
    return sorted(line.params[1] for line in lines)


async def test_what_waits_is_there_at_the_next_login(connect: Connect, rename: Rename) -> None:
    alice, bob = await account(connect, "alice"), await account(connect, "bob")
    await quits(alice)
    await bob.send("@chatd/id=k PRIVMSG alice :later")
    await bob.expect("NOTE PRIVMSG MESSAGE_KEPT alice ")
    await rename("alice", "alicia")
    await bob.send("@chatd/id=k PRIVMSG alicia :later")  # the key is for the person
    await bob.expect("NOTE PRIVMSG MESSAGE_KEPT alicia ")
    alice = await connect("alicia", CAPS, ("alicia", PASSWORD))
    assert await texts(alice, "*") == ["later"]


async def test_what_others_have_read_stays_read(connect: Connect, rename: Rename) -> None:
    alice, bob = await account(connect, "alice"), await account(connect, "bob")
    await alice.send("PRIVMSG bob :first")
    first = await bob.expect("PRIVMSG bob :first")
    await bob.send(f"MARKREAD alice timestamp={first.tags['time']}")
    await bob.expect("MARKREAD alice")
    await rename("alice", "alicia")
    assert await ask(bob, "UNREAD") == ["UNREAD END 0"]
    await alice.send("PRIVMSG bob :second")
    await bob.expect("second")
    assert (await ask(bob, "UNREAD alice"))[0].startswith(
        f"UNREAD alice 1 1 timestamp={first.tags['time']}"
    )


async def test_words_rooms_and_bans_follow(connect: Connect, rename: Rename) -> None:
    alice, bob = await account(connect, "alice"), await account(connect, "bob")
    await ask(alice, "JOIN #r", "KEYWORDS ADD tea", "NICK ally")
    await join(bob, "#r")
    await rename("alice", "alicia")
    for text in ("for alicia", "for alice", "some tea", "for ally"):
        await ask(bob, f"PRIVMSG #r :{text}")
    inbox = [line.text for line in await _asked(alice, "INBOX") if line.command == "PRIVMSG"]
    assert inbox == ["for alicia", "some tea", "for ally"]


async def _asked(client: IrcClient, line: str) -> list[Line]:
    await client.fence()
    await client.send(line)
    return list(await client.fence())


async def test_a_room_of_its_own(connect: Connect, rename: Rename) -> None:
    alice = await account(connect, "alice")
    await ask(alice, "JOIN #own", "ROOM REGISTER #own")
    await quits(alice)
    await rename("alice", "alicia")
    bob = await connect("bob", CAPS)
    await join(bob, "#own")
    assert (await ask(bob, "ROOM INFO #own"))[0].startswith("NOTE ROOM INFO #own alicia ")
    again = await connect("alicia", CAPS, ("alicia", PASSWORD))
    assert any("~alicia" in line for line in await join(again, "#own"))


async def test_a_ban_of_the_account_is_for_the_person(connect: Connect, rename: Rename) -> None:
    await quits(await registered(connect, "alice"))
    boss = await connect("boss")
    await ask(boss, "OPER operuser operpassword", "ABAN alice :no")
    await rename("alice", "alicia")
    assert [line for line in await ask(boss, "STATS a") if " alicia " in line]
    client = await connect.open()
    await client.send(f"PASS alicia:{PASSWORD}", "NICK x", "USER x 0 * :x")
    await client.expect(" 465 ")
    await registered(connect, "alice")  # a new one is not banned
    await ask(boss, "UNABAN alicia")


async def test_masks_of_rooms_name_it_by_its_new_name(connect: Connect, rename: Rename) -> None:
    """docs/operations.md: "Masks of rooms that name it (`+b a:OLD`) follow it": who is kept out or
    muted stays so, for as long; and who takes the old name is somebody else.
    """
    anna, petra = await account(connect, "anna"), await account(connect, "petra")
    await join(anna, "#r")
    await ask(anna, "MODE #r +be a:petra a:petra", "ROOM MUTE #r petra 1h", "MODE #r +b a:pet*")
    await rename("petra", "Paula")
    assert [line.raw.partition(" ")[2] for line in await anna.fence()] == [
        ":chat.internal MODE #r -bbe+bbe a:petra m:a:petra a:petra a:Paula m:a:Paula a:Paula"
    ]
    bans = [line.split() for line in await ask(anna, "ROOM BANS #r") if " BAN #r " in line]
    assert {words[4]: words[7] == "*" for words in bans} == {
        "a:Paula": True, "m:a:Paula": False, "a:pet*": True,
    }  # fmt: skip
    await ask(anna, "MODE #r -e a:paula")
    assert await join(petra, "#r") == ["474 petra #r :Cannot join channel (+b)"]
    await ask(anna, "MODE #r -b a:paula")
    await join(petra, "#r")
    assert any(line.startswith("404 petra #r") for line in await ask(petra, "PRIVMSG #r :hi"))
    await ask(anna, "MODE #r +b a:other", "MODE #r +b a:paula")
    await rename("Paula", "other")  # is in the list already
    assert "MODE #r -bb+b a:paula m:a:Paula m:a:other" in " ".join(await heard(anna))


@spread
async def test_a_mask_that_means_both_names_stays(connect: Connect, rename: Rename) -> None:
    """Both forms of a sigma are one letter in a mask, and two in a name."""
    anna, other = await account(connect, "anna"), await account(connect, "λογος")
    await join(anna, "#r")
    await ask(anna, "MODE #r +b a:λογος")
    await rename("λογος", "λογοσ")
    assert await join(other, "#r") == ["474 λογος #r :Cannot join channel (+b)"]
