"""CAP. https://ircv3.net/specs/extensions/capability-negotiation"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient
from tests.support.servers import Gateway, RedisServer


async def listed(client: IrcClient, subcommand: str) -> list[str]:
    """Send CAP LS or CAP LIST and read all of its lines."""
    await client.send(f"CAP {subcommand}")
    words: list[str] = []
    while True:
        line = await client.expect(rf" CAP \S+ {subcommand.split()[0]} ")
        words += line.text.split()
        if line.params[2] != "*":
            return words


async def test_ls_302_has_values_and_several_lines(connect: Connect) -> None:
    """ "all but the last reply MUST have a parameter containing only an asterisk (*)" """
    client = await connect.open()
    words = await listed(client, "LS 302")
    assert {"sasl=SCRAM-SHA-256,PLAIN", "multi-prefix", "batch", "cap-notify"} <= set(words)
    lines = [line for line in client.log if line.command == "CAP"]
    assert len(lines) > 1
    assert [line.params[2] == "*" for line in lines] == [True] * (len(lines) - 1) + [False]
    assert all(len(line.raw.encode()) <= 510 for line in lines)


async def test_ls_without_a_version_has_one_line_without_values(connect: Connect) -> None:
    """ "If a client has not indicated support for CAP LS 302 features, the server MUST NOT send
    these new features to the client."
    """
    client = await connect.open()
    words = await listed(client, "LS")
    assert "sasl" in words
    assert not [word for word in words if "=" in word]
    assert len(client.log) == 1
    assert "*" not in client.log[0].params[1:]  # the nick is *


async def test_a_higher_version_counts_as_302(connect: Connect) -> None:
    """ "The CAP version number argument MUST be treated as a number by the server." """
    client = await connect.open()
    assert "sasl=SCRAM-SHA-256,PLAIN" in await listed(client, "LS 307")
    # "servers SHOULD return a CAP LS reply consistent with the request's version"
    assert "sasl" in await listed(client, "LS")
    # "... but keep storing the original (higher) version": so cap-notify stays
    await client.send("CAP REQ -cap-notify")
    await client.expect(r"CAP \* NAK :-cap-notify$")


async def test_cap_notify_may_be_disabled_by_who_does_not_support_302(connect: Connect) -> None:
    """ "Such clients MAY explicitly disable the capability, and servers MUST allow these" """
    client = await connect.open()
    await client.send("CAP REQ cap-notify", "CAP REQ -cap-notify")
    await client.expect(r"CAP \* ACK :cap-notify$")
    await client.expect(r"CAP \* ACK :-cap-notify$")


async def test_registration_waits_for_end(connect: Connect) -> None:
    """ "the server MUST not complete registration until the client sends a CAP END command" """
    client = await connect.open()
    await client.send("CAP REQ :multi-prefix", "NICK alice", "USER a 0 * :A", "PING before")
    lines = await client.lines_until(r"PONG \S+ before")
    assert [line.command for line in lines] == ["CAP", "PONG"]
    await client.send("CAP END")
    await client.expect(r" 001 alice ")


async def test_a_request_is_accepted_as_a_whole_or_not_at_all(connect: Connect) -> None:
    """ "The capability identifier set must be accepted as a whole, or rejected entirely." """
    client = await connect.open()
    await client.send("CAP REQ :multi-prefix no-such-thing setname")
    await client.expect(r"CAP \* NAK :multi-prefix no-such-thing setname$")
    assert await listed(client, "LIST") == []
    await client.send("CAP REQ :multi-prefix -setname multi-prefix")
    # "or tries to disable a capability which is not enabled, the server MUST continue processing"
    await client.expect(r"CAP \* ACK :multi-prefix -setname multi-prefix$")
    assert await listed(client, "LIST") == ["multi-prefix"]


async def test_capability_names_are_case_sensitive(connect: Connect) -> None:
    """ "Capability names are case-sensitive" """
    client = await connect.open()
    await client.send("CAP REQ :Multi-Prefix")
    await client.expect(r"CAP \* NAK :Multi-Prefix$")


@pytest.mark.parametrize("word", ["FOO", "NEW", "DEL", "ACK", "NAK"])
async def test_an_unknown_subcommand_gets_410(connect: Connect, word: str) -> None:
    """ "If a client sends a subcommand which is not in the list above or otherwise issues an
    invalid command, then numeric 410 (ERR_INVALIDCAPCMD) should be sent."
    """
    client = await connect.open()
    await client.send(f"CAP {word}")
    await client.expect(rf"^:chat.internal 410 \* {word} :Invalid CAP command$")
    await client.send("CAP :with spaces")
    await client.expect(r"^:chat.internal 410 \* \* :Invalid CAP command$")


async def test_cap_after_registration(connect: Connect) -> None:
    """ "The server MUST accept the CAP command at any time, including after registration." """
    alice, bob = await connect("alice"), await connect("bob")
    for client in (alice, bob):
        await client.send("JOIN #room")
        await client.fence()
    await alice.send("CAP REQ :message-tags server-time", "CAP END")
    await alice.expect(r"CAP alice ACK :message-tags server-time$")
    await bob.send("PRIVMSG #room :hello")
    assert {"time", "msgid"} <= (await alice.expect("hello")).tags.keys()
    await alice.send("CAP REQ :-message-tags")
    await alice.expect("ACK")
    await bob.send("PRIVMSG #room :again")
    assert (await alice.expect("again")).tags.keys() == {"time"}
    # "If the client is already registered, this command MUST be ignored by the server."
    assert [line for line in alice.log if line.command == "421"] == []


async def test_an_empty_list(connect: Connect) -> None:
    """ "If no capabilities are enabled, an empty parameter must be sent." """
    client = await connect.open()
    await client.send("CAP LIST")
    assert (await client.expect(" LIST ")).raw == ":chat.internal CAP * LIST :"


async def test_all_that_is_offered_can_be_asked_for(connect: Connect) -> None:
    """ "The capability identifier set must be accepted as a whole": each by itself is, too."""
    client = await connect.open()
    names = [word.partition("=")[0] for word in await listed(client, "LS 302")]
    assert len(names) == len(set(names))
    for name in names:
        if name == "draft/metadata-3":  # "Clients MUST NOT request more than one"
            await client.send("CAP REQ :-draft/metadata-2")
        await client.send(f"CAP REQ :{name}")
        await client.expect(rf"CAP \* ACK :{name}$", unless=" NAK ")
    assert sorted([*await listed(client, "LIST"), "draft/metadata-2"]) == sorted(names)


async def test_sasl_goes_with_the_store_and_comes_back() -> None:
    """ "the server MUST notify the client about all new capabilities and about existing
    capabilities
    that are no longer available"; "Servers MUST NOT advertise the sasl capability if the
    authentication layer is unavailable" (sasl 3.2).
    """
    async with RedisServer() as redis, Gateway("--redis", redis.url) as gateway:
        modern = await IrcClient.connect(gateway.host, gateway.port)
        old = await IrcClient.connect(gateway.host, gateway.port)
        async with modern, old:
            await modern.register("modern", ("sasl",))
            await old.register("old")
            redis.kill9()
            await modern.expect(r"CAP modern DEL :sasl$")
            assert "sasl=SCRAM-SHA-256,PLAIN" not in await listed(modern, "LS 302")
            await modern.send("CAP REQ :sasl")
            await modern.expect(r"CAP modern NAK :sasl$")
            await redis.start()
            await modern.expect(r"CAP modern NEW :sasl=SCRAM-SHA-256,PLAIN$")
            await modern.send("CAP REQ :sasl")
            await modern.expect(r"CAP modern ACK :sasl$")
            await old.fence()
            assert not [line for line in old.log if line.command == "CAP"]
