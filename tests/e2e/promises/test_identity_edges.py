"""Issue 8, "Identity is a person": the less common ways in which a name changes its person, or a
person its name.
"""

from __future__ import annotations

import random

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.promises.absence import chatd, do, lost, settle, wait_until_back
from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import People, heard, say, texts
from tests.e2e.promises.test_identity import CAPS, PASSWORD, history, leave, room_of, said
from tests.e2e.staff import operator
from tests.support.irc import IrcClient, Line


async def answer(client: IrcClient, *lines: str) -> Line:
    """Send lines of which the last has the label x; its answer."""
    await client.fence()
    await client.send(*lines)
    return await client.expect(lambda line: line.tags.get("label") == "x")


# -- idempotency keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_a_tagmsg_under_a_key(connect: Connect, target: str) -> None:
    """Its tags are what it says; "NOTICE, TAGMSG, multiline" have keys too."""
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    ask = f"@label=x;chatd/id=k;+a={{}} TAGMSG {target}"
    first = await answer(alice, ask.format("1"))
    assert (await answer(alice, ask.format("1"))).tags["msgid"] == first.tags["msgid"]
    other = await answer(alice, ask.format("2"))
    assert other.params[:3] == ["TAGMSG", "ID_REUSED", "k"]
    other = await said(alice, "PRIVMSG", target, "not the same command", "k")
    assert other.params[:3] == ["PRIVMSG", "ID_REUSED", "k"]
    await settle(bob)
    assert [line.tags["+a"] for line in heard(bob, "TAGMSG", target)] == ["1"]
    assert heard(bob, "PRIVMSG", target) == []


async def test_several_lines_under_a_key(connect: Connect) -> None:
    """One message, with one key: the same lines again are the same, others are refused."""
    alice, bob = [await connect(nick, (*CAPS, "draft/multiline")) for nick in ("alice", "bob")]
    for client in (alice, bob):
        await do(client, "JOIN #room")

    async def lines(*words: str) -> Line:
        return await answer(
            alice,
            "@label=x;chatd/id=k BATCH +1 draft/multiline #room",
            *(f"@batch=1 PRIVMSG #room :{word}" for word in words),
            "BATCH -1",
        )

    first = await lines("one", "two")
    await do(alice, "NICK alicia")
    again = await lines("one", "two")
    assert again.tags["msgid"] == first.tags["msgid"]
    refused = await lines("one", "three")
    assert refused.params[:3] == ["PRIVMSG", "ID_REUSED", "k"]
    await settle(bob)
    assert texts(heard(bob, "PRIVMSG", "#room")) == ["one", "two"]


@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_a_key_stays_when_a_guest_gets_an_account(connect: Connect, target: str) -> None:
    """``was``: what it sent before it logged in is its own; for who hears it too."""
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    ids = {(await said(alice, "PRIVMSG", target, "once", "k")).tags["msgid"]}
    await do(alice, f"REGISTER * * :{PASSWORD}")
    ids.add((await said(alice, "PRIVMSG", target, "once", "k")).tags["msgid"])
    await do(bob, f"REGISTER * * :{PASSWORD}")
    ids.add((await said(alice, "PRIVMSG", target, "once", "k")).tags["msgid"])
    assert len(ids) == 1
    await settle(bob)
    assert texts(heard(bob, "PRIVMSG", target)) == ["once"]


