"""After every new link: what Redis has lost of what was told is put right, and not told twice."""

from __future__ import annotations

from typing import Any

from chatd.state.availability import State
from chatd.wire.message import parse
from chatd.wire.modes import PREFIX_MODES
from tests.support.belief import Belief
from tests.support.irc import Line
from tests.support.memory import Client, MemoryGateway, World

CAPS = "multi-prefix account-notify extended-join"


class Chat:
    """Two gateways with alice and bob in #room; what each client has heard from the beginning."""

    def __init__(self) -> None:
        self.world = World()
        self.gateways = [MemoryGateway(self.world, name) for name in ("g1", "g2")]
        self.logs: dict[Client, list[str]] = {}
        self._saved: dict[str, bytes] = {}

    async def begin(self) -> tuple[Client, Client]:
        """alice is on the first gateway, bob on the second."""
        for gateway in self.gateways:
            await gateway.network.start()
        alice, bob = await self.login(0, "alice"), await self.login(1, "bob")
        for client in (alice, bob):
            await self.do(client, "JOIN #room")
        return alice, bob

    async def login(self, gateway: int, nick: str) -> Client:
        """Somebody comes."""
        client = self.gateways[gateway].connect()
        self.logs[client] = []
        await self.do(client, f"CAP REQ :{CAPS}", f"NICK {nick}", f"USER {nick} 0 * :r", "CAP END")
        return client

    async def do(self, client: Client, *lines: str) -> list[str]:
        """Somebody sends lines; what it hears then."""
        before = len(self.logs[client])
        client.sends(*lines)
        await self.listen()
        return self.logs[client][before:]

    async def listen(self) -> None:
        """Take what everybody has heard."""
        for client, lines in self.logs.items():
            lines += await client.hears()

    def save(self) -> None:
        """Redis writes to disk."""
        self._saved = self.world.save()

    def crash(self) -> None:
        """Redis has what it wrote to disk; the gateways have no link yet."""
        for gateway in self.gateways:
            gateway.relay.cut = True
            gateway.on_link_down("crashed")
        self.world.roll_back(self._saved)

    async def connect(self, *gateways: int) -> dict[Client, list[str]]:
        """Gateways (none = all) have a link; what each client hears."""
        before = {client: len(lines) for client, lines in self.logs.items()}
        for number in gateways or (0, 1):
            gateway = self.gateways[number]
            gateway.relay.cut = False
            gateway.on_link_up()
            assert gateway.availability.state is State.UP
        await self.listen()
        return {client: lines[before[client] :] for client, lines in self.logs.items()}

    async def check(self, *but: str) -> None:
        """What clients believe is what Redis holds and what NAMES says; ``but``: allowed doubts."""
        for client in self.logs:
            if not client.pipe.closed:
                rooms = self._belief(client).rooms
                await self.do(client, *(f"NAMES {room}" for room in rooms))
        for client in self.logs:
            if client.pipe.closed:
                continue
            belief = self._belief(client)
            doubts = [doubt for doubt in belief.doubts if not any(one in doubt for one in but)]
            assert doubts == [], belief.nick
            assert set(belief.rooms) == self._rooms_of(belief.nick), belief.nick
            for room, believed in belief.rooms.items():
                assert believed.members == self.members(room), f"{belief.nick} on {room}"

    def _belief(self, client: Client) -> Belief:
        return Belief(Line(parse(line.encode()), line) for line in self.logs[client])

    def members(self, room: str) -> dict[str, str]:
        """A room in Redis: nick -> prefix modes."""
        redis: Any = self.world.client
        rows = redis.hvals(f"chat:room:{{{room}}}:members")
        found = (row.partition("\0") for row in rows)
        return {nick: "".join(sorted(modes, key=PREFIX_MODES.index)) for modes, _, nick in found}

    def _rooms_of(self, nick: str) -> set[str]:
        redis: Any = self.world.client
        head = "chat:{chat:online}:"
        return {redis.get(f"{head}room:{rid}") for rid in redis.smembers(f"{head}rooms:{nick}")}


def said(lines: list[str], *words: str) -> list[str]:
    return [line for line in lines if line.split()[1] in words]


