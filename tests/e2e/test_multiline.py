"""Messages of several lines. https://ircv3.net/specs/extensions/multiline"""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient

CAPS = ("message-tags", "batch", "echo-message", "server-time", "labeled-response")
MULTILINE = (*CAPS, "draft/multiline")


async def in_room(connect: Connect) -> tuple[IrcClient, IrcClient, IrcClient]:
    """Alice and bob, who know such messages, and carol, who does not."""
    clients = (
        await connect("alice", MULTILINE),
        await connect("bob", MULTILINE),
        await connect("carol", ("message-tags", "server-time")),
    )
    for client in clients:
        await client.send("JOIN #room")
        await client.fence()
    for client in clients:
        await client.fence()
    return clients


EXAMPLE = (
    "@label=x1;+tag=v BATCH +123 draft/multiline #room",
    "@batch=123 PRIVMSG #room hello",
    "@batch=123 PRIVMSG #room :",
    "@batch=123 privmsg #room :how is ",
    "@batch=123;draft/multiline-concat PRIVMSG #room :everyone?",
    "BATCH -123",
)


async def test_the_example(connect: Connect) -> None:
    """ "Server sending the same batch" """
    alice, bob, _ = await in_room(connect)
    await alice.send(*EXAMPLE)
    echo = await alice.fence()
    start, *lines, end = await bob.fence()
    assert start.params[1:] == ["draft/multiline", "#room"]
    assert start.tags.keys() == {"msgid", "time", "+tag"}
    reference = start.params[0][1:]
    assert end.params == [f"-{reference}"]
    assert [line.text for line in lines] == ["hello", "", "how is ", "everyone?"]
    assert [line.tags.keys() - {"batch"} for line in lines] == [
        set(), set(), set(), {"draft/multiline-concat"}
    ]  # fmt: skip
    assert {line.tags["batch"] for line in lines} == {reference}
    # "Servers MUST only include the label tag on the opening BATCH command when replying"
    assert echo[0].tags["label"] == "x1"
    assert echo[0].tags["msgid"] == start.tags["msgid"]
    assert not [line for line in echo[1:] if "label" in line.tags]
    assert [line.text for line in echo[1:-1]] == [line.text for line in lines]


async def test_the_fallback(connect: Connect) -> None:
    """ "servers MUST deliver the component messages without using a multiline BATCH. Servers MUST
    NOT send blank lines to clients that have not negotiated the multiline capability."
    """
    alice, bob, carol = await in_room(connect)
    await alice.send(*EXAMPLE)
    await alice.fence()
    lines = await carol.fence()
    assert [(line.command, line.text) for line in lines] == [
        ("PRIVMSG", "hello"), ("PRIVMSG", "how is "), ("PRIVMSG", "everyone?")
    ]  # fmt: skip
    # "Servers MUST only include a message ID on the first message of a batch"
    assert ["msgid" in line.tags for line in lines] == [True, False, False]
    assert lines[0].tags["msgid"] == (await bob.fence())[0].tags["msgid"]
    # "Any tags that would have been added to the batch [...] MUST be included on the first"
    assert lines[0].tags["+tag"] == "v"
    assert len({line.tags["time"] for line in lines}) == 1


async def test_it_is_one_entry_of_the_history(connect: Connect) -> None:
    """One message: one id, one place in the history."""
    alice, bob, _ = await in_room(connect)
    await alice.send("PRIVMSG #room :before", *EXAMPLE, "PRIVMSG #room :after")
    await alice.fence()
    await bob.fence()
    await bob.send("CAP REQ :draft/chathistory", "CHATHISTORY LATEST #room * 2")
    lines = [line for line in await bob.fence() if "batch" in line.tags]
    outer = lines[0].tags["batch"]
    assert lines[0].command == "BATCH"
    # "Start and end messages of one batch MAY refer to another batch. If they do, they both MUST"
    assert [line.tags["batch"] == outer for line in lines] == [True, *[False] * 4, True, True]
    assert lines[-1].text == "after"


async def test_to_one_user_and_as_notice(connect: Connect) -> None:
    """ "This example is also valid if every instance of PRIVMSG is replaced with NOTICE." """
    alice, bob, _ = await in_room(connect)
    lines = [line.replace("PRIVMSG", "NOTICE").replace("privmsg", "NOTICE") for line in EXAMPLE]
    await alice.send(*(line.replace("#room", "bob") for line in lines))
    await alice.fence()
    _, *lines_heard, _ = await bob.fence()
    assert [(line.command, line.params[0]) for line in lines_heard] == [("NOTICE", "bob")] * 4