async def test_a_key_is_for_a_person(connect: Connect) -> None:
    """It follows a NICK of the receiver; the next owner of the name gets what is said to him."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    first = await said(alice, "PRIVMSG", "bob", "once", "k")
    await do(bob, "NICK robert")
    again = await said(alice, "PRIVMSG", "robert", "once", "k")
    assert again.tags["msgid"] == first.tags["msgid"]
    stranger = await connect("bob", CAPS)
    await said(alice, "PRIVMSG", "bob", "once", "k")
    await settle(bob, stranger)
    assert texts(heard(bob, "PRIVMSG")) == texts(heard(stranger, "PRIVMSG")) == ["once"]


async def test_a_long_text_is_cut_sooner_behind_a_longer_nick(connect: Connect) -> None:
    """The same line is the same message, though less of it fits now."""
    alice, bob = await room_of(connect, "#room", "al", "bob")
    text = "x" * 460
    first = await said(alice, "PRIVMSG", "#room", text, "k")
    await do(alice, f"NICK {'a' * 32}")
    again = await said(alice, "PRIVMSG", "#room", text, "k")
    assert again.tags["msgid"] == first.tags["msgid"]
    await settle(bob)
    assert len(heard(bob, "PRIVMSG", "#room")) == 1


async def test_the_key_of_a_room_is_that_rooms(connect: Connect) -> None:
    """It follows a RENAME, and says nothing about the next room of the name."""
    alice, bob = await room_of(connect, "#room", "alice", "bob")
    first = await said(alice, "PRIVMSG", "#room", "once", "k")
    await do(alice, "RENAME #room #new")
    assert (await said(alice, "PRIVMSG", "#new", "once", "k")).tags["msgid"].split("-")[:2] == (
        first.tags["msgid"].split("-")[:2]
    )
    for client in (alice, bob):
        await do(client, "JOIN #room")
    await said(alice, "PRIVMSG", "#room", "once", "k")
    await settle(bob)
    assert len([line for line in heard(bob, "PRIVMSG") if line.text == "once"]) == 2


# -- ACCEPT --------------------------------------------------------------------------------------


async def test_the_list_of_who_is_accepted(connect: Connect) -> None:
    """281 has the nicks as they were; "401 when there is neither"; removal by the nick shown or
    by the current one."""
    alice, bob, carl = [await connect(nick, CAPS) for nick in ("alice", "Bob", "Carl")]
    await do(carl, f"REGISTER * * :{PASSWORD}")
    await leave(carl)
    assert (await do(alice, "ACCEPT nobody"))[0].split()[1] == "401"
    await do(alice, "MODE alice +R", "ACCEPT bob,carl")
    await do(bob, "NICK robert")
    listed = [line.split()[3:] for line in await do(alice, "ACCEPT") if " 281 " in line]
    assert listed == [["Bob", "Carl"]]
    assert (await do(alice, "ACCEPT -dave"))[0].split()[1] == "458"
    assert not [line for line in await do(alice, "ACCEPT -robert") if " 458 " in line]
    assert not [line for line in await do(alice, "ACCEPT -CARL") if " 458 " in line]
    assert not [line for line in await do(alice, "ACCEPT") if " 281 " in line]
    assert (await say(bob, "alice", "and now?")).command == "477"


async def test_the_list_goes_along_with_its_owner(connect: Connect) -> None:
    """The one who accepts has another nick, and then an account."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await do(alice, "MODE alice +R", "ACCEPT bob", "NICK alicia", f"REGISTER * * :{PASSWORD}")
    await do(bob, "NICK robert")
    assert (await say(bob, "alicia", "hello")).command == "PRIVMSG"
    await do(alice, "ACCEPT -BOB")  # as it is listed
    assert (await say(bob, "alicia", "hello")).command == "477"


# -- REDACT, histories ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["#room", "bob"])
async def test_what_was_said_as_a_guest_stays_ones_own(connect: Connect, target: str) -> None:
    """By the session; then by the account, from another session under another nick."""
    bob, alice = await room_of(connect, "#room", "bob", "alice")
    first = (await say(alice, target, "first")).tags["msgid"]
    await do(alice, f"REGISTER * * :{PASSWORD}")
    second = (await say(alice, target, "second")).tags["msgid"]
    third = (await say(alice, target, "third")).tags["msgid"]
    await do(alice, f"REDACT {target} {first}", "NICK alicia")
    other = await connect("elsewho", CAPS, ("alice", PASSWORD))
    await do(other, "JOIN #room", f"REDACT {target} {second}")
    stranger = await connect("alice2", CAPS)
    await do(stranger, "JOIN #room")
    answers = await do(stranger, f"REDACT {target} {third}")
    assert any(" FAIL REDACT " in line for line in answers), answers
    await settle(bob)
    assert [line.params[1] for line in heard(bob, "REDACT")] == [first, second]


