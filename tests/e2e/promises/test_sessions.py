"""A user is not a session.

Issue 2: "A name has one owner and any number of sessions on any gateways at once: with an
account, a second login of the same name joins the first (each session sees what the user says
elsewhere); without one, a taken name gets 433."
"""

from __future__ import annotations

import itertools
from base64 import b64encode

import pytest

from tests.e2e.promises.conftest import Chat
from tests.e2e.promises.support import CAPS, People, heard, join, roster, say, texts
from tests.support.irc import IrcClient

PASSWORD = "correct horse"
_numbers = itertools.count(1)


@pytest.fixture
async def phone(shared: Chat, people: People) -> IrcClient:
    """A user with an account of his own, in one room, on the first gateway."""
    nick = f"owner{next(_numbers)}"
    client = await people(shared.g1, nick, f"#{nick}")
    await client.send(f"REGISTER * * :{PASSWORD}")
    await client.expect(f"REGISTER SUCCESS {nick} ")
    return client


async def laptop_of(phone: IrcClient, chat: Chat, people: People) -> IrcClient:
    """A second session of the same user, on the second gateway."""
    return await people(chat.g2, phone.nick, sasl=(phone.nick, PASSWORD), caps=CAPS)


async def test_a_second_login_joins_the_first(
    shared: Chat, people: People, phone: IrcClient
) -> None:
    nick, room = phone.nick, f"#{phone.nick}"
    bob = await people(shared.g2, "bob", room)
    laptop = await laptop_of(phone, shared, people)
    assert laptop.nick == nick
    await laptop.fence()
    assert [line.params[0] for line in heard(laptop, "JOIN")] == [room]
    names = next(line.text for line in heard(laptop, "353"))
    assert set(names.split()) == {f"@{nick}", "bob"}
    await bob.fence()
    assert [line.raw for line in bob.log if line.nick == nick] == [], "others see nothing of it"


async def test_each_session_sees_what_the_user_says_elsewhere(
    shared: Chat, people: People, phone: IrcClient
) -> None:
    nick, room = phone.nick, f"#{phone.nick}"
    bob = await people(shared.g1, "bob", room)
    laptop = await laptop_of(phone, shared, people)
    in_room = await say(phone, room, "from the phone")
    line = await laptop.expect(rf":{nick}!\S+ PRIVMSG {room} :from the phone")
    assert line.tags["msgid"] == in_room.tags["msgid"]

    direct = await say(laptop, "bob", "from the laptop")
    line = await phone.expect(rf":{nick}!\S+ PRIVMSG bob :from the laptop")
    assert line.tags["msgid"] == direct.tags["msgid"]
    await bob.expect(rf":{nick}!\S+ PRIVMSG bob :from the laptop")

    await say(bob, nick, "to all of you")
    for session in (phone, laptop):
        await session.expect(rf":bob!\S+ PRIVMSG {nick} :to all of you")
        await session.fence()
        assert texts(heard(session, "PRIVMSG")).count("to all of you") == 1
        assert texts(heard(session, "PRIVMSG")).count("from the phone") == 1
        assert texts(heard(session, "PRIVMSG")).count("from the laptop") == 1


async def test_rooms_and_nick_are_the_users_not_the_sessions(
    shared: Chat, people: People, phone: IrcClient
) -> None:
    nick = phone.nick
    laptop = await laptop_of(phone, shared, people)
    await join(laptop, f"#{nick}-2")
    await phone.expect(rf":{nick}!\S+ JOIN #{nick}-2")
    await phone.expect(rf" 366 \S+ #{nick}-2 ")

    await phone.send(f"PART #{nick}-2 :enough")
    await laptop.expect(rf":{nick}!\S+ PART #{nick}-2")

    await laptop.send(f"NICK new-{nick}")
    for session in (laptop, phone):
        await session.expect(rf":{nick}!\S+ NICK :?new-{nick}")
    assert f"new-{nick}" in await roster(shared.redis)
    assert nick not in await roster(shared.redis)

    bob = await people(shared.g1, "bob")
    await say(bob, f"new-{nick}", "under the new name")
    for session in (laptop, phone):
        await session.expect(rf":bob!\S+ PRIVMSG new-{nick} :under the new name")
    await phone.send(f"NICK {nick}")
    await laptop.expect(rf":new-{nick}!\S+ NICK :?{nick}")