async def test_a_join_that_was_lost() -> None:
    """ "Who was in a room that the rollback took back is in it again" """
    chat = Chat()
    alice, _ = await chat.begin()
    chat.save()
    carl = await chat.login(0, "carl")
    await chat.do(carl, "JOIN #room")
    await chat.do(alice, "JOIN #room,#new", "MODE #room +o carl", "MODE #room +v bob")
    await chat.do(alice, "MODE #new +k secret", "TOPIC #new :of alice")
    chat.crash()
    heard = await chat.connect()
    for lines in heard.values():
        assert said(lines, "JOIN", "PART", "QUIT", "NICK") == []
    assert chat.members("#room") == {"alice": "o", "bob": "v", "carl": "o"}
    assert chat.members("#new") == {"alice": "o"}
    assert any(" 332 " in line for line in await chat.do(alice, "TOPIC #new"))
    await chat.check()


async def test_a_part_and_a_kick_that_were_lost() -> None:
    """Who has left is out, and nobody hears of it again; Redis has it so."""
    chat = Chat()
    alice, bob = await chat.begin()
    carl = await chat.login(1, "carl")
    await chat.do(carl, "JOIN #room,#other")
    await chat.do(alice, "JOIN #other")
    chat.save()
    await chat.do(alice, "KICK #room bob")
    await chat.do(carl, "PART #other")
    chat.crash()
    for lines in (await chat.connect()).values():
        assert said(lines, "JOIN", "PART", "KICK", "QUIT") == []
    assert chat.members("#room") == {"alice": "o", "carl": ""}
    assert chat.members("#other") == {"alice": ""}
    await chat.check()
    await chat.do(bob, "JOIN #room")
    await chat.check()


async def test_who_leaves_the_last_room_of_a_gateway() -> None:
    """Nobody there hears the room any more, so that its log is not looked at: all the same."""
    chat = Chat()
    alice, bob = await chat.begin()
    chat.save()
    await chat.do(bob, "PART #room")
    chat.crash()
    await chat.connect()
    assert chat.members("#room") == {"alice": "o"}
    await chat.check()
    assert said(chat.logs[alice], "PART") == [":bob!~bob@127.0.0.1 PART #room"]


async def test_a_nick_that_was_lost() -> None:
    """It is done again; what was said to the old name meanwhile has come along."""
    chat = Chat()
    alice, bob = await chat.begin()
    dora = await chat.login(1, "dora")
    await chat.do(alice, "PRIVMSG bob :kept", "PRIVMSG bob :kept")
    chat.save()
    await chat.do(alice, "PRIVMSG bob :lost", "PRIVMSG bob :lost")
    await chat.do(bob, "NICK robert")
    chat.crash()
    await chat.connect(0)
    await chat.do(alice, "PRIVMSG bob :meanwhile")
    heard = await chat.connect(1)
    assert [line.rpartition(":")[2] for line in said(heard[bob], "PRIVMSG")] == ["meanwhile"]
    assert said(heard[bob], "NOTICE") == [
        f":chat.internal NOTICE {target} :The server has lost the last {what}:"
        " no history will show them"
        for target, what in (
            ("#room", "1 event of this room"),
            ("robert", "3 events of your conversations"),
        )
    ]  # fmt: skip
    assert chat.world.client.smembers("chat:online") == {"alice", "robert", "dora"}
    await chat.do(dora, "PRIVMSG robert :hello")
    assert chat.logs[bob][-1] == ":dora!~dora@127.0.0.1 PRIVMSG robert :hello"
    await chat.check()


async def test_a_nick_that_was_lost_and_is_taken() -> None:
    """Then its user is told, and hears nothing of what the next owner is told."""
    chat = Chat()
    alice, bob = await chat.begin()
    chat.save()
    await chat.do(bob, "NICK robert")
    chat.crash()
    await chat.connect(0)
    thief = await chat.login(0, "robert")
    await chat.do(thief, "JOIN #room")
    await chat.do(alice, "PRIVMSG robert :secret")
    heard = (await chat.connect(1))[bob]
    assert bob.pipe.closed
    assert heard[-1].startswith("ERROR :")
    assert said(heard, "PRIVMSG") == []
    await chat.listen()
    assert chat.members("#room") == {"alice": "o", "robert": ""}