async def test_a_new_operator_takes_nothing_back_that_is_older_than_the_room(
    connect: Connect,
) -> None:
    """ "An invited or new operator has no right to older things." """
    boss, eve = await room_of(connect, "#room", "boss", "eve")
    old = (await say(boss, "#room", "before")).tags["msgid"]
    await do(boss, "KICK #room eve", "PART #room")
    await do(eve, "JOIN #room")
    await do(boss, "JOIN #room")
    answers = await do(eve, f"REDACT #room {old}")
    assert any(" FAIL REDACT UNKNOWN_MSGID " in line for line in answers), answers
    assert await history(eve, "#room") == []
    assert await history(boss, "#room") == ["before"]


async def test_a_conversation_with_somebody_who_has_gone(connect: Connect) -> None:
    """Of an account under any name; of a guest as long as nobody else has the name."""
    alice, bob, guest = [await connect(nick, CAPS) for nick in ("alice", "bob", "guest")]
    await do(bob, f"REGISTER * * :{PASSWORD}")
    for nick, client in (("bob", bob), ("guest", guest)):
        await say(alice, nick, f"to {nick}")
        await say(client, "alice", f"from {nick}")
        await leave(client)
    assert await history(alice, "bob") == ["to bob", "from bob"]
    assert await history(alice, "guest") == ["to guest", "from guest"]
    back = await connect("bob-again", CAPS, ("bob", PASSWORD))
    await say(back, "alice", "from bob, again")
    everything = ["to bob", "from bob", "from bob, again"]
    assert await history(alice, "bob-again") == await history(alice, "bob") == everything
    await connect("guest", CAPS)
    assert await history(alice, "guest") == []


async def test_a_conversation_stays_when_the_other_side_registers(connect: Connect) -> None:
    """Who the other one was before is still the other one."""
    alice, bob = await connect("alice", CAPS), await connect("bob", CAPS)
    await say(alice, "bob", "one")
    await say(bob, "alice", "two")
    await do(bob, f"REGISTER * * :{PASSWORD}", "NICK robert")
    await say(bob, "alice", "three")
    await say(alice, "robert", "four")
    assert await history(alice, "robert") == ["one", "two", "three", "four"]
    assert await history(bob, "alice") == ["one", "two", "three", "four"]


async def test_whowas_says_whose_account_it_was(connect: Connect) -> None:
    """ "So that one can tell who it was": the latest first, 330 behind each that had one."""
    alice, guest = await connect("alice", CAPS), await connect("shared", CAPS)
    await leave(guest)
    own = await connect("owner", CAPS)
    await do(own, f"REGISTER * * :{PASSWORD}", "NICK shared")
    await leave(own)
    lines = [line.split() for line in await do(alice, "WHOWAS shared")]
    assert [line[1] for line in lines] == ["314", "330", "312", "314", "312", "369"]
    assert lines[1][3:5] == ["shared", "owner"]


# -- invitations ---------------------------------------------------------------------------------


async def test_of_several_who_invite_each_counts(connect: Connect) -> None:
    """The operator's invitation is not lost when a member invites after him."""
    boss, member = await room_of(connect, "#room", "boss", "member")
    guest = await connect("guest", CAPS)
    await do(boss, "MODE #room +k key", "INVITE guest #room")
    await do(member, "INVITE guest #room")
    assert any(" JOIN " in line for line in await do(guest, "JOIN #room"))
    await do(guest, "PART #room")
    assert any(" 475 " in line for line in await do(guest, "JOIN #room"))


# -- masks ---------------------------------------------------------------------------------------


async def test_bans_of_the_server_see_as_those_of_rooms(connect: Connect) -> None:
    """Networks, what is shown and where it comes from, every script."""
    boss = await operator(connect, "boss", CAPS)
    for mask in ("*!*юлия@127.0.0.0/8", "*!~юлия@shown.example"):
        guest = await connect("Юлия", CAPS)
        await do(boss, "CHGHOST юлия юлия@shown.example", "CHGHOST юлия shown.example")
        await do(boss, "KLINE *!*@10.0.0.0/8 :others")
        await guest.fence()
        await do(boss, f"KLINE {mask} :go away")
        await guest.expect_closed()
        await do(boss, f"UNKLINE {mask}", "UNKLINE *!*@10.0.0.0/8")


