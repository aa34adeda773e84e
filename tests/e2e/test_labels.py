"""Labels. https://ircv3.net/specs/extensions/labeled-response"""

from __future__ import annotations

from tests.e2e.conftest import Connect
from tests.support.irc import IrcClient, Line

CAPS = ("batch", "labeled-response", "message-tags")


async def answer(client: IrcClient, line: str) -> list[Line]:
    """Send a line with a label; all that comes before the next fence."""
    await client.send(f"@label=x1 {line}")
    return await client.fence()


def only_label(lines: list[Line]) -> Line:
    """The one line that has the label: "Servers MUST include the tag in exactly one message"."""
    found = [line for line in lines if line.tags.get("label") == "x1"]
    assert len(found) == 1, lines
    return found[0]


def in_batch(lines: list[Line]) -> list[Line]:
    """The lines of the batch that has the label."""
    start = only_label(lines)
    assert start.command == "BATCH"
    assert start.params[1] == "labeled-response"
    reference = start.params[0].removeprefix("+")
    assert [line.params for line in lines if line.command == "BATCH"][-1] == [f"-{reference}"]
    return [line for line in lines if line.tags.get("batch") == reference]


async def test_an_answer_of_one_line_has_the_label(connect: Connect) -> None:
    """ "the server MUST include the same tag and value in any response required" """
    alice = await connect("alice", CAPS)
    assert only_label(await answer(alice, "PRIVMSG nobody :Hello")).command == "401"
    assert only_label(await answer(alice, "NO_SUCH_THING")).command == "421"
    assert only_label(await answer(alice, "NOSUCHTHING")).command == "421"
    assert only_label(await answer(alice, "JOIN")).command == "461"
    assert only_label(await answer(alice, "PING token")).command == "PONG"


async def test_an_answer_of_several_lines_is_a_batch(connect: Connect) -> None:
    """ "If a response consists of more than one message, a batch MUST be used" """
    alice = await connect("alice", CAPS)
    commands = [line.command for line in in_batch(await answer(alice, "JOIN #room"))]
    assert commands == ["JOIN", "353", "366"]
    commands = [line.command for line in in_batch(await answer(alice, "WHOIS alice"))]
    assert commands[0] == "311"
    assert commands[-1] == "318"


async def test_no_answer_is_ack(connect: Connect) -> None:
    """ "Servers MUST respond with a labeled ACK message when a client sends a labeled command that
    normally produces no response."
    """
    alice, bob = await connect("alice", CAPS), await connect("bob")
    for line in ("PONG x", "PRIVMSG bob :hi", "NOTICE bob :hi", "NOTICE nobody :hi", "CAP END"):
        lines = await answer(alice, line)
        assert [found.raw for found in lines] == ["@label=x1 :chat.internal ACK"], line
    assert len([line for line in await bob.fence() if line.text == "hi"]) == 2


async def test_the_echo_has_the_label_and_what_others_get_has_not(connect: Connect) -> None:
    """ "the server MUST NOT include the label tag, except for any acknowledgment sent with the
    echo-message mechanism" """
    alice = await connect("alice", (*CAPS, "echo-message"))
    bob = await connect("bob", (*CAPS, "echo-message"))
    for command in ("PRIVMSG bob :hi", "NOTICE bob :hi"):
        assert only_label(await answer(alice, command)).text == "hi"
    await alice.send("@label=x1;+typing=active TAGMSG bob")
    assert only_label(await alice.fence()).command == "TAGMSG"
    assert not [line for line in await bob.fence() if "label" in line.tags]


async def test_a_message_to_oneself_comes_twice_once_with_the_label(connect: Connect) -> None:
    """ "This allows clients to differentiate between the echoed message response, and the delivered
    message." """
    alice = await connect("alice", (*CAPS, "echo-message"))
    lines = await answer(alice, "PRIVMSG alice :me")
    assert sorted((line.text, "label" in line.tags) for line in lines) == [
        ("me", False),
        ("me", True),
    ]
    assert lines[0].tags["msgid"] == lines[1].tags["msgid"]


async def test_several_targets_are_one_answer(connect: Connect) -> None:
    """ "Servers MUST include the tag in exactly one logical message." """
    alice = await connect("alice", (*CAPS, "echo-message"))
    await connect("bob")
    await alice.send("JOIN #room")
    await alice.fence()
    lines = in_batch(await answer(alice, "PRIVMSG #room,nobody,bob :hi"))
    shown = [(line.command, line.params[0]) for line in lines if line.command == "PRIVMSG"]
    assert shown == [("PRIVMSG", "#room"), ("PRIVMSG", "bob")]
    assert [line.params[1] for line in lines if line.command == "401"] == ["nobody"]


async def test_labels_of_posts_in_flight_are_not_mixed_up(connect: Connect) -> None:
    """ "For any message received from a client that includes this tag, the server MUST include the
    same tag and value" """
    alice = await connect("alice", (*CAPS, "echo-message"))
    await connect("bob")
    await alice.send(*(f"@label=n{n} PRIVMSG bob :{n}" for n in range(20)))
    lines = [line for line in await alice.fence() if line.command == "PRIVMSG"]
    assert [(line.tags["label"], line.text) for line in lines] == [
        (f"n{n}", str(n)) for n in range(20)
    ]


async def test_a_label_is_written_as_it_came(connect: Connect) -> None:
    """ "The tag value is chosen by the client and MUST be treated as an opaque identifier." """
    alice = await connect("alice", CAPS)
    await alice.send(r"@label=a\sb\:c\\d PONG x")
    assert (await alice.expect("ACK")).raw == r"@label=a\sb\:c\\d :chat.internal ACK"


async def test_a_label_needs_both_capabilities(connect: Connect) -> None:
    """ "This specification depends on the batch capability which MUST be negotiated" """
    for number, caps in enumerate(((), ("labeled-response",), ("batch",))):
        client = await connect(f"alice{number}", caps)
        assert not [line for line in await answer(client, "WHOIS alice") if "label" in line.tags]


async def test_a_label_of_more_than_64_bytes_is_none(connect: Connect) -> None:
    """ "The value MUST NOT exceed 64 bytes." """
    alice = await connect("alice", CAPS)
    await alice.send(f"@label={'x' * 64} PONG x", f"@label={'x' * 65} PONG x")
    assert [line.tags.get("label") for line in await alice.fence()] == ["x" * 64]


async def test_a_batch_that_is_the_whole_answer_has_the_label_itself(connect: Connect) -> None:
    """ "The batch type MUST be one of: An existing type applicable to the entire response" """
    alice = await connect("alice", (*CAPS, "draft/chathistory", "draft/metadata-2"))
    await alice.send("JOIN #room", "PRIVMSG #room :one")
    await alice.fence()
    start = only_label(await answer(alice, "CHATHISTORY LATEST #room * 10"))
    assert start.params[1:] == ["chathistory", "#room"]
    assert "batch" not in start.tags
    start = only_label(await answer(alice, "METADATA * LIST"))
    assert start.params[1:] == ["metadata", "alice"]