@pytest.mark.parametrize(
    ("lines", "failure"),
    [
        (["@batch=1 PRIVMSG #bar hello"], "MULTILINE_INVALID_TARGET #room #bar"),
        (
            ["@batch=1 PRIVMSG #room :a ", "@batch=1;draft/multiline-concat PRIVMSG #room :"],
            "MULTILINE_INVALID",
        ),
        (["@batch=1 PRIVMSG #room :", "@batch=1 PRIVMSG #room :"], "MULTILINE_INVALID"),
        ([], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG #room :a", "@batch=1 NOTICE #room :b"], "MULTILINE_INVALID"),
        (["@batch=2 PRIVMSG #room :a"], "MULTILINE_INVALID"),
        (["@batch=1;+x=y PRIVMSG #room :a"], "MULTILINE_INVALID"),
        (["@batch=1 TOPIC #room :a"], "MULTILINE_INVALID"),
        (["PRIVMSG #room :a"], "MULTILINE_INVALID"),
        (["@batch=1 PRIVMSG #room :a"] * 33, "MULTILINE_MAX_LINES 32"),
        ([f"@batch=1 PRIVMSG #room :{'x' * 400}"] * 11, "MULTILINE_MAX_BYTES 4096"),
    ],
)
async def test_what_is_refused(connect: Connect, lines: list[str], failure: str) -> None:
    """ "Servers MUST use FAIL messages [...] The command is BATCH" """
    alice, bob, carol = await in_room(connect)
    await alice.send("BATCH +1 draft/multiline #room", *lines, "BATCH -1")
    heard = await alice.fence()
    assert [line.raw.startswith(f":chat.internal FAIL BATCH {failure} :") for line in heard] == [
        True
    ]
    assert await bob.fence() == await carol.fence() == []
    await alice.send("PRIVMSG #room :all is well")
    await bob.expect("all is well")


@pytest.mark.parametrize(
    ("line", "failure"),
    [
        ("BATCH +a_b draft/multiline #room", "INVALID_REFTAG a_b"),
        ("BATCH +1 draft/other #room", "UNKNOWN_TYPE 1 draft/other"),
        ("BATCH +1 draft/multiline", "MULTILINE_INVALID"),
        ("@batch=0 BATCH +1 draft/multiline #room", "MULTILINE_INVALID"),
        ("BATCH -1", "MULTILINE_INVALID"),
    ],
)
async def test_batches_that_cannot_begin(connect: Connect, line: str, failure: str) -> None:
    """ "all past and future messages in this batch will be ignored", client-batch"""
    alice, bob, _ = await in_room(connect)
    await alice.send(line)
    await alice.expect(rf"^:chat.internal FAIL BATCH {failure} :")
    reference = line.split("+")[-1].split()[0] if "+" in line else "1"
    await alice.send(f"@batch={reference} PRIVMSG #room :ignored" if "+" in line else "PONG x")
    await alice.fence()
    assert await bob.fence() == []


async def test_who_has_not_asked_cannot_send_them(connect: Connect) -> None:
    """ "Clients SHOULD NOT send BATCH commands to servers, unless they negotiated a capability" """
    _, _, carol = await in_room(connect)
    await carol.send("BATCH +1 draft/multiline #room")
    await carol.expect("FAIL BATCH UNKNOWN_TYPE 1 draft/multiline :")


async def test_no_line_gets_around_mode_c(connect: Connect) -> None:
    """Mode C, no CTCP but ACTION, holds for each line."""
    alice, bob, _ = await in_room(connect)
    await alice.send("MODE #room +C")
    await alice.fence()
    for text, answer in (("\x01VERSION\x01", "404"), ("\x01ACTION waves\x01", "")):
        await bob.fence()
        lines = [f"@batch=1 PRIVMSG #room :{line}" for line in ("first", text)]
        await bob.send("BATCH +1 draft/multiline #room", *lines, "BATCH -1")
        commands = [line.command for line in await bob.fence()]
        assert commands == ([answer] if answer else ["BATCH", "PRIVMSG", "PRIVMSG", "BATCH"])