async def test_each_session_of_a_user_is_seen(connect: Connect) -> None:
    """ "The host where each of the user's sessions really is": a mask for one is for all."""
    boss = await operator(connect, "boss", CAPS)
    await do(boss, "JOIN #room")
    anna = await connect("anna", CAPS)
    await do(anna, f"REGISTER * * :{PASSWORD}", "JOIN #room")
    second = await connect("anna", CAPS, ("anna", PASSWORD))
    await do(boss, "CHGHOST anna shown.example", "MODE #room +e boss!*@*", "MODE #room +b *!*@::1")
    assert (await say(anna, "#room", "heard")).command == "PRIVMSG"
    await do(boss, "MODE #room +b *!anna@127.0.0.1")
    assert (await say(second, "#room", "heard?")).command == "404"
    await leave(second)
    await do(boss, "MODE #room -b *!anna@127.0.0.1")
    assert (await say(anna, "#room", "heard")).command == "PRIVMSG"


# -- coming back ---------------------------------------------------------------------------------


async def test_who_comes_back_is_the_same_person(mortal: Chat, people: People) -> None:
    """A guest whose gateway was lost has its keys, its list of ACCEPT, its messages again."""
    alice = await people(mortal.g1, "alice", "#room", caps=CAPS)
    bob = await people(mortal.g2, "bob", "#room", caps=CAPS)
    await do(alice, "MODE alice +R", "ACCEPT bob")
    first = await said(alice, "PRIVMSG", "#room", "once", "k")
    async with lost(mortal, "alice"):
        pass
    await wait_until_back(mortal, alice)
    again = await said(alice, "PRIVMSG", "#room", "once", "k")
    assert again.tags["msgid"] == first.tags["msgid"]
    assert (await say(bob, "alice", "hello")).command == "PRIVMSG"
    await do(alice, f"REDACT #room {first.tags['msgid']}")
    await settle(bob)
    assert len(heard(bob, "REDACT")) == 1


async def test_an_account_that_is_deleted_while_its_owner_is_lost(
    mortal: Chat, people: People
) -> None:
    """ "He is a guest at once, on all gateways": on one that was away as soon as it is back."""
    own = await people(mortal.g1, "anna", "#room", caps=(*CAPS, "account-notify"))
    await do(own, f"REGISTER * * :{PASSWORD}", "NICK anna-work")
    own.nick = "anna-work"
    await people(mortal.g2, "bob", "#room", caps=CAPS)
    async with lost(mortal, "anna-work"):
        for words in ("oper anna", "delete anna --yes"):
            code, _, err = await chatd("account", "--redis", mortal.redis.url, *words.split())
            assert code == 0, err
    await wait_until_back(mortal, own)
    assert heard(own, "ACCOUNT")[-1].params == ["*"]
    assert not [line for line in await do(own, "WHOIS anna-work") if " 330 " in line]
    assert any(" 481 " in line for line in await do(own, "KILL bob :no"))
    await do(own, "NICK anna", f"REGISTER * * :{PASSWORD}2")
    assert heard(own, "REGISTER")[-1].params[0] == "SUCCESS"


# -- by chance -----------------------------------------------------------------------------------


async def test_keys_under_any_names(connect: Connect) -> None:
    """Three people change nicks among five names, register and say things under few keys: for each
    person, room and key there is one text, and everybody hears it once."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    listener, *people = await room_of(connect, "#room", "listener", "one", "two", "three")
    names = ["one", "two", "three", "four", "five"]
    said_before: dict[tuple[int, str], tuple[str, str]] = {}
    for _ in range(60):
        who = chance.randrange(len(people))
        client = people[who]
        if chance.random() < 0.3:
            await do(client, f"NICK {chance.choice(names)}")
        elif chance.random() < 0.1:
            await do(client, f"REGISTER * * :{PASSWORD}")
        key, text = chance.choice("kl"), chance.choice(["red", "blue"])
        line = await said(client, "PRIVMSG", "#room", text, key)
        before = said_before.setdefault((who, key), (text, line.tags.get("msgid", "")))
        if before[0] == text:
            assert line.tags["msgid"] == before[1]
        else:
            assert line.params[:3] == ["PRIVMSG", "ID_REUSED", key]
    await settle(listener)
    assert len(heard(listener, "PRIVMSG", "#room")) == len(said_before)