async def test_the_user_leaves_with_the_last_session(
    shared: Chat, people: People, phone: IrcClient
) -> None:
    nick, room = phone.nick, f"#{phone.nick}"
    bob = await people(shared.g1, "bob", room)
    laptop = await laptop_of(phone, shared, people)
    await phone.send("QUIT :battery")
    await phone.expect_closed()
    await say(laptop, room, "still here")
    await bob.expect(rf":{nick}!\S+ PRIVMSG {room} :still here")
    assert heard(bob, "QUIT") == []
    assert nick in await roster(shared.redis)
    await laptop.send("QUIT :and now all")
    await bob.expect(rf":{nick}!\S+ QUIT :Quit: and now all")
    assert nick not in await roster(shared.redis)


async def test_two_sessions_on_one_gateway(shared: Chat, people: People, phone: IrcClient) -> None:
    nick, room = phone.nick, f"#{phone.nick}"
    tablet = await people(shared.g1, nick, sasl=(nick, PASSWORD))
    assert [line.params[0] for line in heard(tablet, "JOIN")] == [room]
    await say(phone, room, "hello tablet")
    await tablet.expect(rf":{nick}!\S+ PRIVMSG {room} :hello tablet")
    await phone.send("QUIT")
    await phone.expect_closed()
    await say(tablet, room, "alone now")
    assert nick in await roster(shared.redis)


async def test_a_taken_name_without_an_account(shared: Chat, people: People) -> None:
    """ "without one, a taken name gets 433", also when the other is on another gateway."""
    await people(shared.g1, "guest")
    second = await people.stranger(shared.g2)
    await second.send("NICK guest", "USER g 0 * :g")
    await second.expect(" 433 \\S+ guest ")
    await second.send("NICK guest2")
    await second.expect(" 001 guest2 ")


async def test_a_claimed_name_without_login(shared: Chat, people: People, phone: IrcClient) -> None:
    stranger = await people.stranger(shared.g2)
    await stranger.send(f"NICK {phone.nick}", "USER g 0 * :g")
    await stranger.expect(f" 433 \\S+ {phone.nick} ")
    await phone.send("QUIT")
    await phone.expect_closed()
    await stranger.send(f"NICK {phone.nick}")
    await stranger.expect(f" 433 \\S+ {phone.nick} ")
    guest = await people(shared.g2, "walk-in")
    await guest.send(f"NICK {phone.nick}")
    await guest.expect(f" 433 walk-in {phone.nick} ")


async def test_a_wrong_password(shared: Chat, people: People, phone: IrcClient) -> None:
    """ "ERR_SASLFAIL (904)"; the password is in no log."""
    stranger = await people.stranger(shared.g2)
    await stranger.send("CAP LS 302", f"NICK {phone.nick}", "USER g 0 * :g", "CAP REQ :sasl")
    await stranger.expect(r"CAP \S+ ACK")
    await stranger.send("AUTHENTICATE PLAIN")
    await stranger.expect(r"AUTHENTICATE \+")
    wrong = b64encode(f"\0{phone.nick}\0wrong-secret".encode()).decode()
    await stranger.send(f"AUTHENTICATE {wrong}")
    await stranger.expect(" 904 ")
    await stranger.send("CAP END")
    await stranger.expect(" 433 ")
    for gateway in (shared.g1, shared.g2):
        assert "wrong-secret" not in gateway.log
        assert wrong not in gateway.log
        assert PASSWORD not in gateway.log


async def test_a_name_that_cannot_be_an_account_twice(
    shared: Chat, people: People, phone: IrcClient
) -> None:
    laptop = await laptop_of(phone, shared, people)
    await laptop.send("REGISTER * * :another")
    await laptop.expect("FAIL REGISTER ALREADY_AUTHENTICATED ")


async def test_one_session_renames_while_the_other_acts(
    shared: Chat, people: People, phone: IrcClient
) -> None:
    """What is under way under the old name is carried out or answered; nobody is thrown out."""
    nick = phone.nick
    laptop = await laptop_of(phone, shared, people)
    for number in range(30):
        await phone.send(f"NICK {nick}-{number}")
        await laptop.send(f"JOIN #{nick}-{number}", f"PRIVMSG #{nick} :{number}", "AWAY :x", "AWAY")
        for session in (phone, laptop):
            await session.fence()
    for session in (phone, laptop):
        await session.fence()
        assert heard(session, "ERROR") == []
        await session.send("LUSERS")
        await session.expect(" 251 ")
    renamed = [line.params[0] for line in heard(laptop, "NICK")]
    assert renamed == [f"{nick}-{number}" for number in range(30)]