async def test_a_nick_in_another_case() -> None:
    chat = Chat()
    _, bob = await chat.begin()
    chat.save()
    await chat.do(bob, "NICK BOB")
    chat.crash()
    await chat.connect()
    assert chat.world.client.smembers("chat:online") == {"alice", "BOB"}
    assert chat.members("#room") == {"alice": "o", "BOB": ""}


async def test_a_quit_that_was_lost_is_told_again() -> None:
    """ "the one exception to 'exactly one QUIT' is documented" """
    chat = Chat()
    alice, bob = await chat.begin()
    chat.save()
    await chat.do(bob, "QUIT :bye")
    chat.crash()
    heard = await chat.connect()
    assert said(heard[alice], "QUIT") == [":bob!~bob@127.0.0.1 QUIT :Connection lost"]
    assert chat.world.client.smembers("chat:online") == {"alice"}
    await chat.check("shares no room")


async def test_who_has_come_again_under_the_same_name() -> None:
    """bob's connection was lost, and he has come again: the QUIT that is told again is that of the
    first bob, and then all hear that the second has come."""
    chat = Chat()
    alice, bob = await chat.begin()
    carl = await chat.login(1, "carl")
    await chat.do(carl, "JOIN #room")
    chat.save()
    bob.session.lost("Connection reset")
    again = await chat.login(1, "bob")
    await chat.do(again, "JOIN #room")
    chat.crash()
    heard = await chat.connect()
    for client in (alice, carl):
        assert [line.split()[1] for line in said(heard[client], "QUIT", "JOIN")] == ["QUIT", "JOIN"]
    del chat.logs[bob]
    await chat.check()
    assert chat.world.client.smembers("chat:online") == {"alice", "bob", "carl"}


async def test_what_a_room_is_like() -> None:
    """A topic that was lost is set again; of modes the room's word counts, and is told."""
    chat = Chat()
    alice, bob = await chat.begin()
    await chat.do(alice, "MODE #room +k old")
    chat.save()
    await chat.do(alice, "TOPIC #room :new", "MODE #room +im-k old", "MODE #room +l 5")
    chat.crash()
    for lines in (await chat.connect()).values():
        assert said(lines, "TOPIC") == []
        assert said(lines, "MODE") == [":Test MODE #room -iml+k old"]
    for client in (alice, bob):
        answers = await chat.do(client, "TOPIC #room", "MODE #room")
        assert " 332 " in answers[0]
        assert answers[0].endswith(" #room :new")
    await chat.check()


async def test_a_topic_that_only_one_gateway_has_heard() -> None:
    """Who has not heard it hears it now."""
    chat = Chat()
    alice, bob = await chat.begin()
    chat.save()
    chat.gateways[1].relay.cut = True
    await chat.do(alice, "TOPIC #room :new")
    chat.crash()
    heard = await chat.connect()
    assert said(heard[alice], "TOPIC") == []
    assert said(heard[bob], "TOPIC") == [":alice!~alice@127.0.0.1 TOPIC #room :new"]
    await chat.check()


async def test_an_account_that_was_lost() -> None:
    """A login is done again; who has registered meanwhile has to do it again, and all hear so."""
    chat = Chat()
    alice, bob = await chat.begin()
    chat.gateways[0].store.register("", "amy", "Amy", "secret").result()
    chat.save()
    chat.gateways[1].store.register("", "robert", "robert", "secret").result()
    for client, nick, account in ((alice, "alice", "amy"), (bob, "bob", "robert")):
        store, sid = client.gateway.store, client.session.sid
        store.set_account(sid, nick, (account, account.title())).result()
    await chat.listen()
    assert said(chat.logs[alice], "ACCOUNT")[-1] == ":bob!~bob@127.0.0.1 ACCOUNT Robert"
    chat.crash()
    heard = await chat.connect()
    assert said(heard[bob], "ACCOUNT")[0] == ":alice!~alice@127.0.0.1 ACCOUNT Amy"
    assert said(heard[alice], "ACCOUNT")[-1] == ":bob!~bob@127.0.0.1 ACCOUNT *"
    users = [one.session.user for one in (alice, bob)]
    assert [user.account for user in users if user] == ["Amy", ""]
    assert [user.uid.partition("@")[0] for user in users if user] == ["=amy", bob.session.sid]
    assert bob.session.account == ("", "")


