"""``chat send`` against real gateways on a real Redis."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from cli.client.connection import Server
from cli.config import State
from tests.cli.programs import Programs
from tests.support.irc import IrcClient
from tests.support.servers import Gateway

pytestmark = pytest.mark.slow

CAPS = ("message-tags", "batch", "draft/chathistory", "draft/multiline")


@pytest.fixture
async def gateway(two_gateways: tuple[Gateway, Gateway], chat: Programs) -> Gateway:
    """The gateway that readers use; ``chat`` uses the other."""
    first, second = two_gateways
    chat.environ["CHAT_SERVER"] = f"{first.host}:{first.port}"
    return second


async def reader(gateway: Gateway, chat: Programs, name: str) -> IrcClient:
    """Log in with the secret that ``chat`` keeps."""
    state = State(chat.state, [Server.parse(chat.environ["CHAT_SERVER"])])
    kept = state.credential(name)
    assert kept is not None
    client = await IrcClient.connect(gateway.host, gateway.port)
    await client.register(name, CAPS, (name, kept.secret))
    return client


async def history(client: IrcClient) -> list[tuple[str, str]]:
    await client.send("CHATHISTORY LATEST * * 100")
    said = [line for line in await client.fence() if line.command == "PRIVMSG"]
    return [(line.nick, line.text) for line in said]


async def sent(chat: Programs, arguments: Sequence[str], stdin: str = "") -> dict[str, str]:
    ended = await chat.run("send", "--json", *arguments, stdin=stdin)
    assert ended.code == 0, ended.err
    row: dict[str, str] = json.loads(ended.out)
    return row


async def test_whoever_writes_under_a_name_can_be_answered(
    gateway: Gateway, chat: Programs
) -> None:
    """Issue 10: "`chat send --as deploy` leaves an account that receives": nobody of the two is
    online while the other writes."""
    nobody = await chat.run("send", "--as", "deploy", "--to", "bob", "release 4.2 is out")
    assert (nobody.code, nobody.err) == (3, "chat: there is no user bob\n")
    answer = await sent(chat, ("--as", "bob", "--to", "deploy", "is it out?"))
    assert answer["outcome"] == "kept"
    answer = await sent(chat, ("--as", "deploy", "--to", "bob", "release 4.2 is out"))
    assert answer["outcome"] == "kept"
    deploy = await reader(gateway, chat, "deploy")
    said = [("bob", "is it out?"), ("deploy", "release 4.2 is out")]
    assert await history(deploy) == said
    bob = await reader(gateway, chat, "bob")
    assert await history(bob) == said
    answer = await sent(chat, ("--as", "deploy", "--to", "bob", "you are there"))
    assert answer["outcome"] == "delivered"
    assert (await bob.expect("PRIVMSG")).tags["msgid"] == answer["msgid"]
    for client in (deploy, bob):
        await client.close()


async def test_waiting_for_somebody_who_never_was_here(gateway: Gateway, chat: Programs) -> None:
    """ "waits for the first of them with `--wait`" """
    command = ("send", "--as", "anna", "--to", "Bob", "--wait", "lunch")
    async with (
        await chat.start(*command) as program,
        await IrcClient.connect(gateway.host, gateway.port) as bob,
    ):
        async with await IrcClient.connect(gateway.host, gateway.port) as watch:
            await watch.register("watch")
            await watch.send("MONITOR + anna")
            await watch.expect(" 730 ")
        await bob.register("bob")
        await bob.expect(":anna!.* PRIVMSG Bob :lunch")
        assert (await program.ended()).code == 0


async def test_lines_and_several_lines_as_one(gateway: Gateway, chat: Programs) -> None:
    async with await IrcClient.connect(gateway.host, gateway.port) as bob:
        await bob.register("bob", CAPS)
        command = ("send", "--as", "anna", "--to", "bob", "--id", "K")
        for _ in range(2):  # a retry of all of it
            ended = await chat.run(*command, stdin="one\ntwo\n")
            assert (ended.code, ended.err) == (0, "")
        row = await sent(chat, ("--as", "anna", "--to", "bob", "--multiline"), "a\n\nb\n")
        lines = await bob.fence()
        assert [line.text for line in lines if line.command == "PRIVMSG"] == [
            "one", "two", "a", "", "b"
        ]  # fmt: skip
        (begin,) = [line for line in lines if line.params[1:2] == ["draft/multiline"]]
        assert begin.tags["msgid"] == row["msgid"]
        ended = await chat.run(*command, "--multiline", stdin="x\n" * 100)
        assert ended.code == 5
        assert "the server refused the message to bob" in ended.err


async def test_a_full_box_is_a_refusal(gateway: Gateway, chat: Programs) -> None:
    await sent(chat, ("--as", "bob", "--to", "bob", "I am an account"))
    ended = await chat.run("send", "--as", "anna", "--to", "bob", stdin="line\n" * 103)
    assert ended.code == 5
    assert "too many messages wait" in ended.err
    assert "100 lines were acknowledged" in ended.err


async def test_a_room_that_is_not_there_is_not_made_by_a_name_typed_wrong(
    gateway: Gateway, chat: Programs
) -> None:
    """'`chat send --to '#tpyo'` exits 0 although the help promises 3': so did the others."""
    async with await IrcClient.connect(gateway.host, gateway.port) as bob:
        await bob.register("bob")
        await bob.send("JOIN #dev", "JOIN #hidden", "MODE #hidden +s")
        await bob.fence()
        for wrong in (("send", "--to", "#tpyo", "hi"), ("history", "--room", "#tpyo"),
                      ("tail", "--room", "#dev", "--room", "#tpyo", "--no-follow"),
                      ("search", "--in", "#tpyo", "x"), ("export", "--in", "#tpyo")):  # fmt: skip
            ended = await chat.run(*wrong, "--as", "anna")
            assert (ended.code, ended.err) == (3, "chat: there is no room #tpyo\n"), wrong
        await bob.send("LIST #tpyo")
        assert not [line for line in await bob.fence() if line.command == "322"]
        for room in ("#dev", "#hidden"):
            await sent(chat, ("--as", "anna", "--to", room, f"hi {room}"))
            await bob.expect(f":anna!.* PRIVMSG {room} :hi")
        await sent(chat, ("--as", "anna", "--to", "#new", "--create", "first"))
        await bob.send("MODE #hidden +i")
        await bob.fence()
        for shut in (("send", "--to", "#hidden", "hi"), ("search", "--in", "#hidden", "x"),
                     ("tail", "--room", "#hidden")):  # fmt: skip
            ended = await chat.run(*shut, "--as", "anna")
            assert (ended.code, ended.out) == (5, ""), shut
            last = ended.err.splitlines()[-1]
            assert last.startswith("chat: #hidden cannot be entered"), shut
            assert last.count("#hidden") == 1


async def test_who_uses_a_room_stays_when_send_leaves_it(gateway: Gateway, chat: Programs) -> None:
    """`chat send` had to enter it; then the user comes with another program, at another gateway."""
    both = f"{gateway.host}:{gateway.port},{chat.environ['CHAT_SERVER']}"
    async with (
        await IrcClient.connect(gateway.host, gateway.port) as bob,
        await chat.start("send", "--as", "anna", "--to", "#dev") as send,
    ):
        await bob.register("bob")
        await bob.send("JOIN #dev")
        await bob.fence()
        send.write("one\n")
        await bob.expect(":anna!.* PRIVMSG #dev :one")
        async with await chat.start("login", "anna", "-s", both) as login:
            login.write("/join #dev\nhere\n")
            await bob.expect(":anna!.* PRIVMSG #dev :here")
            assert send.process.stdin is not None
            send.process.stdin.close()
            assert (await send.ended()).code == 0
            await bob.expect(":anna!.* PART #dev")
            await bob.expect(":anna!.* JOIN #dev")
            await bob.send("PRIVMSG #dev :still there?")
            await login.line("#dev bob: still there|bob: still there")
