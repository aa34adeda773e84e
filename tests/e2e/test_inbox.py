"""INBOX, UNREAD and KEYWORDS. Issue 10: "unread and mention counts kept by the server; everything
that concerns me since I read it (private messages, mentions, keywords) at a cost that does not grow
with the number of rooms".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.asking import PASSWORD, ask, heard, join
from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.wait import wait_until

CAPS = (
    "batch", "echo-message", "message-tags", "server-time", "standard-replies",
    "draft/read-marker", "draft/message-redaction", "draft/multiline", "labeled-response",
)  # fmt: skip


async def login(connect: Connect, name: str, account: str = "") -> IrcClient:
    """Somebody with an account, which is made at the first time."""
    if account or any(one.nick == name for one in connect.clients):
        return await connect(name, (*CAPS, "sasl"), (account or name, PASSWORD))
    client = await connect(name, CAPS)
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect("REGISTER SUCCESS", unless=" FAIL ")
    await client.fence()  # it is logged in
    await client.fence()
    return client


async def leave(client: IrcClient) -> None:
    await client.send("QUIT")
    await client.expect_closed()


async def inbox(client: IrcClient, words: str = "") -> list[str]:
    """What INBOX shows: targets and texts, and the last line."""
    await client.fence()
    await client.send(f"INBOX {words}".strip())
    start = await client.expect(r"BATCH \+", unless="FAIL")
    assert start.params[1:] == ["chatd/inbox"]
    found = []
    *lines, _ = await client.lines_until(f"BATCH -{start.params[0][1:]}")
    for line in lines:
        assert line.tags["batch"] == start.params[0][1:]
        assert line.tags["time"]
        assert line.tags["msgid"]
        found.append(f"{line.params[0]} {line.text}")
    end = await client.expect("INBOX")
    return [*found, " ".join(end.params)]


async def say(client: IrcClient, target: str, text: str) -> None:
    """Say something, and wait until the millisecond is over in which it was said."""
    await client.send(f"PRIVMSG {target} :{text}")
    said = await client.expect(f"PRIVMSG {target} :{re.escape(text)}$")
    moment = datetime.fromisoformat(said.tags["time"]) + timedelta(milliseconds=1)
    await wait_until(lambda: datetime.now(UTC) >= moment, "the millisecond is over")


async def counts(client: IrcClient, target: str = "") -> list[str]:
    """What UNREAD answers."""
    lines = await ask(client, f"UNREAD {target}".strip())
    assert all(line.startswith("UNREAD ") for line in lines)
    return [line.removeprefix("UNREAD ") for line in lines]


async def in_rooms(*clients: IrcClient, rooms: tuple[str, ...] = ("#One", "#two")) -> None:
    for client in clients:
        await join(client, *rooms)


# -- what concerns one ---------------------------------------------------------------------------


async def test_what_concerns_an_account(connect: Connect) -> None:
    """Direct messages, and in rooms what has a name or a keyword of hers as a word."""
    anna, bob = await login(connect, "Anna"), await login(connect, "bob")
    await in_rooms(anna, bob)
    await ask(anna, "KEYWORDS ADD deploy Größe")
    said = [
        "#One :ANNA: are you there?", "#two :nobody's business", "#One :annabel is somebody else",
        "Anna :to you alone", "#two :the DEPLOY, again", "#One :(`anna`) [anna]",
        "#two :deployment",
        "#One :\x01ACTION waves at anna\x01", "#One :\x01PING anna\x01", "#two :die GRÖSSE? größe!",
        "#two :@anna hi",
    ]  # fmt: skip
    for one in said:
        target, _, text = one.partition(" :")
        await say(bob, target, text)
    await ask(bob, "NOTICE #two :anna, note this")
    await ask(anna, "PRIVMSG #One :anna says so herself")
    assert await inbox(anna) == [
        "#One ANNA: are you there?", "Anna to you alone", "#two the DEPLOY, again",
        "#One (`anna`) [anna]", "#One \x01ACTION waves at anna\x01", "#two die GRÖSSE? größe!",
        "#two @anna hi", "#two anna, note this", "END 8",
    ]  # fmt: skip
    assert await inbox(bob) == ["END 0"]


async def test_while_one_is_offline(connect: Connect) -> None:
    """Of rooms in which one was when the last connection ended, under whatever nick."""
    anna, bob, carl = [await login(connect, name) for name in ("anna", "bob", "carl")]
    await in_rooms(bob, anna, carl)
    await join(bob, "#without")
    await ask(carl, "PART #two")
    await leave(anna)
    await leave(carl)
    for room in ("#one", "#two", "#without"):
        await say(bob, room, "carl, anna")
    anna, carl = await login(connect, "anna2", "anna"), await login(connect, "carl")
    for client in (anna, carl):
        # she need not enter the rooms again to see it
        texts = ["#one carl, anna", "#two carl, anna"][: 2 if client is anna else 1]
        assert await inbox(client) == [*texts, f"END {len(texts)}"]
    await join(anna, "#one")
    await ask(bob, "PRIVMSG #one :a nick of hers is anna2")
    assert (await inbox(anna))[-2:] == ["#one a nick of hers is anna2", "END 3"]
    # nobody is told what an account may not see any more
    await ask(bob, "MODE #two +b a:anna")
    await ask(anna, "JOIN #two")
    assert "#two carl, anna" not in await inbox(anna)


async def test_what_is_not_for_everybody(connect: Connect) -> None:
    """Not what was refused or taken back, nor what only operators heard."""
    anna, bob = await login(connect, "anna"), await login(connect, "bob")
    await in_rooms(bob, anna)
    await ask(bob, "MODE #one +b m:*!*@*", "MODE #one +v bob")
    carl = await login(connect, "carl")
    await join(carl, "#one")
    await ask(carl, "PRIVMSG #one :anna?")
    assert await heard(anna)
    await ask(bob, "PRIVMSG @#one :anna is not an operator")
    assert await inbox(anna) == ["END 0"]
    await bob.send("PRIVMSG #one :anna, oops")
    msgid = (await bob.expect("oops")).tags["msgid"]
    assert (await inbox(anna))[0] == "#one anna, oops"
    await ask(bob, f"REDACT #one {msgid}", "PRIVMSG anna :too")
    assert await inbox(anna) == ["anna too", "END 1"]


async def test_reading(connect: Connect) -> None:
    """ "MARKREAD": what is read is in the inbox and in the counts no more, on each device."""
    anna, bob = await login(connect, "anna"), await login(connect, "bob")
    await in_rooms(anna, bob)
    phone = await login(connect, "anna")
    await ask(
        bob, *(f"PRIVMSG {to} :anna {n}" for n in range(3) for to in ("#one", "#two", "anna"))
    )
    await ask(bob, "PRIVMSG #one :without a name")
    assert await counts(anna) == ["#One 4 3 *", "#two 3 3 *", "bob 3 3 *", "END 3"]
    [*_, last] = [line for line in phone.log + await phone.fence() if line.text == "anna 2"]
    for target in ("#two", "bob"):
        await ask(anna, f"MARKREAD {target} timestamp={last.tags['time']}")
    at = f"timestamp={last.tags['time']}"
    assert await counts(phone) == ["#One 4 3 *", f"#two 0 0 {at}", "END 2"]
    assert await inbox(phone) == ["#one anna 0", "#one anna 1", "#one anna 2", "END 3"]
    assert await counts(phone, "#TWO") == [f"#two 0 0 {at}", "END 1"]
    await ask(bob, "NICK bobby", "PRIVMSG anna :as bobby")
    assert await counts(phone, "bobby") == [f"bobby 1 1 {at}", "END 1"]
    await ask(anna, "RENAME #one #uno")
    assert "#uno 4 3 *" in await counts(phone)
    assert len(await inbox(phone)) == 5


async def test_pages(connect: Connect) -> None:
    """The newest come first; ``INBOX <limit> msgid=`` shows those before one."""
    anna, bob = await login(connect, "anna"), await login(connect, "bob")
    await in_rooms(anna, bob)
    targets = ("#one", "anna", "#two") * 7
    texts = [f"{target} anna {number}" for number, target in enumerate(targets)]
    for number, target in enumerate(targets):
        await say(bob, target, f"anna {number}")
    found: list[str] = []
    page = await inbox(anna, "7")
    while True:
        found = page[:-1] + found
        word, count, *msgid = page[-1].split(" ")
        assert int(count) == len(page) - 1
        if word == "END":
            break
        assert word == "MORE"
        page = await inbox(anna, f"7 msgid={msgid[0]}")
    assert found == texts
    assert (await inbox(anna, "100000"))[-1] == "END 21"


async def test_a_message_of_several_lines(connect: Connect) -> None:
    """ "Messages of several lines count as one everywhere" """
    anna, bob = await login(connect, "anna"), await login(connect, "bob")
    await in_rooms(anna, bob)
    await bob.send("BATCH +x draft/multiline #one", "@batch=x PRIVMSG #one :look")
    await bob.send("@batch=x PRIVMSG #one :anna", "BATCH -x")
    await bob.fence()
    assert await counts(anna) == ["#One 1 1 *", "#two 0 0 *", "END 2"]
    await anna.send("@label=l INBOX")
    assert [line.command for line in await anna.fence()] == [
        "BATCH", "BATCH", "BATCH", "PRIVMSG", "PRIVMSG", "BATCH", "BATCH", "INBOX", "BATCH"
    ]  # fmt: skip


async def test_a_retry_is_there_once(connect: Connect) -> None:
    """ "sends one message"; and a text with several of her words is one."""
    anna, bob = await login(connect, "anna"), await connect("bob", (*CAPS, "chatd/id"))
    await in_rooms(anna, bob)
    await ask(anna, "KEYWORDS ADD hello")
    for _ in range(2):
        await ask(bob, "@chatd/id=once PRIVMSG #one :hello anna hello")
    assert await inbox(anna) == ["#one hello anna hello", "END 1"]


# -- keywords ------------------------------------------------------------------------------------


async def test_keywords(connect: Connect) -> None:
    anna = await login(connect, "anna")
    bob = await login(connect, "bob")
    await in_rooms(anna, bob)
    assert await ask(anna, "KEYWORDS LIST") == ["KEYWORDS END 0"]
    added = "is a keyword of yours now"
    assert await ask(anna, "KEYWORDS ADD Deploy ops-team") == [
        f"NOTE KEYWORDS ADDED {word} :It {added}" for word in ("deploy", "ops-team")
    ]
    await ask(bob, "KEYWORDS ADD deploy", "PRIVMSG #one :deploy, [ops-team]")
    assert await inbox(anna) == ["#one deploy, [ops-team]", "END 1"]
    assert await ask(anna, "KEYWORDS remove DEPLOY nothing", "KEYWORDS LIST") == [
        "NOTE KEYWORDS REMOVED deploy :It is no keyword of yours any more",
        "FAIL KEYWORDS NO_SUCH_KEYWORD nothing :It is none of your keywords",
        "KEYWORDS LIST :ops-team",
        "KEYWORDS END 1",
    ]
    await ask(anna, "PRIVMSG #one :deploy is a keyword of bob's", "PRIVMSG #one :ops")
    assert await inbox(bob) == ["#one deploy is a keyword of bob's", "END 1"]
    words = " ".join(f"w{number}" for number in range(49))
    assert len(await ask(anna, f"KEYWORDS ADD :{words}")) == 49
    for line in ("KEYWORDS ADD one-more", f"KEYWORDS ADD :{words} a b"):
        assert await ask(anna, line) == ["FAIL KEYWORDS TOO_MANY_KEYWORDS :At most 50 keywords"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("KEYWORDS", "461 anna KEYWORDS :Not enough parameters"),
        ("KEYWORDS CLEAR", "FAIL KEYWORDS INVALID_PARAMS CLEAR :It is KEYWORDS LIST"),
        ("KEYWORDS ADD", "FAIL KEYWORDS INVALID_PARAMS ADD :It is KEYWORDS LIST"),
        ("KEYWORDS ADD a.b", "FAIL KEYWORDS INVALID_KEYWORD a.b :A keyword is one word"),
        ("KEYWORDS ADD ---", "FAIL KEYWORDS INVALID_KEYWORD --- :A keyword is one word"),
        (f"KEYWORDS ADD {'x' * 65}", "FAIL KEYWORDS INVALID_KEYWORD xxxxx"),
        ("INBOX 0", "FAIL INBOX INVALID_PARAMS 0 :Invalid limit"),
        ("INBOX all", "FAIL INBOX INVALID_PARAMS all :Invalid limit"),
        ("INBOX 5 *", "FAIL INBOX INVALID_PARAMS * :Invalid message reference"),
        ("INBOX 5 msgid=x", "FAIL INBOX INVALID_PARAMS msgid=x :Invalid message reference"),
        ("UNREAD #nowhere", "FAIL UNREAD INVALID_PARAMS #nowhere :You are not in such a room"),
        ("UNREAD nobody", "UNREAD END 0"),
    ],
)
async def test_what_is_refused(connect: Connect, line: str, answer: str) -> None:
    anna = await login(connect, "anna")
    [found] = await ask(anna, line)
    assert found.startswith(answer)


async def test_guests(connect: Connect) -> None:
    """What is kept for somebody needs an account; what is unread a guest may count."""
    guest, bob = await connect("guest", CAPS), await login(connect, "bob")
    await in_rooms(guest, bob)
    await ask(bob, "PRIVMSG #one :guest?", "PRIVMSG guest :hi")
    for line in ("INBOX", "KEYWORDS LIST", "KEYWORDS ADD x"):
        [found] = await ask(guest, line)
        assert found.startswith(f"FAIL {line.split(' ', maxsplit=1)[0]} ACCOUNT_REQUIRED :Log in")
    assert await counts(guest) == ["#One 1 0 *", "#two 0 0 *", "bob 1 1 *", "END 3"]