async def test_two_sessions_of_one_user_on_both_gateways() -> None:
    """Each gateway does its own; the second finds it done."""
    chat = Chat()
    alice, _ = await chat.begin()
    chat.gateways[0].store.register("", "anna", "anna", "secret").result()
    both = []
    for number in (0, 1):
        client = chat.gateways[number].connect()
        client.session.account = ("anna", "anna")
        chat.logs[client] = []
        both.append(client)
        await chat.do(client, "CAP REQ :multi-prefix", "NICK anna", "USER a 0 * :a", "CAP END")
    chat.save()
    await chat.do(both[0], "JOIN #room,#own", "NICK ann")
    await chat.do(alice, "MODE #room +v ann")
    await chat.do(both[1], "PRIVMSG ann :to myself")
    chat.crash()
    for lines in (await chat.connect()).values():
        assert said(lines, "JOIN", "PART", "QUIT", "ERROR") == []
    assert chat.members("#room") == {"alice": "o", "bob": "", "ann": "v"}
    assert chat.members("#own") == {"ann": "o"}
    await chat.check()


async def test_a_ban_that_was_set_meanwhile_holds() -> None:
    chat = Chat()
    alice, bob = await chat.begin()
    await chat.do(bob, "PART #room")
    chat.save()
    await chat.do(bob, "JOIN #room")
    chat.crash()
    await chat.connect(0)
    await chat.do(alice, "MODE #room +b bob!*@*")
    heard = await chat.connect(1)
    for client in (alice, bob):
        assert said(chat.logs[client], "PART")[-1].startswith(":bob!~bob@127.0.0.1 PART #room :You")
    assert said(heard[bob], "JOIN") == []
    assert chat.members("#room") == {"alice": "o"}
    await chat.check()


async def test_a_login_whose_answer_was_lost_leaves_nobody_behind() -> None:
    """Also where nothing has gone back: Redis' sessions of a gateway are those that it has."""
    chat = Chat()
    alice, _ = await chat.begin()
    await chat.do(alice, "MONITOR + ghost")
    chat.gateways[0].store.login("g1.99", "ghost", "ghost", "~g", "h", "g").result()
    chat.gateways[0].relay.cut = True
    chat.gateways[0].on_link_down("cut")
    await chat.connect(0)
    assert chat.world.client.smembers("chat:online") == {"alice", "bob"}


async def test_nothing_is_asked_twice_or_changed_where_all_is_well() -> None:
    """A link that was cut for a moment: nobody hears anything, and no log grows."""
    chat = Chat()
    alice, _ = await chat.begin()
    await chat.do(alice, "TOPIC #room :x", "MODE #room +kv secret bob", "AWAY :for a moment")
    before = chat.world.save()
    for gateway in chat.gateways:
        gateway.relay.cut = True
        gateway.on_link_down("cut")
    assert [*(await chat.connect()).values()] == [[], []]
    after = chat.world.save()
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert {key for key in changed if "lease" not in key and "gateways" not in key} == set()


async def test_another_name_of_an_account_that_was_lost() -> None:
    """Redis' word counts: the operator's renaming is gone, and who was told of it is told so."""
    chat = Chat()
    alice, bob = await chat.begin()
    store = chat.gateways[0].store
    store.register("", "amy", "Amy", "secret").result()
    store.set_account(alice.session.sid, "alice", ("amy", "Amy")).result()
    await chat.listen()
    chat.save()
    chat.gateways[1].store.account_rename("amy", "mia", "Mia").result()
    await chat.listen()
    assert said(chat.logs[bob], "ACCOUNT")[-1] == ":alice!~alice@127.0.0.1 ACCOUNT Mia"
    assert alice.session.account == ("mia", "Mia")
    chat.crash()
    heard = await chat.connect()
    assert said(heard[bob], "ACCOUNT") == [":alice!~alice@127.0.0.1 ACCOUNT Amy"]
    assert alice.session.account == ("amy", "Amy")
